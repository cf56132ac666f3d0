"""On what was this measured?"""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = ("strawberry-graphql", "graphql-core", "tortoise-orm", "asyncpg", "starlette", "uvicorn", "orjson")


def told_machine(members: int, activities: int, seconds: float, rounds: int) -> str:
    """A paragraph: data, method, versions, and how busy the machine was with other things."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)  # noqa: S607
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    packages = ", ".join(f"{name} {version(name)}" for name in NAMED)
    return (
        f"{members} members x {activities} activities; {rounds} interleaved rounds of {seconds:g} s; server on core 0,"
        f" wrk and PostgreSQL on core 1 of {os.cpu_count()}. Ratios are of medians, in brackets the least and the"
        f" greatest of one round. Commit {found.stdout.strip() or 'unknown'}; Python {platform.python_version()},"
        f" {packages}. Load average at the end: {busy}.\n"
    )
