"""Does a downloaded statement prove itself, without the database that it came from?

A file of JSON lines: a head (whose statement, of when, the balances at its end, the key that signed it), each entry of
the member from the first on with everything that its hash covers, and an end: how many, the last hash, and an Ed25519
signature over head and end. Each hash is SHA-256 of the one before it and of the entry's text, as in the ledger.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, BinaryIO

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = "mipoints-statement/1"
BALANCES = ("pending", "available", "reserved", "debt")
LONGEST_LINE = 1_000_000  # bytes; a line is some hundreds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEX = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Z0-9_]{1,40}")
_HEAD = {
    "format": str,
    "programme": str,
    "operator": str,
    "market": str,
    "currency": str,
    "miAccountId": str,
    "memberId": int,
    "at": str,
    "version": int,
    **dict.fromkeys(BALANCES, int),
    "publicKey": str,
}
# Everything that the hash of an entry covers beside its member, in the order of its text, and the hash.
_ENTRY = {
    "version": int,
    "operationId": int,
    "kind": str,
    "source": str,
    "target": str,
    "points": int,
    **dict.fromkeys(BALANCES, int),
    "at": str,
    "activityId": int | None,
    "couponId": int | None,
    "reservationId": int | None,
    "reason": str | None,
    "facts": str,
    "hash": str,
}
_END = {"lines": int, "hash": str, "signature": str}


class Unproven(Exception):
    """The first line that does not follow, counted from 1, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


@dataclass
class Proven:
    """What a sound statement says: its head, its last hash, and how the hash was after a version that was asked for."""

    head: Mapping[str, Any]
    hash: str = ""
    version: int = 0
    at: str = ""
    balances: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BALANCES, 0))
    hash_then: str = ""


def signing_key(secret: bytes) -> Ed25519PrivateKey:
    """The key that signs statements, derived from the operator's secret."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"mipoints statement ed25519").derive(secret)
    return Ed25519PrivateKey.from_private_bytes(derived)


def public_key(key: Ed25519PrivateKey) -> str:
    """The public half in hex: what everybody may know, and needs to tell whose statement it is."""
    return key.public_key().public_bytes_raw().hex()


def told(instant: datetime) -> str:
    """An instant in the one way in which a statement writes it: UTC, to the microsecond."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def written(line: Mapping[str, Any]) -> bytes:
    """A line in the one way in which a statement writes it."""
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def ended(head: Mapping[str, Any], last_hash: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """The end of a statement whose version is that of its head."""
    end = {"lines": head["version"], "hash": last_hash}
    return {**end, "signature": key.sign(_signed(head, end)).hex()}


def verify(file: BinaryIO, *, then: int = 0) -> Proven:
    """What a statement says, if every line of it follows; a line is in memory at a time.

    `then`: a version of which the hash is asked for. Raises Unproven.
    """
    lines = _lines(file)
    number, head = next(lines, (1, {}))
    _shaped(number, head, _HEAD, "a head of a statement")
    if head["format"] != FORMAT:
        raise Unproven(number, f"the format is {head['format']}, not {FORMAT}")
    proven = Proven(head)
    for number, line in lines:
        if "signature" in line:
            _judge_end(number, line, proven)
            if next(lines, None) is not None:
                raise Unproven(number + 1, "something stands after the end")
            return proven
        _follow(number, line, proven)
        if proven.version == then:
            proven.hash_then = proven.hash
    raise Unproven(number + 1, "the end is missing: the download was cut off, or lines were taken away")


def _follow(number: int, line: Mapping[str, Any], proven: Proven) -> None:
    """An entry against the one before it."""
    _shaped(number, line, _ENTRY, "an entry")
    if line["version"] != proven.version + 1:
        raise Unproven(number, f"entry {line['version']} stands where {proven.version + 1} must")
    text = text_of(number, line, proven.head["memberId"])
    expected = sha256(bytes.fromhex(proven.hash) + text.encode()).hexdigest()
    if line["hash"] != expected:
        raise Unproven(number, f"entry {line['version']} is not what its hash says, or the entry before it is another")
    if line["at"] < proven.at:
        raise Unproven(number, f"entry {line['version']} is earlier than the one before it")
    for balance in BALANCES:
        bucket, sign = balance.upper(), -1 if balance == "debt" else 1
        moved = line["points"] * ((line["target"] == bucket) - (line["source"] == bucket)) * sign
        if line[balance] != proven.balances[balance] + moved or line[balance] < 0:
            raise Unproven(number, f"{balance} {line[balance]} does not follow from {proven.balances[balance]}")
        proven.balances[balance] = line[balance]
    if line["points"] <= 0 or line["source"] == line["target"]:
        raise Unproven(number, f"entry {line['version']} moves nothing")
    proven.version, proven.hash, proven.at = line["version"], line["hash"], line["at"]


def _judge_end(number: int, end: Mapping[str, Any], proven: Proven) -> None:
    _shaped(number, end, _END, "an end of a statement")
    head = proven.head
    if not end["lines"] == head["version"] == proven.version:
        raise Unproven(number, f"{proven.version} entries stand where there are {head['version']} in all")
    if end["hash"] != proven.hash:
        raise Unproven(number, "the last hash is not that of the last entry")
    if any(head[balance] != proven.balances[balance] for balance in BALANCES):
        raise Unproven(1, "the balances are not those after the last entry")
    if head["at"] < proven.at:
        raise Unproven(1, "the statement is of an instant before its last entry")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["publicKey"]))
        key.verify(bytes.fromhex(end["signature"]), _signed(head, {"lines": end["lines"], "hash": end["hash"]}))
    except (InvalidSignature, ValueError):
        raise Unproven(number, "the signature is not that of this head and these entries") from None


def _lines(file: BinaryIO) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines with their numbers; each must be written exactly as we write it, so that nothing hides in it."""
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        try:
            line = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise Unproven(number, "this is no JSON, or it is cut off") from None
        if not isinstance(line, dict) or written(line) != raw:
            raise Unproven(number, "this is not written as a statement writes it")
        yield number, line


def _shaped(number: int, line: Mapping[str, Any], shape: Mapping[str, Any], what: str) -> None:
    if list(line) != list(shape) or not all(_fits(line[name], kind) for name, kind in shape.items()):
        raise Unproven(number, f"this is not {what}")


def _fits(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def text_of(number: int, line: Mapping[str, Any], member_id: int) -> str:
    """The text of which the hash is made, as `entry_text` of the migrations; no part of it can pass for another."""
    words = [line["kind"], line["source"], line["target"], *([] if line["reason"] is None else [line["reason"]])]
    if not all(_WORD.fullmatch(word) for word in words) or not _HEX.fullmatch(line["hash"]):
        raise Unproven(number, "this is not an entry")
    parts = {**line, "at": _microseconds(number, line["at"])}
    del parts["hash"]
    return "|".join([str(member_id), *("-" if part is None else str(part) for part in parts.values())])


def _microseconds(number: int, at: str) -> int:
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise Unproven(number, "this has no instant") from None
    if instant.tzinfo is None or told(instant) != at:
        raise Unproven(number, "this has no instant")
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _signed(head: Mapping[str, Any], end: Mapping[str, Any]) -> bytes:
    """What is signed: the format and, in one order, everything that head and end say."""
    return f"{FORMAT}\n".encode() + orjson.dumps({**head, **end}, option=orjson.OPT_SORT_KEYS)
