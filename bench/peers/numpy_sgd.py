"""One-pass SGD on a diagonal linear network as a careful NumPy user writes it: one thread, everything preallocated and in place.

Reads one JSON object a line on standard input: {"task": "sgd", "dimension", "steps", "replicas", "gamma", "seed", "dtype", "block", "features"}; answers each
with {"seconds", "cpuSeconds", "risks"}: the time of the loop alone, and the final risk of each replica; `block` replicas (default 1) advance
together as one [block, d] array, which spreads the cost of a call where d is small;
`features` (default: drawn) are the x of every step, for comparing paths. Problem: lambda = 1, b = 1 on every other
coordinate and 0 elsewhere, u = 1, v = 0, no label noise.

Install: apt-get install python3-numpy (or: pip install numpy)
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json
import sys
import time

import numpy as np


def run(dimension, steps, replicas, gamma, seed, dtype, block=1, features=None):
    d = dimension
    shape = (block, d)
    b = np.zeros(d, dtype)
    b[::2] = 1
    x, e, du, dv = (np.empty(shape, dtype) for _ in range(4))
    r = np.empty(block, dtype)
    column = r[:, None]
    rng = np.random.default_rng(seed)
    scale = gamma / d
    risks = []
    seconds = cpu = 0.0
    for _ in range(replicas // block):
        u = np.ones(shape, dtype)
        v = np.zeros(shape, dtype)
        start, busy = time.perf_counter(), time.process_time()
        np.multiply(u, v, out=e)
        e -= b
        for k in range(steps):
            if features is None:
                rng.standard_normal(out=x, dtype=dtype)
            else:
                x[:] = features[k]
            if block == 1:
                x *= dtype(scale * float(x[0] @ e[0]))
            else:
                np.einsum("ij,ij->i", x, e, out=r)
                r *= dtype(scale)
                x *= column
            np.multiply(x, v, out=du)
            np.multiply(x, u, out=dv)
            u -= du
            v -= dv
            np.multiply(u, v, out=e)
            e -= b
        seconds += time.perf_counter() - start
        cpu += time.process_time() - busy
        risks += [0.5 * float(np.mean(row.astype(np.float64) ** 2)) for row in e]
    return {"seconds": seconds, "cpuSeconds": cpu, "risks": risks}


if __name__ == "__main__":
    print(json.dumps({"NumPy": np.__version__, "Python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        request.pop("task")
        request["dtype"] = {"float64": np.float64, "float32": np.float32}[request["dtype"]]
        print(json.dumps(run(**request)), flush=True)
