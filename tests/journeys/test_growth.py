"""Does what a member asks for cost the same, however much they have done?"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import strawberry

from app.api.connections import Listing
from app.api.context import Context, Gateway
from app.api.ids import GlobalId
from app.api.schema import build_schema
from app.database import Db, connection, one, rows, transaction, value
from app.demo.seed import seed
from app.postgres import EmbeddedPostgres
from tests.client import fresh
from tests.demo.makers import CODES, opened_database

FEW, MANY = 50, 5_000
ROUGHLY = 1.2  # times as many rows may be read: a page's rows have more or fewer awards
PRICE = 10

PAGE = """
query ($first: Int, $after: String, $kinds: [ActivityKind!]) {
  me { activities(first: $first, after: $after, kinds: $kinds) {
    edges { cursor node { id kind title points status awards { points } } } pageInfo { hasNextPage } } }
}
"""
BALANCE = "{ me { balance { available pending reserved debt posted } fuel { day } } }"
STATEMENT = "{ me { statement(first: 20) { edges { node { id kind points } } } } }"
HOME = """
{ me { displayName balance { available } activities(first: 10) { edges { node { id kind points status } } } }
  couponOffers(first: 8) { edges { node { id affordable blockedBy { code } } } } }
"""
REDEEM = """
mutation ($input: RedeemCouponInput!) {
  redeemCoupon(input: $input) { coupon { code } member { balance { available } } userErrors { code } }
}
"""
READ = "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::int FROM pg_stat_xact_user_tables"
DEEP = """
SELECT occurred_at, activity.id FROM activity JOIN member ON member.id = member_id
WHERE mi_account_id = $1 ORDER BY occurred_at DESC, activity.id DESC OFFSET $2 LIMIT 1
"""


class Token:
    """A member's token."""

    roles = frozenset({"member"})

    def __init__(self, subject: str) -> None:
        self.subject = subject


class Asker:
    """Asks for two members, and counts the rows that PostgreSQL reads for each."""

    def __init__(self, db: Db, few: str, many: str) -> None:
        self.db = db
        self.few = few
        self.many = many
        self._schema: strawberry.Schema = build_schema("development")

    async def ask(self, who: str, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        context = Context(Gateway(CODES), Token(who), None)
        result = await self._schema.execute(document, variable_values=variables, context_value=context)
        assert result.errors is None
        return result.data

    async def rows_read(self, who: str, document: str, **variables: Any) -> int:
        """How many rows are read, by an index or without, once everything that is kept in memory is there."""
        await self.ask(who, document, **variables)
        return await read_by(lambda: self.ask(who, document, **variables))


async def read_by(work: Callable[[], Awaitable[object]]) -> int:
    """The rows that a piece of work reads; what it writes is undone."""
    found = 0

    class Undone(Exception):
        pass

    async def measured() -> None:
        nonlocal found
        async with transaction() as db:
            await rows(db, "SET LOCAL enable_seqscan = off")  # a small table is scanned whole where a large one is not
            before = await value(db, READ)
            await work()
            found = await value(db, READ) - before
            raise Undone

    with pytest.raises(Undone):
        await measured()
    return found


@pytest.fixture(scope="module")
async def asker(cluster: EmbeddedPostgres) -> AsyncIterator[Asker]:
    """A member with few activities and one with many, beside 200 others."""
    async with opened_database(cluster) as db:
        await seed(members=200, activities=5, seed=1, codes=CODES)
        await seed(members=1, activities=FEW, seed=2, codes=CODES)
        await seed(members=1, activities=MANY, seed=3, codes=CODES)
        await rows(db, "ANALYZE")  # plans are made for what is there
        yield Asker(db, "seed-2-1", "seed-3-1")


async def cursor(asker: Asker, who: str, depth: float, count: int) -> str:
    """The cursor at so much of a member's activities."""
    at = await one(asker.db, DEEP, who, int(depth * count))
    return Listing("activities", lambda key: key).cursor((at["occurred_at"], at["id"]))


@pytest.mark.parametrize("document", [PAGE, BALANCE, STATEMENT, HOME], ids=["page", "balance", "statement", "home"])
async def test_reading_does_not_cost_more_for_who_did_more(asker: Asker, document: str) -> None:
    few, many = await asker.rows_read(asker.few, document), await asker.rows_read(asker.many, document)

    assert few > 0
    assert many <= few * ROUGHLY


@pytest.mark.parametrize("kinds", [None, ["PURCHASE"], ["PURCHASE", "REVIEW"]])
async def test_a_page_at_nine_tenths_costs_what_the_first_one_costs(asker: Asker, kinds: list[str] | None) -> None:
    after = await cursor(asker, asker.many, 0.9, MANY)
    first = await asker.rows_read(asker.many, PAGE, first=20, kinds=kinds)

    deep = await asker.rows_read(asker.many, PAGE, first=20, kinds=kinds, after=after)

    page = (await asker.ask(asker.many, PAGE, first=20, kinds=kinds, after=after))["me"]["activities"]
    assert len(page["edges"]) == 20
    assert page["pageInfo"]["hasNextPage"]
    assert deep <= first * ROUGHLY


async def test_a_redemption_does_not_cost_more_for_who_did_more(asker: Asker) -> None:
    offers = {}
    for who in (asker.few, asker.many):
        offers[who] = await value(
            asker.db,
            """INSERT INTO coupon_offer (market_id, price_points, value_minor, valid_days, suspended, excluded_skus,
                                         excluded_categories, titles)
               SELECT market_id, $2, 500, 180, false, '[]', '[]', '{}' FROM member WHERE mi_account_id = $1
               RETURNING id""",
            who,
            PRICE,
        )

    async def redeem(who: str) -> None:
        given = {"idempotencyKey": fresh("key"), "offerId": str(GlobalId("CouponOffer", 0, offers[who]))}
        assert (await asker.ask(who, REDEEM, input=given))["redeemCoupon"]["userErrors"] == []

    await redeem(asker.few)
    few, many = await read_by(lambda: redeem(asker.few)), await read_by(lambda: redeem(asker.many))

    assert few > 0
    assert many <= few * ROUGHLY


async def test_the_count_sees_what_grows(asker: Asker) -> None:
    every = (
        "SELECT count(*) FROM activity JOIN member ON member.id = member_id WHERE mi_account_id = $1 AND points >= 0"
    )

    few = await read_by(lambda: rows(connection(), every, asker.few))
    without_index = await read_by(lambda: rows(connection(), "SELECT id FROM activity WHERE points = 7"))

    assert await read_by(lambda: rows(connection(), every, asker.many)) > MANY > few
    assert without_index > MANY
