"""How do the due messages of an endpoint get there?"""

import asyncio
import logging
import time
from random import SystemRandom

from app.database import connection
from app.notices.outbox import MOST_TRIES, Message, claim, mark_delivered, mark_failed
from app.notices.webhook import NameOf, Sender, body_of

log = logging.getLogger(__name__)

_chance = SystemRandom()


async def deliver(endpoint: str, sender: Sender, name_of: NameOf) -> int:
    """Send one batch of an endpoint's due messages, side by side; how many were due.

    Killed between sending and marking, it leaves messages that are sent again when their lease has run out.
    """
    claimed = await claim(connection(), endpoint)
    async with asyncio.TaskGroup() as sending:
        for message in claimed:
            sending.create_task(_send(message, sender, name_of))
    return len(claimed)


async def _send(message: Message, sender: Sender, name_of: NameOf) -> None:
    failure = await sender.send(message.endpoint, body_of(message, name_of), sent_at=int(time.time()))
    if failure is None:
        await mark_delivered(connection(), message)
        return
    await mark_failed(connection(), message, failure, chance=_chance.random())
    if message.attempts >= MOST_TRIES:
        log.error("message %d is given up after %d tries: %s", message.id, message.attempts, failure)
