"""What comes back when staff cancel a coupon? Its points, to the lots they came from. (PROGRAMME 7)"""

from datetime import timedelta

from app.coupons.cancel import cancel_coupon
from app.coupons.redeem import redeem
from app.database import Db, one, rows, value
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from app.requests.outcome import Outcome
from tests.client import fresh
from tests.coupons.makers import (
    Issued,
    issued,
    offer_of,
    purchased,
    reasons,
    released,
    reserved,
    row_of,
    stands,
    used,
)
from tests.ledger.makers import (
    CODES,
    START,
    Person,
    balances,
    bought,
    call,
    clawed_back,
    clock_at,
    done,
    enrolled,
    entries,
    lot_of,
    lots,
    notices,
    statement,
)


async def cancels(coupon: Issued, person: Person, reason: str = "A mistake") -> Outcome:
    return await cancel_coupon(call("cancelCoupon"), "ben", person.id, coupon.id, reason)


async def lines_of_audit(db: Db, coupon: Issued) -> list[dict[str, object]]:
    found = await rows(db, "SELECT * FROM audit_line WHERE subject = $1 ORDER BY id", f"coupon/{coupon.id}")
    return [dict(line) for line in found]


async def agrees() -> bool:
    return (await check_ledger()).problems == ()


async def test_the_points_go_back_to_their_lots_with_their_own_ends(db: Db) -> None:
    person = await enrolled()
    await bought(person, 100, START - timedelta(days=5), delivered=True)
    before = [(lot["id"], lot["remaining"], lot["consumed"], lot["expires_at"]) for lot in await lots(person)]
    coupon = await issued(person, price_points=120)

    assert reasons(await cancels(coupon, person)) == []

    after = [(lot["id"], lot["remaining"], lot["consumed"], lot["expires_at"]) for lot in await lots(person)]
    assert after == before
    assert await balances(person) == Balances(available=150)
    assert (await statement(person))[-2:] == [("REDEEM", 120), ("RESTORE", 120)]
    last = (await entries(person))[-1]
    assert (last["coupon_id"], last["reason"], last["facts"]) == (coupon.id, "COUPON_CANCELLED", {"note": "A mistake"})
    assert [notice["points"] for notice in await notices(person, "RESTORED")] == [120]
    assert await stands(coupon) == "CANCELLED"
    assert await agrees()


async def test_what_has_ended_meanwhile_is_one_line_back_and_one_line_expired(db: Db) -> None:
    person = await enrolled()
    await bought(person, 100, delivered=True)
    coupon = await issued(person, price_points=120, valid_days=400)
    await clock_at(START + timedelta(days=370))

    assert reasons(await cancels(coupon, person)) == []

    assert await balances(person) == Balances()
    assert (await statement(person))[-2:] == [("RESTORE", 120), ("EXPIRE", 120)]
    assert await agrees()


async def test_points_that_come_back_repay_a_debt_first(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 100, delivered=True)
    coupon = await issued(person, price_points=150)
    await clawed_back(person, await lot_of(award), 100)

    assert reasons(await cancels(coupon, person)) == []

    assert await balances(person) == Balances(available=50)
    assert [kind for kind, _ in await statement(person)][-2:] == ["RESTORE", "DEBT_REPAID"]
    assert await agrees()


async def test_a_cancelled_coupon_is_cancelled_once_and_good_for_nothing(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person)

    outcomes = [await cancels(coupon, person) for _ in range(3)]

    assert outcomes == [Outcome(member_id=person.id, coupon_id=coupon.id)] * 3
    assert await balances(person) == Balances(available=50)
    assert (await row_of(coupon.id))["notify_at"] is None
    for outcome in (
        await used(coupon.code, fresh("basket")),
        await reserved(coupon.code, fresh("basket")),
        await released(coupon.code, fresh("basket")),
        await purchased(person, coupon.code),
    ):
        assert reasons(outcome) == ["COUPON_NOT_USABLE"]


async def test_what_a_checkout_holds_can_be_cancelled_and_what_is_used_or_over_cannot(db: Db) -> None:
    person = await enrolled()
    held, spent, over = await issued(person), await issued(person), await issued(person, valid_days=1)
    order_id = fresh("basket")
    await reserved(held.code, order_id)
    await used(spent.code, fresh("basket"))

    assert reasons(await cancels(held, person)) == []
    assert reasons(await used(held.code, order_id)) == ["COUPON_NOT_USABLE"]
    assert reasons(await cancels(spent, person)) == ["COUPON_NOT_USABLE"]
    await clock_at(START + timedelta(days=2))
    assert reasons(await cancels(over, person)) == ["COUPON_NOT_USABLE"]

    assert await balances(person) == Balances(available=30)
    assert await agrees()


async def test_it_frees_no_stock_but_the_members_limit(db: Db) -> None:
    person, other = await enrolled(), await enrolled()
    offer_id = await offer_of(10, stock=2, limit_per_member=1)
    coupon = await issued(person, offer_id)

    assert reasons(await cancels(coupon, person)) == []

    assert await value(db, "SELECT stock_left FROM coupon_offer WHERE id = $1", offer_id) == 1
    done(await redeem(call(), person.name, offer_id, None, CODES))
    assert reasons(await redeem(call(), other.name, offer_id, None, CODES)) == ["OUT_OF_STOCK"]
    assert await agrees()


async def test_who_cancelled_what_and_why_is_in_the_audit_log(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person)
    await reserved(coupon.code, fresh("basket"))

    await cancels(coupon, person, "Told twice")

    [line] = await lines_of_audit(db, coupon)
    assert (line["actor"], line["action"]) == ("ben", "cancelCoupon")
    assert line["before"] == {"status": "RESERVED"}
    assert line["after"] == {"status": "CANCELLED", "points": 10, "reason": "Told twice"}
    operation = await one(db, "SELECT actor FROM operation WHERE cause = $1", f"coupon/{coupon.id}/cancelled")
    assert operation["actor"] == "ben"


async def test_to_a_closed_account_nothing_comes_back(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person)
    await rows(db, "UPDATE account SET status = 'CLOSED' WHERE member_id = $1", person.id)

    assert reasons(await cancels(coupon, person)) == ["ACCOUNT_CLOSED"]

    assert await stands(coupon) == "ISSUED"


async def test_a_coupon_of_nobody_or_of_another_is_not_found(db: Db) -> None:
    person, other = await enrolled(), await enrolled()
    coupon = await issued(person)

    assert reasons(await cancels(Issued(4711, ""), person)) == ["NOT_FOUND"]
    assert reasons(await cancels(coupon, other)) == ["NOT_FOUND"]
    assert reasons(await cancels(coupon, person, " ")) == ["INVALID_INPUT"]
    assert reasons(await cancels(coupon, person, "x" * 501)) == ["INVALID_INPUT"]
    assert await lines_of_audit(db, coupon) == []
