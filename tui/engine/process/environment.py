"""The environment variables of a worker."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

_SECRETS = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|API_?KEY|PROXY|COOKIE", re.IGNORECASE)


def worker_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker: `environ` without secrets, with this package on the path, and tuned.

    ggml's threads wait for each other after every operation. Waiting in a busy loop is fastest on a quiet machine and
    very slow on a crowded one; sleeping halves the speed of a model that is alone. Spinning for a short time (libgomp
    reads the variable when it loads) costs a tenth at best, and keeps two models fast on a crowded machine. A setting
    of the user's own stays. NumPy only reduces logits and gets one thread. glibc returns freed memory early, which
    saves 8 MB of a worker that has filled its context.
    """
    kept = {name: value for name, value in environ.items() if not _SECRETS.search(name)}
    paths = [*_checkout(), *filter(None, [kept.get("PYTHONPATH")])]
    waiting = {} if {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & kept.keys() else {"GOMP_SPINCOUNT": "1000"}
    ours = {
        "PYTHONPATH": os.pathsep.join(paths),
        "GGML_NO_BACKTRACE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
    }
    return kept | waiting | ours


def _checkout() -> list[str]:
    """Return the folder of this package where it is not installed, so that a child process imports the same code."""
    root = Path(__file__).resolve().parents[3]
    return [] if root.name in {"site-packages", "dist-packages"} else [str(root)]
