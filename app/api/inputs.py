"""What did the client really say? The fingerprint of a mutation's input."""

import hashlib
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

import orjson
import strawberry

from app.requests.once import Call

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

INPUT = "What is asked, with its idempotency key."
KEY = "The request's own key: the same key and input answer the first result again. 1 to 128 printable characters."
SOURCE = "Where its id comes from: 1 to 64 characters."


def call_of(principal: str, mutation: str, given: "DataclassInstance") -> Call:
    """A mutation as its principal sent it; values equal to their defaults do not count."""
    said = _said_fields(given)
    key = said.pop("idempotency_key")
    fingerprint = hashlib.sha256(orjson.dumps([mutation, said], option=orjson.OPT_SORT_KEYS)).digest()
    return Call(principal, str(key), mutation, fingerprint)


def _said_fields(given: "DataclassInstance") -> dict[str, object]:
    said: dict[str, object] = {}
    for field in fields(given):
        own = getattr(given, field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if own is not strawberry.UNSET and own != default:
            said[field.name] = _said(own)
    return said


def _said(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _said_fields(value)
    if isinstance(value, list | tuple):
        return [_said(part) for part in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.value if isinstance(value, Enum) else value
