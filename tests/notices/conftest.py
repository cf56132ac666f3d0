"""What do the tests of notices share? A database for each module, and endpoints that hear only of their own test."""

from collections.abc import AsyncIterator

import pytest

from app.database import Db, rows
from app.ledger.outlets import tell_endpoints
from tests.ledger.conftest import db, shared, shared_url
from tests.notices.receiver import Receiver, receiving

__all__ = ["db", "shared", "shared_url"]


@pytest.fixture
async def receiver(db: Db) -> AsyncIterator[Receiver]:
    """An endpoint that hears of everything written meanwhile."""
    async with receiving() as ready:
        tell_endpoints([ready.address()])
        try:
            yield ready
        finally:
            tell_endpoints([])
            await rows(db, "DELETE FROM outbox_message")
