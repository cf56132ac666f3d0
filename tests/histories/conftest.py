"""Where does a test keep a house of its own?"""

import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def folder(roomy: Path) -> Path:
    """An empty folder that PostgreSQL's user may pass through."""
    made = Path(tempfile.mkdtemp(prefix="history-", dir=roomy))
    made.chmod(0o711)
    return made
