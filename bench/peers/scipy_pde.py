"""The Fokker-Planck equations of some classes as a careful SciPy user solves them: Scharfetter-Gummel finite volumes in zeta, the
method of lines, solve_ivp. Classes are interleaved, so that the Jacobian without the coupling through the risk is a narrow band.

Reads one JSON object a line on standard input: {"method": "BDF" | "LSODA", "cells", "rtol", "reach", "stepSize", "times", "classes":
[{"weight", "lambda", "b", "s", "mean", "width"}, ...]}, width 0 for a point mass; answers each with {"seconds", "cpuSeconds", "risks"}.

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


def band_rows(k):
    """Rows of a packed Jacobian with k diagonals on each side for LSODA: ODEPACK wants k more as room for its pivots, SciPy's own port (1.17) refuses them."""
    padded = np.zeros((3 * k + 1, 4 * k))
    padded[k] = -1e4
    try:  # stiff, or LSODA would not ask
        solve_ivp(lambda t, y: 1e4 * (np.cos(t) - y), (0.0, 1.0), np.zeros(4 * k), "LSODA", jac=lambda _t, _y: padded, lband=k, uband=k)
        return 3 * k + 1
    except (RuntimeError, ValueError):
        return 2 * k + 1


def solve(request):
    n, g, reach, method = request["cells"], request["stepSize"], request["reach"], request["method"]
    get = lambda key: np.array([c[key] for c in request["classes"]])[None, :]
    weight, lam, b, s, mean, width = (get(k) for k in ("weight", "lambda", "b", "s", "mean", "width"))
    k = weight.size
    size = n * k + 1
    dx = 2 * reach / n
    centre = (-reach + (np.arange(n) + 0.5) * dx)[:, None]
    face = (-reach + np.arange(1, n) * dx)[:, None]
    half_sinh_centre, half_sinh_face = 0.5 * np.sinh(2 * centre), 0.5 * np.sinh(2 * face)
    # A point is shared between the two cells around it, which keeps its mean.
    hat = np.maximum(0.0, 1 - np.abs(centre - mean) / dx)
    mass = np.where(width > 0, np.exp(-0.5 * ((centre - mean) / np.where(width > 0, width, 1.0)) ** 2), hat)
    mass /= mass.sum(0)
    half_weight = 0.5 * weight * lam

    def risk_of(y):
        e = np.exp(s - 2 * lam * y[-1]) * half_sinh_centre
        e -= b
        e *= e
        e *= y[:-1].reshape(n, k)
        return float((half_weight * e.sum(0)).sum())

    def coefficients(y):
        """Rates through every face from the left and from the right: (d/dx²) B(∓peclet), B(x) = x/(e^x − 1), B(−x) = B(x) + x."""
        risk = risk_of(y)
        drift = np.exp(s - 2 * lam * y[-1]) * half_sinh_face
        drift -= b
        drift *= -dx / (g * risk)
        size = np.maximum(np.abs(drift), 1e-12)
        base = size / np.expm1(np.minimum(size, 700.0))
        right = base + np.maximum(-drift, 0.0)
        left = np.maximum(drift, 0.0)
        left += base
        scale = g * g * lam * risk / dx**2
        left *= scale
        right *= scale
        return risk, left, right

    def rhs(_, y):
        risk, left, right = coefficients(y)
        rho = y[:-1].reshape(n, k)
        left *= rho[:-1]
        right *= rho[1:]
        left -= right
        out = np.zeros(size)
        change = out[:-1].reshape(n, k)
        change[:-1] -= left
        change[1:] += left
        out[-1] = g * g * risk
        return out

    def diagonals(y):
        _, left, right = coefficients(y)
        main = np.zeros(size)
        rows = main[:-1].reshape(n, k)
        rows[:-1] -= left
        rows[1:] -= right
        return main, np.append(left, 0.0), np.append(right, 0.0)

    # Without the coupling through the risk, which would fill the matrix.
    pattern = diags([np.ones(size), np.ones(size - k), np.ones(size - k)], [0, k, -k], format="csc")
    columns = np.repeat(np.arange(size), np.diff(pattern.indptr))
    offset = columns - pattern.indices
    on, above, below = (np.flatnonzero(offset == o) for o in (0, k, -k))

    def sparse(_, y):
        main, left, right = diagonals(y)
        matrix = pattern.copy()
        matrix.data[on], matrix.data[above], matrix.data[below] = main, right, left
        return matrix

    def packed(_, y):
        main, left, right = diagonals(y)
        matrix = np.zeros((rows, size))
        matrix[k], matrix[0, k:], matrix[2 * k, :-k] = main, right, left
        return matrix

    times = request["times"]
    rows = band_rows(k) if method == "LSODA" else 0
    options = {"rtol": request["rtol"], "atol": 1e-3 * request["rtol"] / n}
    options |= {"jac": sparse} if method == "BDF" else {"jac": packed, "lband": k, "uband": k}
    start, busy = time.perf_counter(), time.process_time()
    result = solve_ivp(rhs, (0.0, times[-1]), np.append(mass.ravel(), 0.0), method=method, t_eval=times, **options)
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    risks = [risk_of(y) for y in result.y.T] if result.success else []
    return {"seconds": seconds, "cpuSeconds": cpu, "risks": risks, "evaluations": result.nfev}


print(json.dumps({"SciPy": scipy.__version__, "NumPy": np.__version__, "Python": sys.version.split()[0]}), flush=True)
for line in sys.stdin:
    print(json.dumps(solve(json.loads(line))), flush=True)
