"""Can PostgreSQL be given a disk that is soon full? Where root may mount one in memory."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

MEGABYTE = 1024 * 1024
SIZE_MB = 700  # the cluster, its log of `WAL` at most, and room to work in
WAL = "192MB"
CHUNK = b"\0" * MEGABYTE


class NoSmallDisk(Exception):
    """None can be had on this machine; the message says why."""


@contextlib.contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """A file system of SIZE_MB in memory at `place` (Linux). Raises NoSmallDisk."""
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0711", "mipoints", str(place)]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoSmallDisk(f"a file system in memory cannot be mounted here ({type(error).__name__})") from error
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True, timeout=60)


@contextlib.contextmanager
def filled(place: Path) -> Iterator[int]:
    """Not a byte is free on the disk of `place` while the block runs; how many bytes that took."""
    filler = place / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            yield fill(file.fileno())
    finally:
        filler.unlink(missing_ok=True)


def fill(descriptor: int) -> int:
    """Writes until there is no space left, at last byte by byte of a page."""
    written, chunk = 0, CHUNK
    while chunk:
        try:
            written += os.write(descriptor, chunk)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            chunk = chunk[: len(chunk) // 2]
    return written
