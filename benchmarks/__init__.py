"""How fast things are, measured: ``python -m benchmarks`` runs all, ``.<name>`` behind it one."""

import os

# One core on both sides of every comparison: numpy's BLAS, not loaded yet, would else start a
# thread per core for matrices above some size.
for _limit in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_limit, "1")
