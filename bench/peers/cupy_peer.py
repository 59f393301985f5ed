"""One-pass SGD as a careful CuPy user writes it: f32 on an NVIDIA GPU, one reduction (in two stages) and one elementwise kernel a step, normals by cuRAND.

Reads one JSON object a line on standard input and answers each with one:
{"task": "sgd", "dimension", "steps", "replicas", "block", "gamma", "seed"} -> {"seconds", "risks"}: the time of the loop alone, `block`
replicas at a time as one [block, d] array. Problem: lambda = 1, b = 1 on every other coordinate, u = 1, v = 0. "features" (default: drawn)
are the x of every step, for comparing paths.

Install: pip install cupy-cuda12x
"""

import json
import sys
import time

import cupy as cp

residual = cp.ReductionKernel(
    "float32 x, float32 u, float32 v, float32 target", "float32 r", "x * (u * v - target)", "a + b", "r = a", "0", "residual"
)
update = cp.ElementwiseKernel(
    "float32 x, float32 r, float32 scale",
    "float32 u, float32 v",
    "float g = scale * r * x; float w = u; u = w - g * v; v = v - g * w",
    "update",
)

# Rows of a reduction, at least.
ROWS = 1000


def sgd(dimension, steps, replicas, block, gamma, seed, features=None):
    random = cp.random.RandomState(seed)
    shape = (block, dimension)
    target = cp.zeros((1, dimension), cp.float32)
    target[:, ::2] = 1
    # A reduction takes one thread block a row: rows are cut until there are enough of them to fill a GPU.
    parts = next(p for p in range(1, dimension + 1) if dimension % p == 0 and block * p >= ROWS or p == dimension)
    cut = lambda array: array.reshape(array.shape[0], parts, dimension // parts)
    partial = cp.empty((block, parts), cp.float32)
    column = cp.empty((block, 1), cp.float32)
    scale = cp.float32(gamma / dimension)
    risks = []
    seconds = 0.0
    for _ in range(replicas // block):
        u = cp.ones(shape, cp.float32)
        v = cp.zeros(shape, cp.float32)
        cp.cuda.get_current_stream().synchronize()
        start = time.perf_counter()
        for k in range(steps):
            if features is None:
                x = random.standard_normal(shape, dtype=cp.float32)
            else:
                x = cp.broadcast_to(cp.asarray(features[k], dtype=cp.float32), shape)
            residual(cut(x), cut(u), cut(v), cut(target), partial, axis=2)
            cp.sum(partial, axis=1, keepdims=True, out=column)
            update(x, column, scale, u, v)
        cp.cuda.get_current_stream().synchronize()
        seconds += time.perf_counter() - start
        risks += [0.5 * float(row) for row in ((u * v - target).astype(cp.float64) ** 2).mean(1)]
    return {"seconds": seconds, "risks": risks}


if __name__ == "__main__":
    gpu = ""
    if cp.cuda.is_available():
        gpu = cp.cuda.runtime.getDeviceProperties(cp.cuda.Device().id)["name"].decode()
    print(json.dumps({"CuPy": cp.__version__, "Python": sys.version.split()[0], "GPU": gpu}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        request.pop("task")
        print(json.dumps(sgd(**request)), flush=True)
