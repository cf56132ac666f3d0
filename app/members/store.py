"""Who are these members, what do they own, and what time is it for them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from app.database import connection, rows
from app.keyset import Keyset, Page, Window, page_of
from app.ledger.account import AccountState, Balances
from app.ledger.hold import settle_member

_COLUMNS = """
  member.id, mi_account_id, display_name, birth_date, member.market_id, enrolled_at, status, time_zone, pending,
  available, reserved, debt, version, last_at, next_change_at
"""
_NOW = "SELECT programme_now() AS now, (SELECT coalesce(max(id), 0) FROM programme_revision) AS head"
_OWN = f"""
SELECT moment.*, {_COLUMNS} FROM ({_NOW}) moment
LEFT JOIN (member JOIN account ON account.member_id = member.id) ON mi_account_id = $1
"""
_BY_ID = f"""
SELECT moment.*, {_COLUMNS} FROM ({_NOW}) moment CROSS JOIN member JOIN account ON account.member_id = member.id
WHERE member.id = ANY ($1::bigint[])
"""
_ORDER = Keyset((("id", "bigint"),), descending=False)
SEARCH_LENGTH = 128


@dataclass(frozen=True)
class MemberView:
    """A member as a reader sees them at `at`, settled to that instant."""

    id: int
    mi_account_id: str
    display_name: str | None
    birth_date: date | None
    enrolled_at: datetime
    account: AccountState
    at: datetime


@dataclass(frozen=True)
class Moment:
    """The programme's time, the newest revision's id, and the member who asks, if they are one."""

    now: datetime
    revision_head: int
    member: MemberView | None


async def moment(mi_account_id: str | None) -> Moment:
    """What time it is and who this Mi Account is, in one statement; settled first when something is due."""
    found = (await rows(connection(), _OWN, mi_account_id))[0]
    if found["id"] is not None and _due(found):
        await settle_member(found["id"])
        found = (await rows(connection(), _OWN, mi_account_id))[0]
    return Moment(found["now"], found["head"], _view(found) if found["id"] is not None else None)


async def members_by_id(ids: Sequence[int]) -> dict[int, MemberView]:
    """These members, each settled to now."""
    found = await rows(connection(), _BY_ID, list(ids))
    due = [member["id"] for member in found if _due(member)]
    for member_id in due:
        await settle_member(member_id)
    if due:
        found = await rows(connection(), _BY_ID, list(ids))
    return {member["id"]: _view(member) for member in found}


async def member_id_of(mi_account_id: str) -> int | None:
    """The member of a Mi Account, if it is enrolled."""
    found = await rows(connection(), "SELECT id FROM member WHERE mi_account_id = $1", mi_account_id)
    return found[0]["id"] if found else None


async def member_page(market: str | None, search: str | None, window: Window) -> Page[int]:
    """Ids of members in order of enrolment, of one market, or whose Mi Account or name begins with `search`."""
    where, arguments = _ORDER.condition(window, 3)
    found = await rows(
        connection(),
        "SELECT id FROM member WHERE ($1::text IS NULL OR market_id = $1)"
        " AND ($2::text IS NULL OR mi_account_id ^@ $2 OR display_name ^@ $2)"
        f" {where} {_ORDER.order(window)}",
        market,
        search,
        *arguments,
    )
    return page_of([member["id"] for member in found], window)


def _due(member: asyncpg.Record) -> bool:
    return member["next_change_at"] is not None and member["next_change_at"] <= member["now"]


def _view(member: asyncpg.Record) -> MemberView:
    account = AccountState(
        member["id"],
        member["market_id"],
        member["status"],
        member["time_zone"],
        Balances(member["pending"], member["available"], member["reserved"], member["debt"]),
        member["version"],
        member["last_at"],
        member["next_change_at"],
    )
    return MemberView(
        member["id"],
        member["mi_account_id"],
        member["display_name"],
        member["birth_date"],
        member["enrolled_at"],
        account,
        member["now"],
    )
