"""What does the programme know about a person? (PROGRAMME 11: export, one document of everything)"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from app.coupons.codes import CouponCodes
from app.database import Db, connection, rows, transaction, value
from app.members.erase import principals_of
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused
from app.requests.words import ID_LENGTH, unfit
from app.staff.audit import audit

Line = dict[str, Any]

COMMAND = "mipoints export"  # who the audit log names where no token says it
_PAGE = 1_000

_OWN = """
SELECT to_jsonb(t) AS line, {id} AS id FROM {table} t WHERE t.member_id = $1 AND {id} > $2 ORDER BY {id} LIMIT $3
"""
_OF_ACTIVITY = """
SELECT to_jsonb(t) AS line, t.id FROM {table} t JOIN activity ON activity.id = t.activity_id
WHERE activity.member_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3
"""
_OF_ORDER = """
SELECT to_jsonb(t) AS line, t.id FROM {table} t JOIN shop_order ON shop_order.id = t.order_id
JOIN activity ON activity.id = shop_order.activity_id
WHERE activity.member_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3
"""
_OF_ENTRY = """
SELECT to_jsonb(t) AS line, t.id FROM {table} t
WHERE t.{key} IN (SELECT {of} FROM entry WHERE member_id = $1) AND t.id > $2 ORDER BY t.id LIMIT $3
"""
_OF_PRINCIPAL = """
SELECT to_jsonb(t) AS line, t.id FROM {table} t WHERE principal = ANY ($1::text[]) AND t.id > $2 ORDER BY t.id LIMIT $3
"""


def _own(table: str, id: str = "t.id") -> str:
    return _OWN.format(table=table, id=id)


# Each part of the document with the statement that reads a page of it after an id, by an index that begins with what
# is known of the member.
PARTS: Mapping[str, str] = {
    "identity": "SELECT to_jsonb(t) AS line, t.id FROM member t WHERE t.id = $1 AND t.id > $2 LIMIT $3",
    "account": _own("account", "t.member_id"),
    "activities": _own("activity"),
    "awards": _OF_ACTIVITY.format(table="award"),
    "lots": """
SELECT to_jsonb(t) AS line, t.id FROM lot t JOIN award ON award.id = t.award_id
JOIN activity ON activity.id = award.activity_id
WHERE activity.member_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3
""",
    "operations": _OF_ENTRY.format(table="operation", key="id", of="operation_id"),
    "statement": _own("entry"),
    "moves": _OF_ENTRY.format(table="move", key="entry_id", of="id"),
    "coupons": _own("coupon"),
    "reservations": _own("reservation"),
    "orders": _OF_ACTIVITY.format(table="shop_order"),
    "orderLines": _OF_ORDER.format(table="order_line"),
    "returns": _OF_ORDER.format(table="order_return"),
    "reviews": _OF_ACTIVITY.format(table="review"),
    "adjustments": _OF_ACTIVITY.format(table="adjustment"),
    "shares": _own("share"),
    "fuelTaps": _own("fuel_tap"),
    "notices": _own("notice"),
    "requests": _OF_PRINCIPAL.format(table="request"),
    "wrongCodes": _OF_PRINCIPAL.format(table="coupon_guess"),
}
_BY_PRINCIPAL = ("requests", "wrongCodes")
_SECRET = ("nonce", "lookup", "hash", "fingerprint")  # ours, and no use to anybody


async def export_member(call: Call, actor: str, mi_account_id: str) -> Outcome:
    """Note that a person's data is exported; `document` reads it. Refused as NOT_FOUND or INVALID_INPUT."""

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("miAccountId", mi_account_id, ID_LENGTH)):
            return problem
        member_id = await value(db, "SELECT id FROM member WHERE mi_account_id = $1", mi_account_id)
        if member_id is None:
            return refused("NOT_FOUND", "miAccountId", what="MEMBER")
        await audit(db, actor, "exportMember", f"member/{member_id}")
        return Outcome(member_id=member_id)

    return await once(call, act)


async def document(member_id: int, codes: CouponCodes) -> dict[str, list[Line]]:
    """Everything about a member, by parts, as JSON values; instants are ISO 8601, points and minor units integers."""
    whole: dict[str, list[Line]] = {part: [] for part in PARTS}
    async for part, lines in _pages(member_id, codes):
        whole[part] += lines
    return whole


async def written(member_id: int, codes: CouponCodes) -> AsyncIterator[str]:
    """The same document as text, piece by piece: no more than a page of it is ever in memory."""
    begun: str | None = None
    async for part, lines in _pages(member_id, codes):
        if part != begun:
            yield "{\n" if begun is None else "\n],\n"
            yield f'"{part}": ['
        pieces = [orjson.dumps(line).decode() for line in lines]
        if pieces:
            yield ("\n" if part != begun else ",\n") + ",\n".join(pieces)
        begun = part
    yield "\n]\n}\n"


async def _pages(member_id: int, codes: CouponCodes) -> AsyncIterator[tuple[str, list[Line]]]:
    """The parts in order, page by page, each part once at least, in one snapshot."""
    async with transaction() as db:
        await rows(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        mi_account_id = await value(db, "SELECT mi_account_id FROM member WHERE id = $1", member_id)
        for part, sql in PARTS.items():
            whose = principals_of(mi_account_id) if part in _BY_PRINCIPAL else member_id
            after = 0
            while True:
                found = await rows(db, sql, whose, after, _PAGE)
                yield part, [_shown(part, line["line"], codes) for line in found]
                if len(found) < _PAGE:
                    break
                after = found[-1]["id"]


def _shown(part: str, line: Line, codes: CouponCodes) -> Line:
    shown = {name: said for name, said in line.items() if name not in _SECRET}
    if part == "coupons":
        shown["code"] = codes.code(bytes.fromhex(line["nonce"].removeprefix("\\x")))
    return shown


async def exported(mi_account_id: str, codes: CouponCodes) -> AsyncIterator[str] | None:
    """The document of a Mi Account for the command line, noted in the audit log; None when it is not enrolled."""
    member_id: int | None = await value(connection(), "SELECT id FROM member WHERE mi_account_id = $1", mi_account_id)
    if member_id is None:
        return None
    async with transaction() as db:
        await audit(db, COMMAND, "exportMember", f"member/{member_id}")
    return written(member_id, codes)
