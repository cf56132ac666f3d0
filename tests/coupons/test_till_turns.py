"""Whose redemption waits for whose, and who waits for nobody?"""

import asyncio
from typing import Any

import pytest

from app.coupons import till as tills
from app.coupons.redemption import write_as_read
from app.coupons.till import Till
from app.database import Db, transaction
from app.ledger.hold import hold
from app.requests.outcome import Outcome
from tests.coupons.gate import Gate, asked
from tests.coupons.makers import offer_of, reasons
from tests.ledger.makers import Person, queued

TWENTY = 20


async def test_an_account_that_another_holds_delays_nobody_of_its_batch(
    db: Db, people: list[Person], till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_id, holding, let_go, gate = await offer_of(10), asyncio.Event(), asyncio.Event(), Gate(monkeypatch)

    async def holder() -> None:
        async with transaction() as first:
            await hold(first, people[0].id)
            holding.set()
            await let_go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(holder())
        await holding.wait()
        leaders = [asked(person, offer_id, till) for person in people[1:3]]
        await gate.reached(2)
        tasks = [asked(person, offer_id, till) for person in (people[0], *people[3:])]
        await asyncio.sleep(0)
        gate.open.set()
        others = await asyncio.gather(*leaders, *tasks[1:])
        await queued(db)
        assert not tasks[0].done()
        let_go.set()

    assert gate.sizes[2] == TWENTY - 2
    assert [reasons(outcome) for outcome in [await tasks[0], *others]] == [[]] * TWENTY


async def test_a_members_next_redemption_waits_for_the_one_under_way(
    db: Db, people: list[Person], till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_id, gate = await offer_of(10), Gate(monkeypatch)
    tasks = [asked(people[0], offer_id, till) for _ in range(3)]
    await gate.reached()
    await asyncio.sleep(0.01)

    assert gate.sizes == [1]
    gate.open.set()
    await asyncio.gather(*tasks)
    assert gate.sizes == [1, 2]


async def test_who_is_refused_for_what_another_spends_is_told_once_that_is_written(
    db: Db, people: list[Person], till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_id, gate = await offer_of(20), Gate(monkeypatch)
    answer = tills.Ticket.answer
    order: list[str] = []

    async def written(*given: Any, **options: Any) -> None:
        await write_as_read(*given, **options)
        order.append("written")

    def answered(self: tills.Ticket, outcome: Outcome | None, error: Exception | None = None) -> None:
        order.append("refused" if outcome is not None and outcome.errors else "done")
        answer(self, outcome, error)

    monkeypatch.setattr(tills, "write_as_read", written)
    monkeypatch.setattr(tills.Ticket, "answer", answered)
    tasks = [asked(people[0], offer_id, till) for _ in range(4)]
    await gate.reached()
    gate.open.set()

    outcomes = await asyncio.gather(*tasks)

    assert [reasons(outcome) for outcome in outcomes] == [[], [], *[["INSUFFICIENT_POINTS"]] * 2]
    assert order == ["written", "done", "written", "done", "refused", "refused"]
