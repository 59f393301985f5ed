"""The Fokker-Planck equations of some classes as a careful SciPy user solves them: Scharfetter-Gummel finite volumes in zeta, the
method of lines, solve_ivp. Classes are interleaved, so that the Jacobian without the coupling through the risk is a narrow band.

Reads one JSON object a line on standard input: {"method": "BDF" | "LSODA", "cells", "rtol", "reach", "stepSize", "times", "classes":
[{"weight", "lambda", "b", "s", "mean", "width"}, ...]}; answers each with {"seconds", "cpuSeconds", "risks"}.

Install: apt-get install python3-numpy python3-scipy (or: pip install numpy scipy)
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json
import sys
import time

import numpy as np
import scipy
from scipy.integrate import solve_ivp
from scipy.sparse import diags


def bernoulli(x):
    small = np.abs(x) < 1e-8
    safe = np.where(small, 1.0, x)
    return np.where(small, 1 - x / 2, safe / np.expm1(np.clip(safe, -700, 700)))


def solve(request):
    n, g, reach = request["cells"], request["stepSize"], request["reach"]
    get = lambda key: np.array([c[key] for c in request["classes"]])[None, :]
    weight, lam, b, s, mean, width = (get(k) for k in ("weight", "lambda", "b", "s", "mean", "width"))
    k = weight.size
    dx = 2 * reach / n
    centre = (-reach + (np.arange(n) + 0.5) * dx)[:, None]
    face = (-reach + np.arange(1, n) * dx)[:, None]
    sinh_centre, sinh_face = np.sinh(2 * centre), np.sinh(2 * face)
    mass = np.exp(-0.5 * ((centre - mean) / width) ** 2)
    mass /= mass.sum(0)

    def coefficients(y):
        rho = y[:-1].reshape(n, k)
        h = np.exp(s - 2 * lam * y[-1])
        e = 0.5 * h * sinh_centre - b
        risk = 0.5 * float((weight * lam * (rho * e * e).sum(0)).sum())
        d = g * g * lam * risk
        peclet = -g * lam * (0.5 * h * sinh_face - b) * dx / d
        return rho, risk, (d / dx**2) * bernoulli(-peclet), (d / dx**2) * bernoulli(peclet)

    def rhs(_, y):
        rho, risk, left, right = coefficients(y)
        flux = left * rho[:-1] - right * rho[1:]
        out = np.zeros_like(rho)
        out[:-1] -= flux
        out[1:] += flux
        return np.append(out.ravel(), g * g * risk)

    def jacobian(_, y):
        _, _, left, right = coefficients(y)
        main = np.zeros((n, k))
        main[:-1] -= left
        main[1:] -= right
        return diags([np.append(main.ravel(), 0.0), np.append(right.ravel(), 0.0), np.append(left.ravel(), 0.0)], [0, k, -k], format="csc")

    times = request["times"]
    options = {"rtol": request["rtol"], "atol": 1e-3 * request["rtol"] / n}
    options |= {"jac": jacobian} if request["method"] == "BDF" else {"lband": k, "uband": k}
    start, busy = time.perf_counter(), time.process_time()
    result = solve_ivp(rhs, (0.0, times[-1]), np.append(mass.ravel(), 0.0), method=request["method"], t_eval=times, **options)
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    risks = [coefficients(y)[1] for y in result.y.T] if result.success else []
    return {"seconds": seconds, "cpuSeconds": cpu, "risks": risks}


print(json.dumps({"SciPy": scipy.__version__, "NumPy": np.__version__, "Python": sys.version.split()[0]}), flush=True)
for line in sys.stdin:
    print(json.dumps(solve(json.loads(line))), flush=True)
