"""Does a quote say what recording the order then earns? (PROGRAMME 3, 9)"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Db
from tests.api.asking import advance, done, read
from tests.api.makers import enrolled, offered, redeemed, stand
from tests.campaigns.makers import agrees, budget_left, buys, launched, lines, quoted
from tests.client import SHOP, STAFF, Who, fresh, member

CONDITIONS = (
    None,
    "order.net_minor >= 1000",
    "order.item_count > 2",
    "'SKU-2' in order.skus",
    "order.categories.exists(each, each == 'phones')",
    "member.purchases < 2",
    "activity.hour < 12",
)
EFFECTS = st.one_of(
    st.builds(lambda points: {"bonusPoints": points}, st.integers(1, 50)),
    st.builds(lambda rate: {"multiplier": str(rate)}, st.decimals("1.0001", 5, places=4)),
    st.builds(lambda rate: {"pointsPerUnit": str(rate)}, st.decimals("0.0001", 5, places=4)),
)
CAMPAIGNS = st.lists(
    st.builds(
        lambda effect, condition, limit, budget, posting: {
            **effect,
            "condition": condition,
            "limitPerMember": limit,
            "budget": budget,
            "postingDays": posting,
        },
        EFFECTS,
        st.sampled_from(CONDITIONS),
        st.sampled_from([None, 1, 2]),
        st.sampled_from([None, "20", "100"]),
        st.sampled_from([None, 0, 5]),
    ),
    max_size=3,
)
LINES = st.builds(
    lambda cents, quantity, categories: {
        "unitPrice": f"{cents // 100}.{cents % 100:02}",
        "quantity": quantity,
        "categories": categories,
    },
    st.integers(1, 4_000),
    st.integers(1, 3),
    st.lists(st.sampled_from(["phones", "wearables"]), max_size=2, unique=True),
)
ORDERS = st.lists(st.lists(LINES, min_size=1, max_size=3), min_size=1, max_size=3)


def placed(given_lines: list[dict[str, Any]]) -> dict[str, Any]:
    numbered = [{"sku": f"SKU-{number}", **line} for number, line in enumerate(given_lines, start=1)]
    return {"currency": "EUR", "lines": numbered}


def facts(awards: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [(one["rule"], one["points"], one["campaign"], one["explanation"]) for one in awards]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(CAMPAIGNS, ORDERS)
async def test_a_quote_is_what_the_order_then_earns(
    programme: Db, campaigns: list[dict[str, Any]], orders: list[list[dict[str, Any]]]
) -> None:
    slugs = [await launched(**one) for one in campaigns]
    who = await enrolled()

    for one in orders:
        quote = await quoted(who, placed(one))
        earned = await buys(who, placed(one))

        assert quote["points"] == earned["points"]
        assert facts(quote["awards"]) == facts(earned["awards"])
        assert quote["reasons"][:1] == ([earned["reason"]] if earned["reason"] else [])

    for slug in slugs:
        await done(STAFF, "endCampaign", slug=slug)
    assert await agrees()


async def test_a_quote_touches_nothing(programme: Db) -> None:
    slug = await launched(budget="15", limitPerMember=1)
    who = await enrolled()

    quotes = [await quoted(who, lines("10.75")) for _ in range(3)]

    assert [quote["points"] for quote in quotes] == [20] * 3
    assert await budget_left(slug) == 15
    assert (await read("{ me { activities { edges { node { kind } } } } }", as_=who))["me"]["activities"]["edges"] == [
        {"node": {"kind": "REGISTRATION"}}
    ]


async def test_every_reason_is_told(programme: Db) -> None:
    await launched(bonusPoints=50, budget="49")
    who = await enrolled()

    quote = await quoted(who, lines("0.99"))

    assert quote["points"] == 0
    assert quote["reasons"] == [
        "0,99\u00a0€ no llega a un euro entero, así que no da puntos.",
        "La campaña ya ha repartido todos sus puntos.",
    ]


async def code_of(who: Who) -> str:
    """The code of a member's newest coupon, of 5.00."""
    await redeemed(who, await offered(10))
    seen = await read("{ me { coupons(first: 1) { edges { node { code } } } } }", as_=who)
    return str(seen["me"]["coupons"]["edges"][0]["node"]["code"])


async def test_a_coupon_counts_in_a_quote(programme: Db) -> None:
    await launched()
    who = await enrolled()

    quote = await quoted(who, lines("36.49", couponCode=await code_of(who)))

    assert quote["points"] == 62
    assert quote["awards"][0]["explanation"] == "31 euros enteros de 31,49 netos tras un cupón de 5,00"


@pytest.mark.parametrize(
    ("order", "code", "field"),
    [
        (lines("10.00", couponCode="0000-0000-0000-0000"), "COUPON_NOT_FOUND", ["order", "couponCode"]),
        ({**lines("10.00"), "currency": "GBP"}, "CURRENCY_NOT_OF_MARKET", ["order", "currency"]),
        (lines("10.001"), "INVALID_INPUT", ["order", "lines", "0", "unitPrice"]),
        (lines("10.00", points=1_001), "ABOVE_MAXIMUM_SHARE", ["order"]),
    ],
)
async def test_a_quote_refuses_what_a_purchase_would(
    programme: Db, order: dict[str, Any], code: str, field: list[str]
) -> None:
    who = await enrolled()

    quote = await quoted(who, order)

    assert (quote["points"], quote["awards"]) == (0, [])
    assert quote["userErrors"] == [{"code": code, "field": field}]


async def test_a_used_or_ended_coupon_is_refused(programme: Db) -> None:
    who = await enrolled()
    used, ended = await code_of(who), await code_of(who)
    await buys(who, lines("10.00", couponCode=used))
    seen = [(await quoted(who, lines("10.00", couponCode=used)))["userErrors"]]
    await advance(by="P181D")
    seen.append((await quoted(who, lines("10.00", couponCode=ended)))["userErrors"])

    assert [errors[0]["code"] for errors in seen] == ["COUPON_NOT_USABLE", "COUPON_EXPIRED"]


ASKED = """query ($order: OrderInput!, $whose: String) { quoteEarning(order: $order, miAccountId: $whose) {
  points userErrors { code field } } }"""


async def test_a_service_asks_for_anybody_and_a_member_for_nobody_else(programme: Db) -> None:
    ana, bruno = await enrolled(), await enrolled()
    asked: list[tuple[Who, str | None]] = [
        (SHOP, ana.subject),
        (SHOP, None),
        (SHOP, "nobody"),
        (ana, None),
        (ana, ana.subject),
        (ana, bruno.subject),
        (member(fresh("mi")), None),
    ]

    answers = [(await read(ASKED, as_=who, order=lines("10.75"), whose=whose))["quoteEarning"] for who, whose in asked]

    assert [
        (answer["points"], *[(error["code"], error["field"]) for error in answer["userErrors"]]) for answer in answers
    ] == [
        (10,),
        (0, ("INVALID_INPUT", ["miAccountId"])),
        (0, ("NOT_ENROLLED", None)),
        (10,),
        (10,),
        (0, ("NOT_FOUND", ["miAccountId"])),
        (0, ("NOT_ENROLLED", None)),
    ]


@pytest.mark.parametrize(("status", "errors"), [("SUSPENDED", []), ("CLOSED", ["ACCOUNT_CLOSED"])])
async def test_who_is_suspended_would_earn_nothing_and_who_has_left_cannot_buy(
    programme: Db, status: str, errors: list[str]
) -> None:
    who = await enrolled()
    await stand(who, status)

    quote = await quoted(who, lines("10.00"))

    assert quote["points"] == 0
    assert len(quote["reasons"]) == (status == "SUSPENDED")
    assert [error["code"] for error in quote["userErrors"]] == errors
