"""The mean-field SDE as JAX users write it: one path as a function, lax.scan over steps, vmap over paths, jit of the whole.

Reads one JSON object a line on standard input and answers each with one:
{"task": "mean-field", "dimension", "horizon", "gamma", "risks", "seed", "dtype"} -> {"seconds", "risk"}: Euler-Maruyama in (u, v) with
len(risks) equal steps, R(t) at the start of each given; lambda = 1, b = 1 on every other coordinate, u = 1, v = 0. Compilation is not timed.
"""

import json
import sys
import time
from functools import partial

import jax
import jax.numpy as jnp


def path(key, b, scales, gamma_tau):
    def step(state, scale_and_noise):
        u, v = state
        scale, z = scale_and_noise
        a = gamma_tau * (u * v - b) + scale * z
        return (u - a * v, v - a * u), None

    noise = jax.random.normal(key, scales.shape, scales.dtype)
    (u, v), _ = jax.lax.scan(step, (jnp.ones((), scales.dtype), jnp.zeros((), scales.dtype)), (scales, noise))
    return (u * v - b) ** 2


@partial(jax.jit, static_argnums=1)
def mean_square(key, dimension, scales, gamma_tau):
    keys = jax.random.split(key, dimension)
    b = (jnp.arange(dimension) % 2 == 0).astype(scales.dtype)
    return jnp.mean(jax.vmap(path, (0, 0, None, None))(keys, b, scales, gamma_tau))


def mean_field(dimension, horizon, gamma, risks, seed, dtype):
    tau = horizon / len(risks)
    scales = gamma * jnp.sqrt(2 * jnp.asarray(risks, dtype) * tau).astype(dtype)
    # Noise of all steps of a batch is in memory at once, as in the usual formulation: batches of a few hundred million normals.
    batch = min(dimension, max(1, 200_000_000 // len(risks)))
    mean_square(jax.random.key(0), batch, scales, gamma * tau).block_until_ready()
    start, busy = time.perf_counter(), time.process_time()
    rounds = max(1, dimension // batch)
    total = 0.0
    for k in range(rounds):
        total += float(mean_square(jax.random.key(seed + k), batch, scales, gamma * tau))
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "cpuSeconds": time.process_time() - busy,
        "paths": rounds * batch,
        "risk": 0.5 * total / rounds,
    }


if __name__ == "__main__":
    device = jax.devices()[0]
    hello = {"JAX": jax.__version__, "device": f"{device.platform} {device.device_kind}"}
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        request.pop("task")
        request["dtype"] = {"float64": jnp.float64, "float32": jnp.float32}[request["dtype"]]
        print(json.dumps(mean_field(**request)), flush=True)
