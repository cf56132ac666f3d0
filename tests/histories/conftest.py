"""Where does a test keep a house of its own?"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

IN_MEMORY = Path("/dev/shm")  # Linux; where it is larger than a container's 64 MB
ROOM_BYTES = 1_000_000_000


@pytest.fixture
def folder(roomy: Path) -> Iterator[Path]:
    """An empty folder that PostgreSQL's user may pass through.

    In memory where there is room: processes are killed here and no machine is, so that nothing depends on the disk, and
    a database that recovers first brings all its files to it.
    """
    spacious = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES
    made = Path(tempfile.mkdtemp(prefix="mipoints-history-", dir=IN_MEMORY if spacious else roomy))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)
