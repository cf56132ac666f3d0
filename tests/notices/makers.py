"""How do these tests make members hear something, and deliver it?"""

import asyncpg

from app.api.ids import GlobalId
from app.database import connection, rows
from app.notices.deliver import deliver
from app.notices.webhook import Sender
from tests.ledger.makers import Person, bought, enrolled

SECRET = b"a secret that endpoints know as well"


async def told(euros: int = 29) -> Person:
    """A member who has just been told of points that posted."""
    person = await enrolled()
    await bought(person, euros, delivered=True)
    return person


async def delivered(endpoint: str) -> int:
    """Sends what is due to an endpoint, one batch; how many were due."""
    async with Sender(SECRET, allow_private=True) as sender:
        return await deliver(endpoint, sender, lambda kind, member, row: str(GlobalId(kind, member, row)))


async def messages() -> list[asyncpg.Record]:
    """Every message, oldest first."""
    return await rows(connection(), "SELECT * FROM outbox_message ORDER BY id")


async def due_now() -> None:
    """Makes every message due that waits for its next try."""
    await rows(connection(), "UPDATE outbox_message SET next_try_at = clock_timestamp() WHERE next_try_at IS NOT NULL")
