"""Are the demo members there, and if not, how do they come to have a past?

The use cases themselves make it, in one transaction that sets the programme's clock back for itself alone, walks it
through the months and puts it back: nobody else ever sees another time, and a start that is killed leaves nothing.
So the demo can join a database that has members already.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import click

from app.clock import now, shift_to
from app.coupons.codes import CouponCodes
from app.database import Db, connection, row, rows, transaction, value
from app.demo.people import EVERYONE, FIRST
from app.demo.steps import Person, Stage, Step
from app.ledger.hold import settle_member
from app.programmes.store import revision_book
from app.requests.outcome import Outcome
from app.rules.calendar import local_date, local_instant

BETWEEN_STEPS = timedelta(minutes=20)  # of one person on one day

_THERE = "SELECT EXISTS (SELECT FROM member WHERE mi_account_id = $1)"
# As text: an interval of hours stays one, where Python's timedelta would make days of it.
_SHIFT = "SELECT shift::text FROM programme_clock WHERE id = 1 FOR UPDATE"
_RESTORE = "UPDATE programme_clock SET shift = $1::text::interval WHERE id = 1"
_MEMBERS = "SELECT id FROM member WHERE mi_account_id = ANY ($1) ORDER BY id"


async def ensure_demo(codes: CouponCodes) -> str:
    """The Mi Account id of the first demo member; the demo is made when that is not yet a member.

    Raises click.ClickException when a step of the demo is refused, and ClockError when its past would begin too early
    for the programme's clock; nothing is then changed.
    """
    if not await value(connection(), _THERE, FIRST.mi_account_id):
        async with transaction() as db:
            await rows(db, "SET LOCAL lock_timeout = '60s'")  # another start may be making the same demo
            shift = await value(db, _SHIFT)
            if not await value(db, _THERE, FIRST.mi_account_id):
                await make(db, codes)
                await row(db, _RESTORE, shift)
                await settle_all(db)
    return FIRST.mi_account_id


async def make(db: Db, codes: CouponCodes) -> None:
    """Tell everyone's story in the order of time; the clock is left at its last step."""
    stage = Stage(db, codes)
    for when, person, step in in_order(await stories(db)):
        await shift_to(db, when)
        outcome = await step.act(stage, person, step.call(person))
        if outcome.errors:
            raise click.ClickException(f"The demo cannot be made: {refusal(person, step, outcome)}.")


async def stories(db: Db) -> list[tuple[datetime, Person, Step]]:
    """Every step of everyone with its instant; a person's steps of one day follow one another."""
    present, book = await now(db), await revision_book(db)
    told: list[tuple[datetime, Person, Step]] = []
    for person in EVERYONE:
        zone = book.facts(person.market).time_zone
        steps_of_day: dict[int, int] = {}
        for step in person.story:
            earlier = steps_of_day.get(step.days_ago, 0)
            steps_of_day[step.days_ago] = earlier + 1
            day = local_date(present, zone) - timedelta(days=step.days_ago)
            wall = datetime.combine(day, person.rises) + earlier * BETWEEN_STEPS
            told.append((local_instant(wall, zone), person, step))
    return told


def in_order(told: Iterable[tuple[datetime, Person, Step]]) -> list[tuple[datetime, Person, Step]]:
    return sorted(told, key=lambda step: step[0])


async def settle_all(db: Db) -> None:
    """Write what the clock has changed up to the present, so that every statement is complete at once."""
    for member in await rows(db, _MEMBERS, [person.mi_account_id for person in EVERYONE]):
        await settle_member(member["id"])


def refusal(person: Person, step: Step, outcome: Outcome) -> str:
    codes = ", ".join(error.code for error in outcome.errors)
    return f"{step.mutation} of {person.display_name}, {step.days_ago} days ago, is refused as {codes}"
