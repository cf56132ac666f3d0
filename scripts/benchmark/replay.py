"""What would pgbench have to send to redeem as `redeem` does?

The two statements are those that were captured. What differs from one redemption to the next is put in their
parameters' place: the first one's are its script's own, and the second one's, one JSON document, is written by the
first from what it reads. Where `redeem` sends other statements than this knows, it says so: then it has to learn them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from scripts.benchmark.capture import Sent
from scripts.benchmark.serving import BenchFault

READS, WRITES = "SELECT seen.mutation", "WITH claimed"
PARAMETER = re.compile(r"\$(\d+)")

# Two clients never share a member.
HEAD = r"\set n :client_id + 1 + :clients * random(0, :per - 1)"
NAME = "('seed-1-' || :n)"
READ = {
    2: "ARRAY[gen_random_uuid()::text]",
    3: f"ARRAY[{NAME}]",
    4: "ARRAY[(SELECT coupon_offer.id FROM coupon_offer JOIN member USING (market_id)"
    f" WHERE mi_account_id = {NAME} AND price_points = {{price}})]",
}

# The lots that pay, as `redeem` chooses them, and the document.
DOCUMENT = """
SELECT {document} AS document
FROM ({read}) AS r CROSS JOIN LATERAL (
  SELECT {moves} AS moves, {changes} AS changes FROM (
    SELECT lot, n, least(points, r.price_points - sum(points) OVER (ORDER BY n) + points) AS part
    FROM unnest(r.lots, r.points) WITH ORDINALITY AS usable (lot, points, n)) AS paid) AS taken
"""

# pgbench sends a variable as often as it stands in a statement.
ONCE = "document AS MATERIALIZED (SELECT :document::jsonb AS it)"

_OF_ACCOUNT = {
    **{name: f"r.{name}" for name in ("member_id", "touched_by", "pending", "reserved", "debt")},
    "available": "r.available - r.price_points",
    "held_version": "r.version",
    "version": "r.version + 1",
    "last_at": "r.at",
    "at": "r.at",
    "cause": "'redeem/' || r.coupon_id",
    "points": "r.price_points",
    "coupon": "r.coupon_id",
}
_RANDOM = "md5(random()::text)"
_OF_LOT = {
    "member_id": "r.member_id",
    "version": "r.version + 1",
    "lot": "lot",
    "points": "part",
    "ordinal": "n",
    "id": "lot",
    "remaining": "-part",
    "consumed": "part",
}
# What stands for the members of the document's rows; all others stay as captured.
CHANGES: Mapping[str, Mapping[str, str]] = {
    "accounts": _OF_ACCOUNT,
    "operations": _OF_ACCOUNT,
    "entries": _OF_ACCOUNT,
    "coupons": {
        "id": "r.coupon_id",
        "member_id": "r.member_id",
        "offer_id": "r.id",
        "lookup": f"{_RANDOM} || {_RANDOM}",
        "nonce": _RANDOM,
        "issued_at": "r.at",
    },
    "requests": {"key": "gen_random_uuid()", "member_id": "r.member_id", "coupon_id": "r.coupon_id"},
}


def script(sent: Sequence[Sent], *, price_points: int) -> str:
    """The pgbench script of one redemption. Its variables `clients` and `per` are given on the command line.

    Raises BenchFault when `redeem` sent other statements than these.
    """
    begun = [" ".join(one.sql.split()) for one in sent]
    if len(begun) != 2 or not begun[0].startswith(READS) or not begun[1].startswith(WRITES):
        told = "\n".join(each[:100] for each in begun)
        raise BenchFault(f"`redeem` sends other statements than replay.py knows:\n{told}")
    reads, writes = sent
    given = {number: text.replace("{price}", str(price_points)) for number, text in READ.items()}
    document = writes.arguments[0]
    assert isinstance(document, dict)
    read = DOCUMENT.format(
        document=written(document),
        read=bound(reads, given).strip(),
        moves=_rows_of(document["moves"][0], _OF_LOT),
        changes=_rows_of(document["lots"][0], _OF_LOT),
    )
    write = bound(writes, {1: "(SELECT it FROM document)"}).strip().removeprefix("WITH")
    return f"{HEAD}\n{read.strip()} \\gset\nWITH {ONCE}, {write};\n"


def written(document: Mapping[str, Sequence[Mapping[str, object]]]) -> str:
    """The SQL that writes this document with what was read."""
    parts, expressions = [], []
    for name, rows in document.items():
        if name in ("moves", "lots"):
            parts.append(f'"{name}": [%s]')
            expressions.append("taken.moves" if name == "moves" else "taken.changes")
            continue
        told = [_template(row, CHANGES[name], expressions) for row in rows]
        parts.append(f'"{name}": [{", ".join(told)}]')
    return _formatted(f"{{{', '.join(parts)}}}", expressions)


def _rows_of(row: Mapping[str, object], changes: Mapping[str, str]) -> str:
    expressions: list[str] = []
    return f"string_agg({_formatted(_template(row, changes, expressions), expressions)}, ', ')"


def _template(value: object, changes: Mapping[str, str], expressions: list[str]) -> str:
    """JSON with %s where something else is to stand; `expressions` gets what, in order."""
    if not isinstance(value, Mapping):
        return json.dumps(value, default=str).replace("%", "%%")
    members = []
    for name, part in value.items():
        if name in changes and not isinstance(part, Mapping):
            expressions.append(changes[name])
            mark = "%s" if isinstance(part, int) else '"%s"'
        else:
            mark = _template(part, changes, expressions)
        members.append(f'"{name}": {mark}')
    return f"{{{', '.join(members)}}}"


def _formatted(template: str, expressions: Sequence[str]) -> str:
    return f"format({', '.join([literal(template), *expressions])})"


def bound(sent: Sent, given: Mapping[int, str]) -> str:
    """The statement with an expression in each parameter's place; others are as captured."""

    def stands(parameter: re.Match[str]) -> str:
        number = int(parameter[1])
        return given[number] if number in given else literal(sent.arguments[number - 1])

    return PARAMETER.sub(stands, sent.sql)


def literal(value: object) -> str:
    """A value as SQL. Raises TypeError for one that has no form here."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'::timestamptz"
    if isinstance(value, date):
        return f"'{value.isoformat()}'::date"
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(literal(part) for part in value)}]"
    raise TypeError(f"{type(value).__name__} has no form in a script")
