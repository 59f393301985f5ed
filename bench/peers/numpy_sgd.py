"""One-pass SGD on a diagonal linear network as a careful NumPy user writes it: one thread, everything preallocated and in place.

Reads one JSON object a line on standard input: {"dimension", "steps", "replicas", "gamma", "seed", "dtype"}; answers each with
{"seconds", "risks"}: the time of the loop alone, and the final risk of each replica. Problem: lambda = 1, b = 1 on every other
coordinate and 0 elsewhere, u = 1, v = 0, no label noise.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json
import sys
import time

import numpy as np


def run(dimension, steps, replicas, gamma, seed, dtype):
    d = dimension
    b = np.zeros(d, dtype)
    b[::2] = 1
    x, e, du, dv = (np.empty(d, dtype) for _ in range(4))
    rng = np.random.default_rng(seed)
    scale = gamma / d
    risks = []
    seconds = 0.0
    for _ in range(replicas):
        u = np.ones(d, dtype)
        v = np.zeros(d, dtype)
        start = time.perf_counter()
        np.multiply(u, v, out=e)
        e -= b
        for _ in range(steps):
            rng.standard_normal(out=x, dtype=dtype)
            x *= dtype(scale * float(x @ e))
            np.multiply(x, v, out=du)
            np.multiply(x, u, out=dv)
            u -= du
            v -= dv
            np.multiply(u, v, out=e)
            e -= b
        seconds += time.perf_counter() - start
        risks.append(0.5 * float(np.mean(e.astype(np.float64) ** 2)))
    return {"seconds": seconds, "risks": risks}


if __name__ == "__main__":
    print(json.dumps({"numpy": np.__version__, "python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        request["dtype"] = {"float64": np.float64, "float32": np.float32}[request["dtype"]]
        print(json.dumps(run(**request)), flush=True)
