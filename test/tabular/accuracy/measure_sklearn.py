"""Measures scikit-learn's multilayer perceptrons on the files of export.mjs, and prints JSON.

    node test/tabular/accuracy/export.mjs out/tabular
    python3 test/tabular/accuracy/measure_sklearn.py out/tabular > test/tabular/accuracy/sklearn.json

Defaults of MLPClassifier and MLPRegressor but for max_iter: with the default of 200 most runs end before they converge, so both
it and 2000 are measured. Inputs are standardised by the training folds; so is the target of a regression ("scaled"), or not ("plain").
"""

import csv
import json
import sys
import warnings
from pathlib import Path

import numpy
import sklearn
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore", category=sklearn.exceptions.ConvergenceWarning)


def estimators(task, seed):
    for max_iter in (200, 2000):
        settings = {"max_iter": max_iter, "random_state": seed}
        if task == "classification":
            yield f"max_iter={max_iter}", make_pipeline(StandardScaler(), MLPClassifier(**settings))
        else:
            plain = make_pipeline(StandardScaler(), MLPRegressor(**settings))
            yield f"plain, max_iter={max_iter}", plain
            scaled = make_pipeline(StandardScaler(), MLPRegressor(**settings))
            yield f"scaled, max_iter={max_iter}", TransformedTargetRegressor(scaled, transformer=StandardScaler())


def main():
    results = {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__, "scores": {}}
    for file in sorted(Path(sys.argv[1]).glob("*.csv")):
        name, task, _ = file.name.split(".")
        with file.open() as lines:
            rows = list(csv.DictReader(lines))
        features = [key for key in rows[0] if key != "target" and not key.startswith("fold")]
        x = numpy.array([[float(row[key]) for key in features] for row in rows])
        y = numpy.array([float(row["target"]) for row in rows])
        scores = results["scores"].setdefault(name, {})
        for seed in (int(key[4:]) for key in rows[0] if key.startswith("fold")):
            fold = numpy.array([int(row[f"fold{seed}"]) for row in rows])
            for called, estimator in estimators(task, seed):
                each = [
                    estimator.fit(x[fold != k], y[fold != k]).score(x[fold == k], y[fold == k]) for k in range(fold.max() + 1)
                ]
                scores.setdefault(called, []).append(round(float(numpy.mean(each)), 6))
                print(name, seed, called, scores[called][-1], file=sys.stderr)
    print(json.dumps(results, indent=2))


main()
