"""Who are these members, what do they own, and what time is it for them?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.database import ask, connection, rows
from app.keyset import Keyset, Page, Window, page_of
from app.ledger.account import AccountState, Balances
from app.ledger.hold import settle_member
from app.reads import Read, Rows

_COLUMNS = """
  member.id, member.mi_account_id, display_name, birth_date, member.market_id, enrolled_at, status, time_zone, pending,
  available, reserved, debt, version, last_at, next_change_at
"""
_NOW = "SELECT programme_now() AS now, (SELECT coalesce(max(id), 0) FROM programme_revision) AS head"
_OWN = f"""
SELECT asked.number, moment.*, {_COLUMNS} FROM ({_NOW}) moment
CROSS JOIN unnest($1::text[]) WITH ORDINALITY AS asked (mi_account_id, number)
LEFT JOIN (member JOIN account ON account.member_id = member.id) ON member.mi_account_id = asked.mi_account_id
"""
_BY_ID = f"""
SELECT asked.number, moment.*, {_COLUMNS} FROM ({_NOW}) moment
CROSS JOIN unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number)
JOIN member ON member.id = asked.id JOIN account ON account.member_id = member.id
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

    @property
    def is_due(self) -> bool:
        """Has the clock changed something of the member that is not written down yet?"""
        return self.member is not None and _due(self.member)


async def moment(mi_account_id: str | None) -> Moment:
    """What time it is and who this Mi Account is, settled."""
    return await settled(await read_moment(mi_account_id))


def read_moment(mi_account_id: str | None) -> asyncio.Future[Moment]:
    """The same in one statement, as it is written down; something may be due."""
    return ask(_MOMENT, mi_account_id)


async def settled(found: Moment) -> Moment:
    """This moment, or the next one where something is due of its member: settled then."""
    if found.member is None or not _due(found.member):
        return found
    await settle_member(found.member.id)
    return await read_moment(found.member.mi_account_id)


async def members_by_id(ids: Sequence[int]) -> dict[int, MemberView]:
    """These members, each settled to now; those that are not there are absent."""
    found = await _members(ids)
    due = [member.id for member in found.values() if _due(member)]
    for member_id in due:
        await settle_member(member_id)
    return found | await _members(due)


async def _members(ids: Sequence[int]) -> dict[int, MemberView]:
    found = await asyncio.gather(*(ask(_MEMBER, member_id) for member_id in ids))
    return {member.id: member for member in found if member is not None}


async def member_id_of(mi_account_id: str) -> int | None:
    """The member of a Mi Account, if it is enrolled."""
    found = await rows(connection(), "SELECT id FROM member WHERE mi_account_id = $1", mi_account_id)
    return found[0]["id"] if found else None


async def member_page(market: str | None, search: str | None, window: Window) -> Page[int]:
    """Ids of members in order of enrolment, of one market, or whose Mi Account or name begins with `search`."""
    page, arguments = _ORDER.page(window, 3)
    found = await rows(
        connection(),
        "SELECT id FROM member WHERE ($1::text IS NULL OR market_id = $1)"
        " AND ($2::text IS NULL OR mi_account_id ^@ $2 OR display_name ^@ $2)"
        f" {page}",
        market,
        search,
        *arguments,
    )
    return page_of([member["id"] for member in found], window)


def _due(member: MemberView) -> bool:
    due = member.account.next_change_at
    return due is not None and due <= member.at


def _view(line: Sequence[Any]) -> MemberView:
    """A member of a line's columns from the second on: `now`, `head` and those of `_COLUMNS`."""
    now, _, member_id, mi_account_id, display_name, birth_date, market, enrolled_at, status, zone = line[1:11]
    pending, available, reserved, debt, version, last_at, next_change_at = line[11:]
    balances = Balances(pending, available, reserved, debt)
    account = AccountState(member_id, market, status, zone, balances, version, last_at, next_change_at)
    return MemberView(member_id, mi_account_id, display_name, birth_date, enrolled_at, account, now)


def _moment(_: object, found: Rows) -> Moment:
    line = found[0]
    return Moment(line[1], line[2], _view(line) if line[3] is not None else None)


_MOMENT: Read[str | None, Moment] = Read(_OWN, lambda keys: (list(keys),), _moment, plain=18)
_MEMBER: Read[int, MemberView | None] = Read(
    _BY_ID, lambda keys: (list(keys),), lambda _, found: _view(found[0]) if found else None
)
