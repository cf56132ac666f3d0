"""What comes back when a review or a share was taken back by mistake, and to where? (PROGRAMME 4)"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.activities.reinstate import REINSTATE, reinstate_activity
from app.database import Db, rows, value
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from tests.activities.makers import (
    approves,
    deletes,
    ends,
    named,
    parts,
    reinstates,
    rejects,
    shares,
    stands,
    unshares,
    writes,
)
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    call,
    clock_at,
    done,
    enrolled,
    entries,
    left_and_came_back,
    logged_in,
    notices,
    redeemed,
    statement,
    tapped,
)

DAY = timedelta(days=1)


async def approved(person: Person) -> tuple[str, int]:
    """The id and the activity of a review whose 20 points are in the account."""
    review_id = named("review")
    activity_id = done(await writes(person, review_id)).activity_id
    await approves(review_id)
    assert activity_id is not None
    return review_id, activity_id


async def test_the_same_lot_gets_its_points_again_with_its_own_end(db: Db) -> None:
    person = await enrolled()
    review_id, activity_id = await approved(person)
    before = await parts(person), await ends(person), await balances(person)
    await deletes(review_id)
    await clock_at(START + 30 * DAY)

    await reinstates(person, activity_id)

    assert (await parts(person), await ends(person), await balances(person)) == before
    assert await stands(activity_id) == (20, "POSTED", None)
    last = (await entries(person))[-1]
    assert (last["kind"], last["reason"], last["facts"]) == ("RESTORE", "REINSTATED", {"note": "It was hers"})
    assert [told["points"] for told in await notices(person, "RESTORED")] == [20]


async def test_a_pending_award_is_pending_again_and_posts_in_its_time(db: Db) -> None:
    person, review_id = await enrolled(), named("review")
    written = done(await writes(person, review_id))
    await rejects(review_id)

    await reinstates(person, written.activity_id)
    assert await stands(written.activity_id) == (20, "PENDING", None)
    assert await balances(person) == Balances(pending=20, available=50)
    await approves(review_id)

    assert await balances(person) == Balances(available=70)


async def test_a_pending_award_whose_time_has_come_posts_at_once(db: Db) -> None:
    person, review_id = await enrolled(), named("review")
    written = done(await writes(person, review_id))
    await rejects(review_id)
    await clock_at(START + 40 * DAY)

    await reinstates(person, written.activity_id)

    assert await balances(person) == Balances(available=70)
    assert (await statement(person))[-2:] == [("RESTORE", 20), ("POST", 20)]


async def test_points_that_have_ended_meanwhile_come_back_and_expire(db: Db) -> None:
    person = await enrolled()
    review_id, activity_id = await approved(person)
    await deletes(review_id)
    await clock_at(START + 400 * DAY)

    await reinstates(person, activity_id)

    assert (await statement(person))[-2:] == [("RESTORE", 20), ("EXPIRE", 20)]
    assert await stands(activity_id) == (20, "EXPIRED", None)
    assert [told["points"] for told in await notices(person, "RESTORED")] == [20]
    assert [told["points"] for told in await notices(person, "EXPIRED")] == [50, 20]


async def test_debt_that_it_made_is_undone(db: Db) -> None:
    person = await enrolled()
    review_id, activity_id = await approved(person)
    await redeemed(person, 65)
    before = await parts(person)
    await deletes(review_id)
    assert await balances(person) == Balances(debt=15)

    await reinstates(person, activity_id)

    assert await balances(person) == Balances(available=5)
    assert await parts(person) == before


async def test_what_repaid_its_debt_since_comes_back_to_the_lots_that_did(db: Db) -> None:
    person = await enrolled()
    review_id, activity_id = await approved(person)
    await redeemed(person, 70)
    await deletes(review_id)
    await tapped(person)  # 10 of the debt of 20
    await shares(person, None, "A")  # 5 more
    assert await balances(person) == Balances(debt=5)

    await reinstates(person, activity_id)

    assert await balances(person) == Balances(available=15)
    assert (await parts(person))[-2:] == [(10, 10, 0, 0, 0, 0), (5, 5, 0, 0, 0, 0)]


async def test_what_other_lots_paid_comes_back_to_those_lots(db: Db) -> None:
    person = await enrolled()
    review_id, activity_id = await approved(person)
    await redeemed(person, 70)
    await logged_in(person)
    before = await parts(person)
    await deletes(review_id)
    assert await balances(person) == Balances(available=10)

    await reinstates(person, activity_id)

    assert await balances(person) == Balances(available=30)
    assert await parts(person) == before


async def test_other_debt_is_repaid_by_what_comes_back(db: Db) -> None:
    person = await enrolled()
    first, activity_id = await approved(person)
    second, _ = await approved(person)
    await redeemed(person, 60)
    await deletes(first)  # 20 of the 30 left
    await deletes(second)  # the last 10, and 10 of debt
    assert await balances(person) == Balances(debt=10)

    await reinstates(person, activity_id)

    assert await balances(person) == Balances(available=10)
    assert (await statement(person))[-1] == ("DEBT_REPAID", 10)


async def test_debt_that_was_written_off_since_is_not_undone(db: Db) -> None:
    person = await enrolled()
    review_id, activity_id = await approved(person)
    await redeemed(person, 65)
    await deletes(review_id)  # 5 of its own, and 15 of debt
    await left_and_came_back(person)

    for _ in range(2):
        await reinstates(person, activity_id)

        assert await balances(person) == Balances(available=5)
        assert await stands(activity_id) == (5, "POSTED", None)
    await deletes(review_id)
    assert await balances(person) == Balances()


async def test_twice_is_once_and_it_can_be_deleted_and_reinstated_again(db: Db) -> None:
    person = await enrolled()
    review_id, activity_id = await approved(person)
    for _ in range(3):
        await deletes(review_id)
        assert await balances(person) == Balances(available=50)
        for _ in range(2):
            await reinstates(person, activity_id)
            assert await balances(person) == Balances(available=70)

    assert [kind for kind, _ in await statement(person)].count("RESTORE") == 3


async def test_a_share_deleted_by_mistake_comes_back_too(db: Db) -> None:
    person = await enrolled()
    shared = done(await shares(person, "s-1", "A"))
    await unshares(person, "s-1")

    await reinstates(person, shared.activity_id)
    assert await stands(shared.activity_id) == (5, "POSTED", None)
    await unshares(person, "s-1")

    assert await stands(shared.activity_id) == (0, "WITHDRAWN", "SHARE_DELETED")


async def test_an_operator_is_on_record_with_what_changed(db: Db) -> None:
    person = await enrolled()
    review_id, activity_id = await approved(person)
    await deletes(review_id)

    await reinstates(person, activity_id)

    [noted] = await rows(db, "SELECT * FROM audit_line WHERE subject = $1", f"activity/{activity_id}")
    assert (noted["actor"], noted["action"]) == ("an operator", REINSTATE)
    assert noted["before"] == {"status": "WITHDRAWN", "points": 0}
    assert noted["after"] == {"status": "POSTED", "points": 20, "note": "It was hers"}
    last = (await entries(person))[-1]
    assert await value(db, "SELECT actor FROM operation WHERE id = $1", last["operation_id"]) == "an operator"


@pytest.mark.parametrize("what", ["purchase", "nothing", "another's", "closed"])
async def test_what_cannot_be_reinstated_is_refused(db: Db, what: str) -> None:
    person, other = await enrolled(), await enrolled()
    _, activity_id = await approved(person)
    if what == "purchase":
        activity_id = (await bought(person, 10)).activity_id or 0
    if what == "closed":
        await db.execute_query("UPDATE account SET status = 'CLOSED' WHERE member_id = $1", [person.id])
    given = {"nothing": (person.id, 0), "another's": (other.id, activity_id)}.get(what, (person.id, activity_id))

    refused = await reinstate_activity(call(REINSTATE), "an operator", *given, "Why not")

    [error] = refused.errors
    assert (error.code, error.facts.get("problem")) == {
        "purchase": ("INVALID_INPUT", "NOT_A_POST"),
        "nothing": ("NOT_FOUND", None),
        "another's": ("NOT_FOUND", None),
        "closed": ("ACCOUNT_CLOSED", None),
    }[what]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["delete", "reinstate", "spend", "buy", "wait"]), st.integers(0, 2)),
        min_size=4,
        max_size=14,
    )
)
async def test_over_any_deletions_and_reinstatements_no_point_is_lost_or_made(
    db: Db, steps: list[tuple[str, int]]
) -> None:
    await clock_at(START)
    person, at, earned, spent = await enrolled(), START, 50 + 60, 0
    posts = [await approved(person) for _ in range(3)]
    deleted: set[int] = set()

    for what, number in steps:
        if what == "delete":
            await deletes(posts[number][0])
            deleted.add(number)
        elif what == "reinstate":
            await reinstates(person, posts[number][1])
            deleted.discard(number)
        elif what == "spend" and (can := min(50 * (number + 1), (await balances(person)).available)):
            await redeemed(person, can)
            spent += can
        elif what == "buy":
            await bought(person, 15 * (number + 1), delivered=True)
            earned += 15 * (number + 1)
        else:
            at = min(at + 20 * number * DAY, START + 300 * DAY)  # before anything ends
            await clock_at(at)

    posted = (await balances(person)).posted
    assert posted == earned - spent - 20 * len(deleted)
    for number in sorted(deleted):
        await reinstates(person, posts[number][1])
    assert (await balances(person)).posted == earned - spent


async def test_the_ledger_agrees_after_all_that(db: Db) -> None:
    assert (await check_ledger()).problems == ()
