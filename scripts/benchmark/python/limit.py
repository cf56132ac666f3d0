"""How fast can Python answer the home screen when everything is written by hand?

No GraphQL: the same request gets the same bytes, from one prepared statement.
"""

import os
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scripts.benchmark.python.tokens import InvalidToken, subject_of

HOME = """
SELECT member.display_name, account.*, market.currency, market.locale,
  ARRAY(SELECT ROW (id, kind, points, status, occurred_at) FROM activity WHERE member_id = member.id
        ORDER BY occurred_at DESC, id DESC LIMIT 11) AS activities,
  ARRAY(SELECT ROW (id, titles::text, price_points, stock_left, value_minor) FROM coupon_offer
        WHERE market_id = account.market_id AND (closes_at IS NULL OR closes_at > now())
        ORDER BY price_points, id LIMIT 8) AS offers,
  ARRAY(SELECT ROW (slug, titles::text, trigger, bonus_points) FROM campaign
        WHERE coalesce(ended_at, 'infinity') > now() AND EXISTS (
          SELECT FROM campaign_window WHERE campaign_id = campaign.id AND market_id = account.market_id
            AND starts_at <= now() AND ends_at > now())
        ORDER BY id DESC LIMIT 5) AS campaigns
FROM member JOIN account ON account.member_id = member.id JOIN market ON market.code = account.market_id
WHERE mi_account_id = $1
"""
SIZE = 10


def opaque(text: bytes) -> str:
    """Base64 for URLs, without padding."""
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def instant(at: datetime) -> str:
    """An instant in UTC as RFC 3339."""
    return at.isoformat().replace("+00:00", "Z")


def title(titles: str, locale: str) -> str:
    """The title in the market's language."""
    texts: dict[str, str] = orjson.loads(titles)
    return texts.get(locale[:2]) or texts["en"]


def activity(row: Sequence[Any], member_id: int) -> dict[str, Any]:
    """One edge of the activities."""
    row_id, kind, points, status, at = row
    return {
        "cursor": opaque(orjson.dumps(["activities", at.isoformat(), row_id])),
        "node": {
            "id": opaque(f"a.{member_id}.{row_id}".encode()),
            "kind": kind,
            "points": points,
            "status": status,
            "occurredAt": instant(at),
        },
    }


def offer(row: Sequence[Any], currency: str, locale: str) -> dict[str, Any]:
    """One edge of the offers."""
    row_id, titles, price, stock_left, value_minor = row
    return {
        "node": {
            "id": opaque(f"o.0.{row_id}".encode()),
            "title": title(titles, locale),
            "price": price,
            "stockLeft": stock_left,
            "value": {"amount": f"{value_minor // 100}.{value_minor % 100:02}", "currency": currency},
        }
    }


def campaign(row: Sequence[Any], locale: str) -> dict[str, Any]:
    """One edge of the campaigns."""
    slug, titles, trigger, bonus = row
    return {"node": {"slug": slug, "title": title(titles, locale), "trigger": trigger, "bonusPoints": bonus}}


def shown(found: asyncpg.Record) -> dict[str, Any]:
    """The home screen of a row."""
    member_id, currency, locale = found["member_id"], found["currency"], found["locale"]
    edges = [activity(row, member_id) for row in found["activities"][:SIZE]]
    available, reserved, debt = found["available"], found["reserved"], found["debt"]
    return {
        "me": {
            "displayName": found["display_name"],
            "status": found["status"],
            "balance": {
                "available": available,
                "pending": found["pending"],
                "reserved": reserved,
                "debt": debt,
                "posted": available + reserved - debt,
            },
            "activities": {
                "edges": edges,
                "pageInfo": {
                    "hasNextPage": len(found["activities"]) > SIZE,
                    "endCursor": edges[-1]["cursor"] if edges else None,
                },
            },
        },
        "couponOffers": {"edges": [offer(row, currency, locale) for row in found["offers"]]},
        "campaigns": {"edges": [campaign(row, locale) for row in found["campaigns"]]},
    }


async def home(request: Request) -> Response:
    """The answer to the one request that this knows."""
    try:
        subject = subject_of(request.headers.get("authorization", ""))
    except InvalidToken:
        return Response(status_code=401)
    await request.body()
    pool: asyncpg.Pool = request.app.state.pool
    async with pool.acquire() as connected:
        found = await connected.fetchrow(HOME, subject)
    return Response(orjson.dumps({"data": shown(found)}), media_type="application/json")


async def keep_session(connected: asyncpg.Connection) -> None:
    """Sends no statement on release: nothing here changes a session."""


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    size = int(os.environ["BENCH_POOL_SIZE"])
    session = {"timezone": "UTC", "jit": "off"}
    async with asyncpg.create_pool(
        os.environ["BENCH_DATABASE_URL"], min_size=size, max_size=size, reset=keep_session, server_settings=session
    ) as pool:
        app.state.pool = pool
        yield


app = Starlette(routes=[Route("/graphql", home, methods=["POST"])], lifespan=lifespan)
