"""How do these tests write, decide on, delete and reinstate reviews and shares, in few words?"""

import itertools
from collections.abc import Sequence
from datetime import datetime

from app.activities.decide import Verdict, decide_review
from app.activities.delete_share import DELETE_SHARE, Deletion, delete_share
from app.activities.moderate import APPROVE, DELETE, REJECT
from app.activities.reinstate import REINSTATE, reinstate_activity
from app.activities.review import Written, record_review
from app.activities.share import Shared, record_share
from app.database import connection, one, rows
from app.requests.outcome import Outcome
from tests.ledger.makers import Person, call, done

SOURCE = "mi.com"
_numbers = itertools.count(1)


def named(word: str) -> str:
    """An id that nobody has told of yet."""
    return f"{word}-{next(_numbers)}"


async def writes(person: Person, review_id: str, sku: str | None = None, at: datetime | None = None) -> Outcome:
    return await record_review(call(), person.name, Written(SOURCE, review_id, sku or named("sku"), at))


async def approves(review_id: str, at: datetime | None = None) -> Outcome:
    return await decide_review(call(APPROVE), APPROVE, Verdict(SOURCE, review_id, at))


async def rejects(review_id: str, at: datetime | None = None) -> Outcome:
    return await decide_review(call(REJECT), REJECT, Verdict(SOURCE, review_id, at, "Off topic"))


async def deletes(review_id: str, at: datetime | None = None) -> Outcome:
    return await decide_review(call(DELETE), DELETE, Verdict(SOURCE, review_id, at))


async def shares(person: Person, share_id: str | None, sku: str, network: str = "mastodon") -> Outcome:
    return await record_share(call(), person.name, Shared(sku, network, "https://example.org/post", share_id))


async def unshares(person: Person, share_id: str) -> Outcome:
    return await delete_share(call(DELETE_SHARE), person.name, Deletion(SOURCE, share_id))


async def reinstates(person: Person, activity_id: int | None) -> Outcome:
    given = activity_id or 0
    return done(await reinstate_activity(call(REINSTATE), "an operator", person.id, given, "It was hers"))


async def stands(activity_id: int | None) -> tuple[object, ...]:
    """Points, status and reason of an activity."""
    found = await one(connection(), "SELECT points, status, reason FROM activity WHERE id = $1", activity_id)
    return tuple(found)


async def parts(person: Person) -> Sequence[tuple[int, ...]]:
    """Amount, remaining, consumed, expired, withdrawn and reclaimed of each lot of a member, in order of granting."""
    found = await rows(
        connection(),
        "SELECT amount, remaining, consumed, expired, withdrawn, reclaimed FROM lot WHERE member_id = $1 ORDER BY id",
        person.id,
    )
    return [tuple(lot) for lot in found]


async def ends(person: Person) -> Sequence[datetime]:
    found = await rows(connection(), "SELECT expires_at FROM lot WHERE member_id = $1 ORDER BY id", person.id)
    return [lot["expires_at"] for lot in found]
