"""How often may one be wrong about a code? Ten times in ten minutes, whatever it was tried for."""

from datetime import timedelta

from app.coupons.checkout import OrderNamed
from app.coupons.search import WRONG_CODES, WRONG_CODES_OF_A_SERVICE, forget_guesses
from app.coupons.use import use_coupon
from app.database import Db, value
from app.worker import forget
from tests.client import fresh
from tests.coupons.makers import Issued, issued, purchased, reasons, released, reserved, used, validated
from tests.ledger.makers import CODES, START, Person, call, clock_at, enrolled

WRONG = "0000-0000-0000-0000"
NOT_FOUND = ["COUPON_NOT_FOUND"]


async def member_with_coupon() -> tuple[str, Person, Issued]:
    """Whose keys a member uses, the member, and a coupon of theirs."""
    person = await enrolled()
    return f"member:{person.name}", person, await issued(person)


async def wrong_codes(db: Db, principal: str) -> int:
    """How many wrong codes are noted against a principal."""
    count: int = await value(db, "SELECT count(*) FROM coupon_guess WHERE principal = $1", principal)
    return count


async def found(principal: str, person: Person, coupon: Issued) -> bool:
    quote = await validated(coupon.code, principal=principal, owner=person)
    return quote.discount_minor == 500


async def guess(principal: str, person: Person, times: int) -> None:
    for _ in range(times):
        quote = await validated(WRONG, principal=principal, owner=person)
        assert [one.code for one in quote.refusals] == NOT_FOUND


async def test_after_ten_wrong_codes_no_code_is_found_until_ten_minutes_have_passed(db: Db) -> None:
    principal, person, coupon = await member_with_coupon()

    await guess(principal, person, WRONG_CODES - 1)
    assert await found(principal, person, coupon)
    await guess(principal, person, 1)
    assert not await found(principal, person, coupon)
    await clock_at(START + timedelta(minutes=9))
    await guess(principal, person, 5)
    assert not await found(principal, person, coupon)
    await clock_at(START + timedelta(minutes=11))

    assert await found(principal, person, coupon)


async def test_who_is_not_told_any_more_is_not_noted_any_more(db: Db) -> None:
    principal, person, _ = await member_with_coupon()

    await guess(principal, person, WRONG_CODES + 7)

    assert await wrong_codes(db, principal) == WRONG_CODES


async def test_another_principal_is_told(db: Db) -> None:
    principal, person, coupon = await member_with_coupon()
    await guess(principal, person, WRONG_CODES)

    assert await found("service:shop", person, coupon)
    assert await found("member:another", person, coupon)


async def test_anothers_code_is_a_wrong_code(db: Db) -> None:
    principal, person, _ = await member_with_coupon()
    anothers = await issued(await enrolled())

    await validated(anothers.code, principal=principal, owner=person)

    assert await wrong_codes(db, principal) == 1


async def test_a_shop_that_asks_for_many_may_be_wrong_more_often(db: Db) -> None:
    _, person, coupon = await member_with_coupon()
    shop = f"service:{fresh('shop')}"

    await guess(shop, person, WRONG_CODES_OF_A_SERVICE - 1)
    assert await found(shop, person, coupon)
    await guess(shop, person, 1)

    assert not await found(shop, person, coupon)
    assert reasons(await reserved(coupon.code, fresh("basket"), principal=shop)) == NOT_FOUND
    assert reasons(await used(coupon.code, fresh("basket"), principal=shop)) == NOT_FOUND


async def test_a_wrong_code_counts_whatever_it_was_tried_for_and_once_for_each_request(db: Db) -> None:
    before = await wrong_codes(db, "service:tests")
    asked = call("useCoupon", principal="service:tests")

    for _ in range(3):
        again = await use_coupon(asked, WRONG, OrderNamed("mi.com", "order"), CODES)
        assert reasons(again) == NOT_FOUND
    for outcome in (
        await reserved(WRONG, fresh("basket")),
        await released(WRONG, fresh("basket")),
        await purchased(await enrolled(), WRONG),
    ):
        assert reasons(outcome) == NOT_FOUND

    assert await wrong_codes(db, "service:tests") - before == 4


async def test_a_right_code_counts_for_nothing_even_where_it_cannot_be_used(db: Db) -> None:
    coupon = await issued(await enrolled())
    before = await wrong_codes(db, "service:tests")
    await used(coupon.code, fresh("basket"))

    assert reasons(await used(coupon.code, fresh("basket"))) == ["COUPON_NOT_USABLE"]

    assert await wrong_codes(db, "service:tests") == before


async def test_wrong_codes_are_forgotten_when_they_count_no_more(db: Db) -> None:
    principal, person, _ = await member_with_coupon()
    await guess(principal, person, 3)

    await clock_at(START + timedelta(minutes=9))
    await forget_guesses(db, 1_000)
    assert await wrong_codes(db, principal) == 3
    await clock_at(START + timedelta(minutes=11))
    await forget()

    assert await value(db, "SELECT count(*) FROM coupon_guess") == 0
