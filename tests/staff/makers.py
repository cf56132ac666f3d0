"""What can staff do to a member in a test, and a member who leaves, in few words?"""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from app.database import connection, one, rows, transaction, value
from app.ledger.account import Bucket, EntryKind, Movement, Transfer
from app.ledger.check import check_ledger
from app.ledger.hold import hold, take
from app.ledger.posting import post
from app.members.close import close_account, lost
from app.members.enrol import Enrolment, enrol
from app.members.erase import erase_member
from app.members.suspend import suspend_member
from app.members.tombstones import Tombstones
from app.requests.outcome import Outcome
from app.staff.adjust import Wish, adjust_points, approve_adjustment
from tests.ledger.makers import BORN, Person, balances, call, done

LIMIT = 10_000
TOMBSTONES = Tombstones(b"a key of tombstones of tests alone")
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


async def adjusts(person: Person, points: int, *, by: str = "ana", key: str | None = None) -> Outcome:
    """Staff gives points, or takes them; refused or not."""
    wish = Wish(person.name, points, "A late delivery")
    return await adjust_points(call("adjustPoints", key=key), by, wish, limit=LIMIT)


async def adjusted(person: Person, points: int, *, by: str = "ana") -> Outcome:
    return done(await adjusts(person, points, by=by))


async def approves(asked: Outcome, *, by: str = "ben") -> Outcome:
    """Another person approves an adjustment; refused or not."""
    return await approve_adjustment(call("approveAdjustment"), by, asked.activity_id, limit=LIMIT)


async def suspended(person: Person, so: bool = True) -> Outcome:
    return done(await suspend_member(call("suspendMember"), "ana", person.name, so, "Many accounts"))


async def left(person: Person) -> Outcome:
    """The member leaves, and confirms exactly what that loses."""
    return done(await close_account(call("closeAccount"), person.name, lost(await balances(person))))


async def erased(person: Person) -> Outcome:
    return done(await erase_member(call("eraseMember"), "ana", person.name, TOMBSTONES))


async def enrols(name: str, market: str = "ES", *, person_key: str | None = None) -> Outcome:
    """A Mi Account enrols, for the first time or again; refused or not."""
    who = Enrolment(name, market, BORN, "2020-01", "Ana", person_key)
    return await enrol(call("enrolMember"), who, TOMBSTONES)


async def joined(name: str, *, person_key: str | None = None) -> Person:
    outcome = done(await enrols(name, person_key=person_key))
    assert outcome.member_id is not None
    return Person(outcome.member_id, name)


def fresh_name() -> str:
    """A Mi Account that this run has not used; long enough to be found nowhere by chance."""
    return f"mi-account-of-staff-tests-{next(_numbers)}"


async def holds(person: Person, points: int, *, minutes: int = 30) -> int:
    """A reservation of so many points; its row id."""
    async with transaction() as db:
        held = await hold(db, person.id)
        order = await one(
            db, "INSERT INTO shop_order (source, order_id) VALUES ('mi.com', $1) RETURNING id", fresh_name()
        )
        reservation_id: int = await value(
            db,
            """INSERT INTO reservation (member_id, order_id, status, points, captured, held_until, created_at)
               VALUES ($1, $2, 'HELD', $3, 0, $4, $5) RETURNING id""",
            person.id,
            order["id"],
            points,
            held.at + timedelta(minutes=minutes),
            held.at,
        )
        reserve = Transfer(
            EntryKind.RESERVE,
            Bucket.AVAILABLE,
            Bucket.RESERVED,
            points,
            held.at,
            moves=await take(db, person.id, points),
            reservation_id=reservation_id,
        )
        due_at = held.at + timedelta(minutes=minutes)
        await post(db, held.account, [Movement(f"reservation/{reservation_id}/reserved", (reserve,))], due_at=due_at)
    return reservation_id


async def activity_of(outcome: Outcome) -> dict[str, Any]:
    """What an activity shows of itself."""
    columns = "kind, status, points, reason, reason_facts, reference"
    return dict(await one(connection(), f"SELECT {columns} FROM activity WHERE id = $1", outcome.activity_id))


async def account_of(person: Person) -> str:
    """How the account stands."""
    status: str = await value(connection(), "SELECT status FROM account WHERE member_id = $1", person.id)
    return status


async def audited(person: Person) -> list[tuple[str, str, dict[str, Any] | None, dict[str, Any] | None]]:
    """The audit lines about a member, oldest first: actor, action, before, after."""
    found = await rows(
        connection(),
        "SELECT actor, action, before, after FROM audit_line WHERE subject = $1 ORDER BY id",
        f"member/{person.id}",
    )
    return [tuple(line) for line in found]


async def agrees() -> bool:
    """Does the ledger agree with itself?"""
    assert (await check_ledger()).problems == ()
    return True
