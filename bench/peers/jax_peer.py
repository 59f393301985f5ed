"""SGD and the mean-field SDE as JAX users write them: jit of the whole, a loop or scan over steps, vmap over paths; on JAX's default device.

Reads one JSON object a line on standard input and answers each with one; compilation is not timed; "cpuSeconds" only on a CPU:
{"task": "mean-field", "dimension", "horizon", "gamma", "risks", "seed", "dtype"} -> {"seconds", "paths", "risk"}: Euler-Maruyama in (u, v)
with len(risks) equal steps, R(t) at the start of each given; lambda = 1, b = 1 on every other coordinate, u = 1, v = 0.
{"task": "sgd", "dimension", "steps", "replicas", "block", "gamma", "seed"} -> {"seconds", "risks"}: one-pass SGD of the same problem in f32,
`block` replicas at a time as one [block, d] array; "features" (default: drawn) are the x of every step, for comparing paths; "loop" is
"fori" (the default) or "scan".

Install: pip install jax (or: pip install "jax[cuda12]" for an NVIDIA GPU)
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


def final_risks(key, block, dimension, steps, gamma, features=None, scan=False):
    b = (jnp.arange(dimension) % 2 == 0).astype(jnp.float32)

    def step(k, state):
        u, v = state
        if features is None:
            x = jax.random.normal(jax.random.fold_in(key, k), (block, dimension), jnp.float32)
        else:
            x = jnp.broadcast_to(features[k], (block, dimension))
        g = x * (jnp.sum(x * (u * v - b), 1, keepdims=True) * (gamma / dimension))
        return u - g * v, v - g * u

    shape = (block, dimension)
    start = (jnp.ones(shape, jnp.float32), jnp.zeros(shape, jnp.float32))
    if scan:
        (u, v), _ = jax.lax.scan(lambda state, k: (step(k, state), None), start, jnp.arange(steps))
    else:
        u, v = jax.lax.fori_loop(0, steps, step, start)
    return 0.5 * jnp.mean((u * v - b) ** 2, 1)


# A loop takes its steps as an argument, so that one compilation serves all lengths; a scan has a length of its own.
looped = jax.jit(final_risks, static_argnums=(1, 2, 6))
scanned = jax.jit(final_risks, static_argnums=(1, 2, 3, 6))
compiled = {}


def sgd(dimension, steps, replicas, block, gamma, seed, features=None, loop="fori"):
    if features is not None:
        features = jnp.asarray(features, jnp.float32)
    if loop == "scan":
        at = (block, dimension, steps, features is None)
        if at not in compiled:
            compiled[at] = scanned.lower(jax.random.key(0), block, dimension, steps, gamma, features, True).compile()
        run = lambda key: compiled[at](key, gamma, features)
    else:
        looped(jax.random.key(0), block, dimension, 1, gamma, features, False).block_until_ready()
        run = lambda key: looped(key, block, dimension, steps, gamma, features, False)
    start, busy = time.perf_counter(), time.process_time()
    risks = []
    for k in range(replicas // block):
        risks += [float(r) for r in run(jax.random.fold_in(jax.random.key(seed), k))]
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "cpuSeconds": time.process_time() - busy, "risks": risks}


if __name__ == "__main__":
    device = jax.devices()[0]
    gpu = "" if device.platform == "cpu" else device.device_kind
    hello = {"JAX": jax.__version__, "Python": sys.version.split()[0], "GPU": gpu}
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        task = {"mean-field": mean_field, "sgd": sgd}[request.pop("task")]
        if "dtype" in request:
            request["dtype"] = {"float64": jnp.float64, "float32": jnp.float32}[request["dtype"]]
        answer = task(**request)
        if gpu:
            del answer["cpuSeconds"]
        print(json.dumps(answer), flush=True)
