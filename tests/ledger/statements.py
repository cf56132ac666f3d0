"""How do tests get a statement and read it? And a member to whom everything has happened?"""

import io
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import orjson

from app.activities.moderate import REJECT
from app.coupons.cancel import cancel_coupon
from app.ledger.proof import Proven, signing_key, verify
from app.members.statement import statement_of
from tests.checkout.makers import capture, held, release
from tests.ledger.makers import (
    START,
    Person,
    bought,
    call,
    clawed_back,
    clock_at,
    done,
    enrolled,
    lot_of,
    redeemed,
    reviewed,
)
from tests.staff.makers import adjusted, left

KEY = signing_key(b"a statement key of tests alone")

Line = dict[str, Any]


async def to_whom_everything_happened() -> Person:
    """A member with an entry of every kind, who has left in the end."""
    person = await enrolled()
    award = await bought(person, 2_000, delivered=True)
    await reviewed(person, "REVIEWED", REJECT)
    coupon = await redeemed(person, 25)
    done(await cancel_coupon(call("cancelCoupon"), "ben", person.id, coupon.coupon_id or 0, "A mistake"))
    done(await capture(await held(person, 700), 600))
    done(await release(await held(person, 300)))
    await redeemed(person, 1_200)
    await clawed_back(person, await lot_of(award), 2_000)
    await bought(person, 2_500, delivered=True)
    await adjusted(person, -7)
    await adjusted(person, 40)
    await clock_at(START + timedelta(days=370))
    await bought(person, 31)
    await left(person)
    return person


async def downloaded(person: Person) -> bytes:
    """A member's statement as a file."""
    statement = await statement_of(person.name, KEY)
    assert statement is not None
    return b"".join([piece async for piece in statement.pieces()])


def read(file: bytes) -> list[Line]:
    return [orjson.loads(line) for line in file.splitlines()]


def as_file(lines: Iterable[Line]) -> bytes:
    return b"".join([orjson.dumps(line) + b"\n" for line in lines])


def proven(file: bytes, *, then: int = 0) -> Proven:
    return verify(io.BytesIO(file), then=then)
