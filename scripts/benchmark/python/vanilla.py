"""How fast is home on Strawberry, Tortoise and aiodataloader, each used as its documentation has it?"""

import os
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import strawberry
from aiodataloader import DataLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from tortoise import Tortoise
from tortoise.expressions import Q

from app.activities.models import Activity as ActivityRow
from app.campaigns.models import Campaign as CampaignRow
from app.campaigns.models import CampaignWindow
from app.coupons.models import CouponOffer as OfferRow
from app.database import MODELS
from app.ledger.models import Account
from app.members.models import Member as MemberRow
from app.programmes.models import Market
from scripts.benchmark.python.tokens import subject_of


class Context:
    """One request: whose it is, and its loaders."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.member: DataLoader[str, MemberRow | None] = DataLoader(members)
        self.account: DataLoader[int, Account | None] = DataLoader(accounts)
        self.market: DataLoader[str, Market | None] = DataLoader(markets)


Info = strawberry.Info[Context, None]


async def members(mi_account_ids: list[str]) -> list[MemberRow | None]:
    """Members by their Mi Accounts."""
    found = {row.mi_account_id: row for row in await MemberRow.filter(mi_account_id__in=mi_account_ids)}
    return [found.get(one) for one in mi_account_ids]


async def accounts(member_ids: list[int]) -> list[Account | None]:
    """Accounts by their members."""
    found = {row.member_id: row for row in await Account.filter(member_id__in=member_ids)}
    return [found.get(one) for one in member_ids]


async def markets(codes: list[str]) -> list[Market | None]:
    """Markets by their codes."""
    found = {row.code: row for row in await Market.filter(code__in=codes)}
    return [found.get(one) for one in codes]


async def own_market(info: Info) -> Market:
    """The market of who asks."""
    member = await info.context.member.load(info.context.subject)
    assert member is not None
    market = await info.context.market.load(member.market_id)
    assert market is not None
    return market


def opaque(text: str) -> str:
    """Base64 for URLs, without padding."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def title(titles: dict[str, str], market: Market) -> str:
    """The title in the market's language."""
    return titles.get(market.locale[:2]) or titles["en"]


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class Balance:
    available: int
    pending: int
    reserved: int
    debt: int
    posted: int


@strawberry.type
class Activity:
    id: strawberry.ID
    kind: str
    points: int
    status: str
    occurred_at: str


@strawberry.type
class ActivityEdge:
    cursor: str
    node: Activity


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class ActivityConnection:
    edges: list[ActivityEdge]
    page_info: PageInfo


def activity_edge(row: ActivityRow) -> ActivityEdge:
    """An activity at its place in the list."""
    at = row.occurred_at.astimezone(UTC)
    node = Activity(
        id=strawberry.ID(opaque(f"a.{row.member_id}.{row.id}")),
        kind=row.kind,
        points=row.points,
        status=row.status,
        occurred_at=at.isoformat().replace("+00:00", "Z"),
    )
    return ActivityEdge(cursor=opaque(orjson.dumps(["activities", at.isoformat(), row.id]).decode()), node=node)


@strawberry.type
class Member:
    row: strawberry.Private[MemberRow]
    display_name: str | None

    @strawberry.field
    async def status(self, info: Info) -> str:
        account = await info.context.account.load(self.row.id)
        assert account is not None
        return account.status

    @strawberry.field
    async def balance(self, info: Info) -> Balance:
        account = await info.context.account.load(self.row.id)
        assert account is not None
        return Balance(
            available=account.available,
            pending=account.pending,
            reserved=account.reserved,
            debt=account.debt,
            posted=account.available + account.reserved - account.debt,
        )

    @strawberry.field
    async def activities(self, first: int = 20) -> ActivityConnection:
        rows = await ActivityRow.filter(member_id=self.row.id).order_by("-occurred_at", "-id").limit(first + 1)
        edges = [activity_edge(row) for row in rows[:first]]
        end = edges[-1].cursor if edges else None
        return ActivityConnection(edges=edges, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end))


@strawberry.type
class CouponOffer:
    id: strawberry.ID
    title: str
    price: int
    stock_left: int | None
    value: Money


@strawberry.type
class CouponOfferEdge:
    node: CouponOffer


@strawberry.type
class CouponOfferConnection:
    edges: list[CouponOfferEdge]


@strawberry.type
class Campaign:
    slug: str
    title: str
    trigger: str
    bonus_points: int | None


@strawberry.type
class CampaignEdge:
    node: Campaign


@strawberry.type
class CampaignConnection:
    edges: list[CampaignEdge]


def offer(row: OfferRow, market: Market) -> CouponOffer:
    """An offer as clients read it."""
    return CouponOffer(
        id=strawberry.ID(opaque(f"o.0.{row.id}")),
        title=title(row.titles, market),
        price=row.price_points,
        stock_left=row.stock_left,
        value=Money(amount=f"{row.value_minor // 100}.{row.value_minor % 100:02}", currency=market.currency),
    )


@strawberry.type
class Query:
    @strawberry.field
    async def me(self, info: Info) -> Member | None:
        row = await info.context.member.load(info.context.subject)
        return Member(row=row, display_name=row.display_name) if row else None

    @strawberry.field
    async def coupon_offers(self, info: Info, first: int = 20) -> CouponOfferConnection:
        market = await own_market(info)
        open_ones = OfferRow.filter(Q(closes_at__isnull=True) | Q(closes_at__gt=datetime.now(UTC)))
        rows = await open_ones.filter(market_id=market.code).order_by("price_points", "id").limit(first)
        return CouponOfferConnection(edges=[CouponOfferEdge(node=offer(row, market)) for row in rows])

    @strawberry.field
    async def campaigns(self, info: Info, first: int = 20) -> CampaignConnection:
        market = await own_market(info)
        at = datetime.now(UTC)
        windows = CampaignWindow.filter(market_id=market.code, starts_at__lte=at, ends_at__gt=at)
        running = CampaignRow.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
        rows = await running.filter(id__in=await windows.values_list("campaign_id", flat=True))
        rows = sorted(rows, key=lambda row: -row.id)[:first]
        return CampaignConnection(
            edges=[
                CampaignEdge(
                    node=Campaign(
                        slug=row.slug,
                        title=title(row.titles, market),
                        trigger=row.trigger,
                        bonus_points=row.bonus_points,
                    )
                )
                for row in rows
            ]
        )


class View(GraphQL[Context, None]):
    """Strawberry's view with a context of its own."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Whose request it is, by its token."""
        return Context(subject_of(request.headers.get("authorization", "")))


def configuration() -> dict[str, Any]:
    """Tortoise's configuration: its own client, this programme's models."""
    where = urlsplit(os.environ["BENCH_DATABASE_URL"])
    size = int(os.environ["BENCH_POOL_SIZE"])
    host = parse_qs(where.query)["host"][0] if where.query else where.hostname
    place = {"host": host, "port": where.port or 5432, "user": where.username, "password": where.password}
    credentials = {
        **place,
        "database": where.path.lstrip("/"),
        "minsize": size,
        "maxsize": size,
        "server_settings": {"jit": "off"},
    }
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {"models": {"models": MODELS, "default_connection": "default"}},
    }


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    await Tortoise.init(config=configuration(), _enable_global_fallback=True)
    try:
        yield
    finally:
        await Tortoise.close_connections()


app = Starlette(routes=[Route("/graphql", View(strawberry.Schema(Query), graphql_ide=None))], lifespan=lifespan)
