"""How many statements does the home screen cost, and how many a redemption?"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
import strawberry
from graphql import parse

from app import catalogue
from app.activities.share import Shared, record_share
from app.api.context import Context, Gateway
from app.api.ids import GlobalId
from app.api.roles import guard
from app.api.schema import build_schema
from app.catalogue import keeping
from app.clock import now
from app.database import Db, rows
from app.execution.executor import Executor
from tests.client import fresh
from tests.journeys.inside import CODES, buys, call, done, joined
from tests.telling import NEVER
from tests.test_readme import shown

HOME = """
{
  me {
    displayName status timeZone
    balance { available pending reserved debt posted value { amount currency } expiring
              expirySchedule { points lastUsableDay expiresAt } }
    fuel { day tappedToday nextTapPoints opensAt closesAt week { date tapped points } }
    earningOpportunities { kind per rule title points remaining resetsAt campaign { slug title } }
    activities(first: 20) {
      edges { cursor node { id kind title points status postsBy reason occurredAt awards { title explanation } } }
      pageInfo { hasNextPage endCursor }
    }
  }
  couponOffers(first: 8) {
    edges { node { id title price value { amount currency } stockLeft limitPerMember affordable
                   blockedBy { code message field ... on InsufficientPoints { missing } } } }
  }
  campaigns(first: 5) {
    edges { node { slug title trigger bonusPoints limitPerMember budgetLeft windows { market startsAt endsAt } } }
  }
}
"""
SCREEN = """
{
  me { balance { available } activities(first: 10) { edges { node { kind points } } pageInfo { endCursor } } }
  couponOffers(first: 8) { edges { node { title price stockLeft } } }
  campaigns(first: 5) { edges { node { slug title } } }
}
"""
REDEEM = """
mutation ($input: RedeemCouponInput!) {
  redeemCoupon(input: $input) { coupon { code } member { balance { available } } userErrors { code } }
}
"""
README_HOME = shown("graphql")[0]
CATALOGUE = "{ couponOffers { edges { node { id } } } campaigns { edges { node { slug } } } }"
HOME_TAKES = 2
HOME_TAKES_WITHOUT_CATALOGUE = 3  # which limits are counted is known once offers and campaigns are
REDEEM_TAKES = 3  # two that redeem, one that reads the member afresh
THE_DRIVERS_OWN = ("typeinfo_tree", "current_setting('jit')")  # once a connection: asyncpg learns its array types

Counted = Callable[[], AbstractContextManager[list[str]]]


class Token:
    """A member's token."""

    roles = frozenset({"member"})

    def __init__(self, subject: str) -> None:
        self.subject = subject


@pytest.fixture(autouse=True)
def nothing_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of the catalogue stays until it changes, however slow the machine."""
    monkeypatch.setattr(catalogue, "LONGEST_SECONDS", NEVER)


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    return build_schema("development")


async def at_home(db: Db, how_many: int) -> str:
    """A member with so many shares, pending and posted purchases, before as many offers and campaigns with a limit."""
    mi_account_id = await joined()
    at = await now(db)
    await rows(
        db,
        """WITH launched AS (
             INSERT INTO campaign (slug, titles, trigger, bonus_points, limit_per_member, limit_period, launched_at)
             SELECT 'campaign-' || n, '{"es": "Campaña"}', 'SHARE', 1, 1000, 'DAY', programme_now()
             FROM generate_series(1, $1::int) AS n RETURNING id)
           INSERT INTO campaign_window (campaign_id, market_id, starts_at, ends_at)
           SELECT id, 'ES', programme_now() - interval '1 day', programme_now() + interval '1 day' FROM launched""",
        how_many,
    )
    for number in range(how_many):
        share = Shared(f"MI-{number}", "mastodon", "https://social.example/post")
        done(await record_share(call("recordShare"), mi_account_id, share))
        for occurred_at in (None, at - timedelta(days=20 + number)):
            await buys(mi_account_id, "19.99", occurred_at=occurred_at)
    await rows(
        db,
        """INSERT INTO coupon_offer (market_id, price_points, value_minor, valid_days, stock, stock_left,
                                     limit_per_member, suspended, excluded_skus, excluded_categories, titles)
           SELECT 'ES', 10 + n, 500, 180, 5, 5, 1, n % 2 = 0, '[]', '[]', '{"es": "Oferta"}'
           FROM generate_series(1, $1::int) AS n""",
        how_many,
    )
    return mi_account_id


async def ask(schema: strawberry.Schema, who: str, document: str, **variables: Any) -> Any:
    context = Context(Gateway(CODES), Token(who), None)
    result = await schema.execute(document, variable_values=variables, context_value=context)
    assert result.errors is None
    return result.data


async def ask_by_plan(schema: strawberry.Schema, who: str, document: str) -> Any:
    """As the gateway asks from the second time on."""
    executor = Executor(schema, guard=guard, runs_before=0)
    result = await executor.execute(parse(document), context=Context(Gateway(CODES), Token(who), None))
    assert result.errors is None
    return result.data


def ours(statements: list[str]) -> list[str]:
    return [" ".join(sql.split()) for sql in statements if not any(word in sql for word in THE_DRIVERS_OWN)]


@pytest.mark.parametrize("how_many", [3, 30])
@pytest.mark.parametrize(("kept", "takes"), [(True, HOME_TAKES), (False, HOME_TAKES_WITHOUT_CATALOGUE)])
async def test_home_takes_the_same_few_statements_for_3_and_for_30(
    programme: Db, counted: Counted, schema: strawberry.Schema, how_many: int, kept: bool, takes: int
) -> None:
    who = await at_home(programme, how_many)

    async with keeping() if kept else nullcontext():
        await ask(schema, who, CATALOGUE)
        with counted() as statements:
            home = await ask(schema, who, HOME)

    assert len(home["me"]["activities"]["edges"]) == min(20, 3 * how_many + 1)
    assert len(home["couponOffers"]["edges"]) == min(8, how_many + 4)
    assert {edge["node"]["title"] for edge in home["couponOffers"]["edges"]} >= {"Oferta"}
    assert len(home["campaigns"]["edges"]) == min(5, how_many)
    assert len([one for one in home["me"]["earningOpportunities"] if one["campaign"]]) == how_many
    assert any(edge["node"]["blockedBy"] for edge in home["couponOffers"]["edges"])
    assert "PENDING" in {edge["node"]["status"] for edge in home["me"]["activities"]["edges"]}
    taken = ours(statements)
    assert len(taken) == takes, f"Home takes exactly {takes} statements, not {len(taken)}: {taken}"


async def test_home_as_in_the_readme_takes_two_statements(
    programme: Db, counted: Counted, schema: strawberry.Schema
) -> None:
    who = await at_home(programme, 3)

    async with keeping():
        await ask(schema, who, CATALOGUE)
        with counted() as statements:
            await ask(schema, who, README_HOME)

    assert len(ours(statements)) == HOME_TAKES


@pytest.mark.parametrize(("document", "takes"), [(SCREEN, 1), (README_HOME, HOME_TAKES), (HOME, HOME_TAKES)])
async def test_by_its_plan_who_asks_is_read_together_with_their_page_and_with_stocks(
    programme: Db, counted: Counted, schema: strawberry.Schema, document: str, takes: int
) -> None:
    who = await at_home(programme, 3)

    async with keeping():
        await ask(schema, who, CATALOGUE)
        with counted() as statements:
            home = await ask_by_plan(schema, who, document)
        assert home == await ask(schema, who, document)

    assert len(ours(statements)) == takes


async def test_a_page_read_before_its_member_was_settled_is_read_again(
    programme: Db, schema: strawberry.Schema
) -> None:
    who = await joined()
    await buys(who, "19.99", occurred_at=await now(programme) - timedelta(days=1))
    await rows(programme, "UPDATE programme_clock SET shift = shift + interval '20 days'")

    home = await ask_by_plan(schema, who, "{ me { balance { pending } activities { edges { node { status } } } } }")

    assert home["me"]["balance"]["pending"] == 0
    assert "PENDING" not in {edge["node"]["status"] for edge in home["me"]["activities"]["edges"]}


async def test_sixteen_homes_at_one_time_take_no_more_statements_than_one(
    programme: Db, counted: Counted, schema: strawberry.Schema
) -> None:
    people = [await joined() for _ in range(16)]

    async with keeping():
        await ask(schema, people[0], CATALOGUE)
        with counted() as statements:
            homes = await asyncio.gather(*(ask(schema, who, HOME) for who in people))

    assert len({home["me"]["activities"]["edges"][0]["node"]["id"] for home in homes}) == 16
    assert len(ours(statements)) <= 2 * HOME_TAKES


async def test_home_reads_the_programme_once_a_process(
    programme: Db, counted: Counted, schema: strawberry.Schema
) -> None:
    who = await at_home(programme, 3)
    await ask(schema, who, HOME)

    with counted() as again:
        await ask(schema, who, HOME)

    assert not any("programme_revision ORDER" in sql for sql in ours(again))


async def test_a_redemption_takes_three_statements(programme: Db, counted: Counted, schema: strawberry.Schema) -> None:
    who = await at_home(programme, 3)
    offer_id = await programme.execute_query_dict("SELECT id FROM coupon_offer WHERE price_points = 11")

    with counted() as statements:
        given = {"idempotencyKey": fresh("key"), "offerId": str(GlobalId("CouponOffer", 0, offer_id[0]["id"]))}
        redeemed = (await ask(schema, who, REDEEM, input=given))["redeemCoupon"]

    assert redeemed["userErrors"] == []
    assert redeemed["coupon"]["code"]
    assert redeemed["member"]["balance"]["available"] >= 0
    taken = ours(statements)
    assert len(taken) == REDEEM_TAKES, f"It takes exactly {REDEEM_TAKES} statements, not {len(taken)}: {taken}"
