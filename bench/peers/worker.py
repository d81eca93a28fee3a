"""One Python peer at one work in a process of its own: `python3 worker.py PEER DIRECTORY`, with the work in DIRECTORY as
works.mjs writes it. Speaks the protocol of worker.mjs."""

import importlib
import json
import os
import sys
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

ROUND_SECONDS = 0.2


def say(message):
    sys.stdout.write("@" + json.dumps(message) + "\n")
    sys.stdout.flush()


def read_work(directory):
    import numpy

    with open(f"{directory}/work.json") as file:
        work = json.load(file)
    for name in os.listdir(directory):
        if name != "work.json":
            work[name] = numpy.fromfile(f"{directory}/{name}", dtype="<i4" if name == "labels" else "<f4")
    return work


def seconds(task, runs):
    before = time.perf_counter()
    task["run"](runs)
    return time.perf_counter() - before


def calibrate(task):
    """Runs that take a round, found while caches warm up."""
    runs = 1
    while True:
        cold = seconds(task, runs)
        took = cold if cold > ROUND_SECONDS else seconds(task, runs)
        if took * 2 > ROUND_SECONDS:
            return max(1, round(runs * ROUND_SECONDS / took))
        runs *= 2


def main(peer_name, directory):
    try:
        peer = importlib.import_module(peer_name)
    except ImportError as error:
        say({"missing": f"{error}; on Debian: apt-get install {sys.argv[3]}"})
        return
    work = read_work(directory)
    task = getattr(peer, work["kind"])(work)
    say({"version": peer.version, "note": task["note"]})
    runs = 0
    for _ in sys.stdin:
        # The first line only warms up.
        if runs == 0:
            runs = calibrate(task)
            say({})
            continue
        took = seconds(task, runs)
        accuracy = task["accuracy"]() if "accuracy" in task else None
        say({"microseconds": took * 1e6 / (runs * task["units"]), "accuracy": accuracy})


try:
    main(*sys.argv[1:3])
except Exception as error:  # The table says what went wrong.
    say({"missing": str(error).split("\n")[0]})
