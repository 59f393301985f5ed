"""Writes npy.json: small .npy files of every kind that is read, as NumPy makes them, in base64 beside their numbers.

Run in this folder with any NumPy from 1.17 on: python3 npy.py
"""
import base64
import io
import json

import numpy as np

files = []


def add(name, array, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, allow_pickle=False)
    files.append(
        {
            "name": name,
            "base64": base64.b64encode(buffer.getvalue()).decode(),
            "numbers": np.atleast_1d(array.astype(np.float64)).reshape(array.shape).tolist(),
        }
    )


values = {
    "f": [[0.0, -1.5, 65504.0], [6e-8, 0.333251953125, -2.0]],
    "i": [[0, -1, 127], [-128, 5, 77]],
    "u": [[0, 1, 255], [128, 5, 77]],
}
for kind in "fiu":
    for size in [2, 4, 8] if kind == "f" else [1, 2, 4, 8]:
        for mark in "<>":
            for order in "CF":
                array = np.array(values[kind], dtype=f"{mark}{kind}{size}", order=order)
                add(f"{mark}{kind}{size} {order}", array)
for mark in "<>":
    add(f"{mark}i8 large", np.array([[-(2**53), 2**53]], dtype=f"{mark}i8"))
    add(f"{mark}u8 large", np.array([[2**63, 1]], dtype=f"{mark}u8"))
for version in [(1, 0), (2, 0), (3, 0)]:
    add(f"version {version[0]}", np.array([[1.0, 2.0]]), version)
add("one axis", np.array([1.0, 2.0, 3.0]))
add("one column", np.array([[1.0], [2.0]]))
add("none", np.zeros((0, 3)))

# What is refused.
add("bool", np.array([[True, False]]))
add("complex", np.array([[1.0]]))
files[-1]["base64"] = None
buffer = io.BytesIO()
np.save(buffer, np.array([[1 + 2j]]))
files[-1] = {"name": "complex", "base64": base64.b64encode(buffer.getvalue()).decode(), "numbers": None}
for name, array in {
    "structured": np.zeros(2, dtype=[("a", "f4"), ("b", "i2")]),
    "text": np.array(["a", "bc"]),
    "three axes": np.zeros((1, 2, 3)),
    "no axis": np.array(1.0),
    "long double": np.zeros((1, 1), dtype=np.longdouble),
}.items():
    buffer = io.BytesIO()
    np.save(buffer, array)
    files.append({"name": name, "base64": base64.b64encode(buffer.getvalue()).decode(), "numbers": None})

with open("npy.json", "w") as out:
    json.dump({"numpy": np.__version__, "files": files}, out, indent=0)
    out.write("\n")
