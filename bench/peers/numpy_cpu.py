"""Normals and the mean-field SDE as a careful NumPy user writes them: one thread, everything preallocated and in place.

Reads one JSON object a line on standard input and answers each with one:
{"task": "normals", "count", "rounds", "seed", "dtype"} -> {"seconds", "cpuSeconds", "mean", "variance"}
{"task": "mean-field", "dimension", "horizon", "gamma", "risks", "seed", "dtype"} -> {"seconds", "cpuSeconds", "risk"}: Euler-Maruyama in (u, v)
with len(risks) equal steps, R(t) at the start of each given; lambda = 1, b = 1 on every other coordinate, u = 1, v = 0.

Install: apt-get install python3-numpy (or: pip install numpy)
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json
import math
import sys
import time

import numpy as np


def normals(count, rounds, seed, dtype):
    rng = np.random.default_rng(seed)
    z = np.empty(count, dtype)
    rng.standard_normal(out=z, dtype=dtype)
    start, busy = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        rng.standard_normal(out=z, dtype=dtype)
    seconds = time.perf_counter() - start
    cpu = time.process_time() - busy
    z = z.astype(np.float64)
    return {"seconds": seconds, "cpuSeconds": cpu, "mean": float(z.mean()), "variance": float(np.mean(z * z))}


def mean_field(dimension, horizon, gamma, risks, seed, dtype):
    rng = np.random.default_rng(seed)
    b = np.zeros(dimension, dtype)
    b[::2] = 1
    u = np.ones(dimension, dtype)
    v = np.zeros(dimension, dtype)
    z, e, du = (np.empty(dimension, dtype) for _ in range(3))
    start, busy = time.perf_counter(), time.process_time()
    tau = horizon / len(risks)
    for risk in risks:
        # du = -gamma e v dt - gamma sqrt(2R) v dB, and the same with u and v exchanged.
        rng.standard_normal(out=z, dtype=dtype)
        z *= dtype(gamma * math.sqrt(2 * risk * tau))
        np.multiply(u, v, out=e)
        e -= b
        e *= dtype(gamma * tau)
        e += z
        np.multiply(e, v, out=du)
        e *= u
        u -= du
        v -= e
    np.multiply(u, v, out=e)
    e -= b
    risk = 0.5 * float(np.dot(e, e)) / dimension
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "cpuSeconds": time.process_time() - busy, "risk": risk}


if __name__ == "__main__":
    print(json.dumps({"NumPy": np.__version__, "Python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        task = {"normals": normals, "mean-field": mean_field}[request.pop("task")]
        request["dtype"] = {"float64": np.float64, "float32": np.float32}[request["dtype"]]
        print(json.dumps(task(**request)), flush=True)
