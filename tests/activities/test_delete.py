"""What does deleting a review or a shared post take back, whenever it is told? (PROGRAMME 3, 4)"""

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.database import Db, value
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from app.requests.outcome import Outcome
from tests.activities.makers import (
    approves,
    deletes,
    named,
    parts,
    rejects,
    shares,
    stands,
    unshares,
    writes,
)
from tests.ledger.makers import START, Person, balances, clock_at, done, enrolled, entries, notices, redeemed, statement

HOUR = timedelta(hours=1)

_WAITING = """
SELECT count(*) FROM parked_event JOIN share ON share.id = subject_id
WHERE subject = 'share' AND applied_at IS NULL AND member_id = $1
"""


async def test_a_deleted_review_gives_its_points_back_once_and_answers_its_activity(db: Db) -> None:
    person, review_id = await enrolled(), named("review")
    written = done(await writes(person, review_id))
    await approves(review_id)

    first, second = done(await deletes(review_id)), done(await deletes(review_id))

    assert first == second == written
    assert await stands(written.activity_id) == (0, "WITHDRAWN", "REVIEW_DELETED")
    assert await balances(person) == Balances(available=50)
    assert await statement(person) == [("EARN", 50), ("EARN", 20), ("POST", 20), ("CLAWBACK", 20)]
    assert (await entries(person))[-1]["reason"] == "REVIEW_DELETED"
    assert [told["points"] for told in await notices(person, "CLAWED_BACK")] == [20]


async def test_a_review_deleted_while_it_is_moderated_never_posts(db: Db) -> None:
    person, review_id = await enrolled(), named("review")
    await writes(person, review_id)

    await deletes(review_id)
    await clock_at(START + timedelta(days=20))

    assert await balances(person) == Balances(available=50)
    assert [error.code for error in (await approves(review_id)).errors] == ["ALREADY_DECIDED"]


async def test_deleting_what_was_rejected_takes_nothing_more(db: Db) -> None:
    person, review_id = await enrolled(), named("review")
    written = done(await writes(person, review_id))
    await rejects(review_id)

    assert done(await deletes(review_id)) == written
    assert (await statement(person))[-1] == ("CLAWBACK", 20)
    assert await stands(written.activity_id) == (0, "WITHDRAWN", "REVIEW_REJECTED")


async def test_a_deleted_review_never_frees_its_product(db: Db) -> None:
    person, review_id = await enrolled(), named("review")
    await writes(person, review_id, "MI-14")
    await deletes(review_id)

    second = named("review")
    again = done(await writes(person, second, "MI-14"))

    assert await stands(again.activity_id) == (0, "NONE", "LIMIT_REACHED")
    done(await deletes(second))
    assert await stands(again.activity_id) == (0, "NONE", "LIMIT_REACHED")


async def test_spent_points_of_a_deleted_review_become_debt(db: Db) -> None:
    person, review_id = await enrolled(), named("review")
    await writes(person, review_id)
    await approves(review_id)
    await redeemed(person, 65)

    await deletes(review_id)

    assert await balances(person) == Balances(debt=15)


async def test_a_deleted_share_gives_its_points_back_and_frees_no_slot(db: Db) -> None:
    person = await enrolled()
    first = done(await shares(person, "s-1", "A"))
    for number in (2, 3):
        await shares(person, f"s-{number}", f"A-{number}")

    deleted = done(await unshares(person, "s-1"))
    again = done(await unshares(person, "s-1"))
    fourth = done(await shares(person, "s-4", "A-4"))

    assert deleted == again == first
    assert await stands(first.activity_id) == (0, "WITHDRAWN", "SHARE_DELETED")
    assert await stands(fourth.activity_id) == (0, "NONE", "LIMIT_REACHED")
    assert await balances(person) == Balances(available=60)


async def test_shared_again_on_its_day_it_is_the_same_deleted_share(db: Db) -> None:
    person = await enrolled()
    first = done(await shares(person, "s-1", "A"))
    await unshares(person, "s-1")

    assert done(await shares(person, "s-2", "A")) == first
    assert await balances(person) == Balances(available=50)


@pytest.mark.parametrize("first_name", ["s-1", None])
async def test_another_name_of_the_same_share_deletes_it_too(db: Db, first_name: str | None) -> None:
    person = await enrolled()
    first = done(await shares(person, first_name, "A"))
    assert done(await shares(person, "s-2", "A")) == first

    assert done(await unshares(person, "s-2")) == first
    assert await balances(person) == Balances(available=50)


async def test_a_share_id_belongs_to_its_member(db: Db) -> None:
    one, other = await enrolled(), await enrolled()
    await shares(one, "same", "A")
    await shares(other, "same", "A")

    await unshares(one, "same")

    assert (await balances(one), await balances(other)) == (Balances(available=50), Balances(available=55))


@pytest.mark.parametrize("alias", [False, True])
async def test_a_deletion_told_before_its_share_waits_for_it(db: Db, alias: bool) -> None:
    person = await enrolled()
    if alias:
        await shares(person, "s-1", "A")

    early = await unshares(person, "s-2")
    assert early == Outcome(deferred=True)
    shared = done(await shares(person, "s-2", "A"))

    assert await stands(shared.activity_id) == (0, "WITHDRAWN", "SHARE_DELETED")
    assert await balances(person) == Balances(available=50)
    assert await value(db, _WAITING, person.id) == 0


async def test_who_is_no_member_has_no_shares(db: Db) -> None:
    refused = await unshares(Person(0, "nobody at all"), "s-1")

    assert [error.code for error in refused.errors] == ["NOT_ENROLLED"]


async def test_a_closed_account_has_given_its_points_up(db: Db) -> None:
    person = await enrolled()
    await shares(person, "s-1", "A")
    await db.execute_query("UPDATE account SET status = 'CLOSED' WHERE member_id = $1", [person.id])

    done(await unshares(person, "s-1"))

    assert await balances(person) == Balances(available=55)


async def _review(person: Person, order: tuple[str, ...]) -> list[object]:
    review_id = named("review")
    told: dict[str, Callable[[], Awaitable[Outcome]]] = {
        "review": lambda: writes(person, review_id, at=START - 3 * HOUR),
        "approve": lambda: approves(review_id, START - 2 * HOUR),
        "delete": lambda: deletes(review_id, START - HOUR),
    }
    outcomes = [await told[event]() for event in order]
    activity_id = next(outcome.activity_id for outcome in outcomes if outcome.activity_id)
    return [await stands(activity_id), await balances(person), await parts(person)]


@pytest.mark.parametrize("order", list(itertools.permutations(("review", "approve", "delete"))))
async def test_a_review_its_approval_and_its_deletion_end_the_same_in_every_order(
    db: Db, order: tuple[str, ...]
) -> None:
    left = await _review(await enrolled(), order)

    assert left == [
        (0, "WITHDRAWN", "REVIEW_DELETED"),
        Balances(available=50),
        [(50, 50, 0, 0, 0, 0), (20, 0, 0, 0, 20, 20)],
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(("share", "delete", "share again", "delete again"))))
async def test_a_share_and_its_deletion_end_the_same_in_every_order(db: Db, order: tuple[str, ...]) -> None:
    person = await enrolled()

    for event in order:
        await (unshares(person, "s-1") if event.startswith("delete") else shares(person, "s-1", "A"))

    assert await balances(person) == Balances(available=50)
    assert await parts(person) == [(50, 50, 0, 0, 0, 0), (5, 0, 0, 0, 5, 5)]


async def test_an_approval_told_before_a_review_that_comes_late_posts_on_its_own_day(db: Db) -> None:
    review_id, days = named("review"), timedelta(days=20)
    person = await enrolled()
    await approves(review_id, START)
    await clock_at(START + days)

    await writes(person, review_id, at=START - HOUR)

    posted = await value(db, "SELECT max(posting_date) FROM lot WHERE member_id = $1", person.id)
    assert (posted, await balances(person)) == (START.date(), Balances(available=70))


async def test_the_ledger_agrees_after_all_that(db: Db) -> None:
    assert (await check_ledger()).problems == ()
