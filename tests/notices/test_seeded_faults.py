"""Would we see a notice or a message lost or doubled? Each fault, put into the running program, is caught."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from app.database import Db, rows, transaction, value
from app.ledger import hold, posting
from app.ledger.outlets import tell_endpoints
from app.notices import outbox
from app.notices.outbox import claim, mark_delivered, mark_failed
from tests.faults.fault import Checker, Fault, aside, changed, each_checker_of, each_of, replaced
from tests.ledger.makers import START, Person, bought, clock_at, enrolled, notices, statement, waiting
from tests.notices.makers import due_now, messages, told
from tests.telling import LONG

pytestmark = pytest.mark.fault

ENDPOINT = "https://shop.example/points"


class Fallen(Exception):
    """Ends a transaction before its commit."""


@pytest.fixture
async def heard(db: Db) -> AsyncIterator[Db]:
    """The database, with an endpoint that every notice is meant for."""
    tell_endpoints([ENDPOINT])
    try:
        yield db
    finally:
        tell_endpoints([])
        await rows(db, "DELETE FROM outbox_message")


async def falls(person: Person) -> None:
    """The member is settled in a transaction that falls."""
    with suppress(Fallen):
        async with transaction() as falling:
            await hold.hold(falling, person.id)
            raise Fallen


async def what_falls_leaves_neither_notice_nor_message(db: Db) -> None:
    person = await enrolled()
    await bought(person, 29)
    await clock_at(START + timedelta(days=20))

    await falls(person)
    assert await value(db, "SELECT count(*) FROM outbox_message") == 0
    assert await notices(person, "POSTED") == []

    await hold.settle_member(person.id)
    assert [message["kind"] for message in await messages()] == ["POSTED"]
    assert await statement(person) == [("EARN", 50), ("EARN", 29), ("POST", 29)]


async def what_fell_is_told_once_it_stands(db: Db) -> None:
    person = await enrolled()
    await clock_at(START + timedelta(days=340))

    await falls(person)
    for _ in range(2):
        await hold.settle_member(person.id)

    assert [notice["points"] for notice in await notices(person, "EXPIRING")] == [50]


async def what_is_under_way_is_sent_by_nobody_else(db: Db) -> None:
    await told()

    assert [len(await claim(db, ENDPOINT)) for _ in range(2)] == [1, 0]


async def two_senders_never_take_the_same_message(db: Db) -> None:
    await told()
    # The second sender's connection is there before the first one holds the message.
    await asyncio.gather(*(value(db, "SELECT pg_sleep(0.1)") for _ in range(4)))

    async with transaction() as first:
        ours = await claim(first, ENDPOINT)
        theirs = asyncio.create_task(claim(db, ENDPOINT))
        async with asyncio.timeout(LONG):
            while not theirs.done() and not await waiting(db):
                await asyncio.sleep(0.005)

    assert len(ours) + len(await theirs) == 1


async def a_late_sender_does_not_undo_what_a_later_try_did(db: Db) -> None:
    await told()
    [late] = await claim(db, ENDPOINT)
    await due_now()
    [later] = await claim(db, ENDPOINT)
    await mark_delivered(db, later)

    await mark_failed(db, late, "timed out", chance=0.5)

    [message] = await messages()
    assert (message["failure"], message["next_try_at"]) == (None, None)


def message_beside(patch: pytest.MonkeyPatch) -> None:
    announce = posting.announce

    async def announced_beside(db: Db, member_id: int, drafts: Any) -> None:
        await announce(db, member_id, drafts)
        for _ in drafts:
            sql = "INSERT INTO outbox_message (endpoint, kind, body, created_at, attempts) "
            await rows(aside(), sql + "VALUES ('x', 'POSTED', '{}', now(), 0)")

    patch.setattr(posting, "announce", announced_beside)


def notice_beside(patch: pytest.MonkeyPatch) -> None:
    announce = posting.announce

    async def announced_beside(_: Db, member_id: int, drafts: Any) -> None:
        await announce(aside(), member_id, drafts)

    patch.setattr(posting, "announce", announced_beside)


def noted_beside(patch: pytest.MonkeyPatch) -> None:
    renotify = hold._renotify

    async def renotified_beside(_: Db, instants: Any) -> None:
        await renotify(aside(), instants)

    patch.setattr(hold, "_renotify", renotified_beside)


FAULTS = (
    Fault(
        "a message is written outside of its transaction",
        message_beside,
        what_falls_leaves_neither_notice_nor_message,
    ),
    Fault(
        "a notice is written outside of its transaction",
        notice_beside,
        what_falls_leaves_neither_notice_nor_message,
    ),
    Fault(
        "a notice has no message",
        replaced(posting, told_endpoints=list),
        what_falls_leaves_neither_notice_nor_message,
    ),
    Fault(
        "a notice is noted as told outside of its transaction",
        noted_beside,
        what_fell_is_told_once_it_stands,
    ),
    Fault(
        "a message under way is due for others",
        changed(outbox, "_CLAIM", "make_interval(secs => $3)", "make_interval(secs => 0 * $3)"),
        what_is_under_way_is_sent_by_nobody_else,
    ),
    Fault(
        "two senders wait for the same message",
        changed(outbox, "_CLAIM", "FOR UPDATE SKIP LOCKED", ""),
        two_senders_never_take_the_same_message,
    ),
    Fault(
        "a message that arrived is sent again when an earlier try fails late",
        changed(outbox, "_FAILED", "attempts = $2 AND delivered_at IS NULL", "attempts >= 0 * $2"),
        a_late_sender_does_not_undo_what_a_later_try_did,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(heard: Db, checker: Checker) -> None:
    await checker(heard)


@each_of(FAULTS)
async def test_it_is_caught_that(heard: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(heard, monkeypatch)
