"""Is there a message if and only if there is a notice, and does it arrive, whatever falls in between?"""

import asyncio
from datetime import timedelta

import pytest

from app.database import Db, rows, value
from app.ledger.check import check_ledger
from app.ledger.outlets import tell_endpoints
from app.notices import deliver, outbox
from app.notices.outbox import MOST_TRIES, claim, left, retry, wait_seconds
from app.worker import forget
from tests.ledger.makers import START, clock_at, notices
from tests.notices.makers import delivered, due_now, messages, told
from tests.notices.receiver import SERVER_ERROR, Receiver, receiving


class Fallen(Exception):
    """Ends a transaction before its commit."""


async def test_a_notice_is_told_to_every_endpoint_in_the_transaction_of_its_cause(db: Db, receiver: Receiver) -> None:
    tell_endpoints([receiver.address(), "https://shop.example/points"])

    person = await told()

    [notice] = await notices(person, "POSTED")
    found = await messages()
    assert [message["endpoint"] for message in found] == [receiver.address(), "https://shop.example/points"]
    for message in found:
        assert message["body"]["id"] == notice["id"]
        assert message["body"]["activity_id"] == notice["activity_id"]
        assert person.name not in str(message["body"])
    assert (await check_ledger()).problems == ()


async def test_without_endpoints_nothing_is_kept_for_anybody(db: Db) -> None:
    person = await told()

    assert len(await notices(person, "POSTED")) == 1
    assert await messages() == []


async def test_a_due_message_is_delivered_once(db: Db, receiver: Receiver) -> None:
    await told()

    assert await delivered(receiver.address()) == 1
    assert await delivered(receiver.address()) == 0

    [heard], [message] = receiver.heard, await messages()
    assert (heard.content["kind"], heard.content["points"]) == ("POSTED", 29)
    assert message["delivered_at"] is not None
    assert (message["next_try_at"], message["failure"], message["attempts"]) == (None, None, 1)


async def test_an_endpoint_that_fails_is_tried_again_later(db: Db, receiver: Receiver) -> None:
    receiver.answers = [SERVER_ERROR]
    await told()

    await delivered(receiver.address())
    assert await delivered(receiver.address()) == 0
    [waiting] = await messages()
    await due_now()
    await delivered(receiver.address())

    first, second = receiver.heard
    assert (waiting["failure"], waiting["delivered_at"]) == ("HTTP 500", None)
    assert first.body == second.body
    assert first.headers["mipoints-message"] == second.headers["mipoints-message"]
    [message] = await messages()
    assert (message["failure"], message["attempts"]) == (None, 2)
    assert message["delivered_at"] is not None


async def test_after_its_last_try_a_message_is_dead_until_it_is_put_back(
    db: Db, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [SERVER_ERROR] * MOST_TRIES
    await told()

    for _ in range(MOST_TRIES + 3):
        await delivered(receiver.address())
        await due_now()
    assert len(receiver.heard) == MOST_TRIES
    [dead] = await left(db)
    assert (dead.next_try_at, dead.failure, dead.attempts) == (None, "HTTP 500", MOST_TRIES)
    assert f"message {dead.id} is given up" in caplog.text

    assert await retry(db, dead.id + 1) == []
    assert await retry(db, dead.id) == [dead.id]
    assert await delivered(receiver.address()) == 1
    assert await left(db) == []
    assert len(receiver.heard) == MOST_TRIES + 1


async def test_what_has_arrived_or_waits_is_not_put_back(db: Db, receiver: Receiver) -> None:
    await told()
    await delivered(receiver.address())
    await told()

    assert await retry(db) == []


async def test_a_sender_that_dies_between_sending_and_marking_sends_again_the_same(
    db: Db, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise Fallen

    await told()
    with monkeypatch.context() as patch:
        patch.setattr(deliver, "mark_delivered", dies)
        with pytest.raises(ExceptionGroup):
            await delivered(receiver.address())

    assert await delivered(receiver.address()) == 0, "its lease still runs"
    await due_now()
    assert await delivered(receiver.address()) == 1

    first, second = receiver.heard
    assert first.content == second.content
    assert (await messages())[0]["delivered_at"] is not None


async def test_while_a_message_is_under_way_no_transaction_is_open(db: Db, receiver: Receiver) -> None:
    receiver.silent = True
    await told()
    open_elsewhere = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
      AND backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"""

    sending = asyncio.create_task(delivered(receiver.address()))
    await receiver.hears(1)

    assert await value(db, open_elsewhere) == 0
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert (await messages())[0]["delivered_at"] is None


async def test_several_who_deliver_at_once_send_each_message_once(
    db: Db, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_BATCH", 3)
    for _ in range(12):
        await told(5)

    async def until_none() -> None:
        while await delivered(receiver.address()):
            pass

    await asyncio.gather(*(until_none() for _ in range(4)))

    ids = [heard.content["id"] for heard in receiver.heard]
    assert len(ids) == len(set(ids)) == 12


async def test_an_endpoint_that_is_down_keeps_no_other_waiting(db: Db, receiver: Receiver) -> None:
    async with receiving() as other:
        tell_endpoints([receiver.address(), other.address()])
        receiver.answers = [SERVER_ERROR]
        await told()

        await delivered(receiver.address())
        await delivered(other.address())

        assert len(other.heard) == 1
        assert [message.endpoint for message in await left(db)] == [receiver.address()]


async def test_a_late_sender_does_not_undo_what_a_later_try_did(db: Db, receiver: Receiver) -> None:
    await told()
    [late] = await claim(db, receiver.address())
    await due_now()
    assert await delivered(receiver.address()) == 1

    await outbox.mark_failed(db, late, "timed out", chance=0.5)

    [message] = await messages()
    assert (message["failure"], message["next_try_at"]) == (None, None)


def test_waits_grow_threefold_to_six_hours_with_jitter() -> None:
    longest = [wait_seconds(attempts, 0.0) for attempts in range(1, MOST_TRIES + 1)]

    assert longest == [30, 90, 270, 810, 2430, 7290, 21600, 21600]
    assert wait_seconds(3, 1.0) == 135
    assert 135 < wait_seconds(3, 0.5) < 270


async def test_what_arrived_is_forgotten_after_30_days_and_what_did_not_is_kept(db: Db, receiver: Receiver) -> None:
    await told()
    await delivered(receiver.address())
    await told()
    await forget()
    assert len(await messages()) == 2

    await rows(
        db,
        "UPDATE outbox_message SET delivered_at = delivered_at - interval '31 days',"
        " created_at = created_at - interval '99 days'",
    )
    assert await forget() >= 1

    assert [message["delivered_at"] for message in await messages()] == [None]


async def test_a_message_waits_for_real_time_not_for_the_programmes(db: Db, receiver: Receiver) -> None:
    receiver.answers = [SERVER_ERROR]
    await told()
    await delivered(receiver.address())

    await clock_at(START + timedelta(days=300))

    assert await delivered(receiver.address()) == 0
