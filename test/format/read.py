"""Reads a safetensors file by its specification alone, and prints its metadata and tensors as JSON.

Independent of gradlet and of the safetensors library: json, struct and numpy.
"""
import json
import struct
import sys

import numpy

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1"}


def refuse_twice(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), "a key is there twice"
    return dict(pairs)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    text = data[8 : 8 + length].decode("utf-8")
    assert text.startswith("{"), "the header begins with a brace"
    header = json.loads(text, object_pairs_hook=refuse_twice)
    metadata = header.pop("__metadata__", {})
    assert all(isinstance(value, str) for value in metadata.values()), "metadata are texts"
    body = data[8 + length :]
    tensors = {}
    end = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, stop = entry["data_offsets"]
        assert start == end, "no gap and no overlap"
        dtype = numpy.dtype(DTYPES[entry["dtype"]])
        assert (8 + length + start) % dtype.itemsize == 0, "aligned"
        tensors[name] = numpy.frombuffer(body[start:stop], dtype).reshape(entry["shape"])
        end = stop
    assert end == len(body), "covered to the end"
    return metadata, tensors


if __name__ == "__main__":
    metadata, tensors = read(sys.argv[1])
    listed = {
        name: {"dtype": str(data.dtype), "shape": list(data.shape), "data": data.astype("<f8").ravel().tolist()}
        for name, data in tensors.items()
    }
    print(json.dumps({"metadata": metadata, "tensors": listed}))
