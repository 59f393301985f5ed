"""Normals and one-pass SGD as a careful PyTorch user writes them: f32, preallocated, in place, no autograd; on the CPU or a GPU.

Reads one JSON object a line on standard input and answers each with one; "threads" is set by torch.set_num_threads, "device" is "cpu" or "cuda":
{"task": "normals", "count", "rounds", "seed", "threads"} -> {"seconds", "cpuSeconds", "mean", "variance"}
{"task": "sgd", "dimension", "steps", "replicas", "block", "gamma", "seed", "threads", "device"} -> {"seconds", "risks"} and "cpuSeconds" on a
CPU: the time of the loop alone, `block` replicas at a time as one [block, d] tensor. Problem: lambda = 1, b = 1 on every other
coordinate, u = 1, v = 0. "features" (default: drawn) are the x of every step, for comparing paths. "compile" (default: eager): a step is a
function under torch.compile in that mode, "default" or "reduce-overhead" (CUDA graphs); the first turn compiles and is not counted.

Install: apt-get install python3-torch (or: pip install torch; with CUDA for the GPU)
"""

import json
import sys
import time

import torch

torch.set_grad_enabled(False)


def normals(count, rounds, seed):
    torch.manual_seed(seed)
    z = torch.empty(count)
    z.normal_()
    start, busy = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        z.normal_()
    seconds = time.perf_counter() - start
    cpu = time.process_time() - busy
    z = z.double()
    return {"seconds": seconds, "cpuSeconds": cpu, "mean": float(z.mean()), "variance": float((z * z).mean())}


def sgd(dimension, steps, replicas, block, gamma, seed, device="cpu", features=None):
    torch.manual_seed(seed)
    on_gpu = device != "cpu"
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    minus_b = torch.zeros(dimension, device=device)
    minus_b[::2] = -1
    shape = (block, dimension)
    x, e, u2, v2 = (torch.empty(shape, device=device) for _ in range(4))
    r = torch.empty((block, 1), device=device)
    scale = -gamma / dimension
    risks = []
    seconds = cpu = 0.0
    for _ in range(replicas // block):
        u = torch.ones(shape, device=device)
        v = torch.zeros(shape, device=device)
        wait()
        start, busy = time.perf_counter(), time.process_time()
        torch.addcmul(minus_b, u, v, out=e)
        for k in range(steps):
            if features is None:
                x.normal_()
            else:
                x[:] = torch.tensor(features[k], device=device)
            if block == 1 and not on_gpu:
                x *= scale * float(torch.dot(x[0], e[0]))
            else:
                e *= x
                torch.sum(e, 1, keepdim=True, out=r)
                r *= scale
                x *= r
            torch.addcmul(u, x, v, out=u2)
            torch.addcmul(v, x, u, out=v2)
            u, u2 = u2, u
            v, v2 = v2, v
            torch.addcmul(minus_b, u, v, out=e)
        wait()
        seconds += time.perf_counter() - start
        cpu += time.process_time() - busy
        risks += [0.5 * float(row) for row in (e.double() ** 2).mean(1)]
    return {"seconds": seconds, "risks": risks} | ({} if on_gpu else {"cpuSeconds": cpu})


def advance(u, v, minus_b, scale, x):
    a = x * (scale * (x * torch.addcmul(minus_b, u, v)).sum(1, keepdim=True))
    return torch.addcmul(u, a, v), torch.addcmul(v, a, u)


def advance_drawn(u, v, minus_b, scale):
    return advance(u, v, minus_b, scale, torch.randn_like(u))


compiled = {}


def sgd_compiled(dimension, steps, replicas, block, gamma, seed, mode, device="cpu", features=None):
    torch.manual_seed(seed)
    key = (mode, features is None, block, dimension, device)
    if key not in compiled:
        compiled[key] = torch.compile(advance_drawn if features is None else advance, mode=mode, dynamic=False)
    step = compiled[key]
    on_gpu = device != "cpu"
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    minus_b = torch.zeros(dimension, device=device)
    minus_b[::2] = -1
    # A tensor, because a number would be compiled in.
    scale = torch.tensor(-gamma / dimension, device=device)
    shape = (block, dimension)
    risks = []
    seconds = cpu = 0.0
    for _ in range(replicas // block):
        u = torch.ones(shape, device=device)
        v = torch.zeros(shape, device=device)
        wait()
        start, busy = time.perf_counter(), time.process_time()
        for k in range(steps):
            given = () if features is None else (torch.tensor(features[k], device=device).expand(shape).contiguous(),)
            u, v = step(u, v, minus_b, scale, *given)
            if mode == "reduce-overhead":
                # The next replay of the graph overwrites what this one gave.
                u, v = u.clone(), v.clone()
        wait()
        seconds += time.perf_counter() - start
        cpu += time.process_time() - busy
        risks += [0.5 * float(row) for row in ((minus_b + u * v).double() ** 2).mean(1)]
    return {"seconds": seconds, "risks": risks} | ({} if on_gpu else {"cpuSeconds": cpu})


if __name__ == "__main__":
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    compiles = "torch.compile" if hasattr(torch, "compile") else ""
    hello = {"PyTorch": torch.__version__, "Python": sys.version.split()[0], "GPU": gpu, "with": compiles}
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "threads" in request:
            torch.set_num_threads(request.pop("threads"))
        task = {"normals": normals, "sgd": sgd}[request.pop("task")]
        if "compile" in request:
            task = sgd_compiled
            request["mode"] = request.pop("compile")
        print(json.dumps(task(**request)), flush=True)
