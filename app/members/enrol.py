"""May this person become a member, and what does it earn them? (PROGRAMME 2)"""

from dataclasses import dataclass
from datetime import date

from app.activities.record import ActivityDraft, record
from app.database import Db, row, rows, value
from app.ledger.hold import hold
from app.programmes.store import StoredRevision, revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused
from app.requests.words import ID_LENGTH, unfit
from app.rules.calendar import local_date, of_age
from app.rules.earning import ActivityFacts

NAME_LENGTH = 100

_MEMBER = """
INSERT INTO member (mi_account_id, person_key, display_name, birth_date, market_id, terms_version, enrolled_at)
VALUES ($1, $2, $3, $4, $5, $6, programme_now()) ON CONFLICT DO NOTHING RETURNING id, enrolled_at
"""
_ACCOUNT = """
INSERT INTO account (member_id, market_id, status, time_zone, pending, available, reserved, debt, version, last_at)
VALUES ($1, $2, 'ACTIVE', $3, 0, 0, 0, 0, 0, $4)
"""
_TAKEN = "SELECT mi_account_id = $1 AS own FROM member WHERE mi_account_id = $1 OR person_key = $2 ORDER BY own DESC"


@dataclass(frozen=True)
class Enrolment:
    """A person who asks to become a member. `person_key`: of a verified person, unique where it is given."""

    mi_account_id: str
    market: str
    birth_date: date
    accepted_terms: str
    display_name: str | None = None
    person_key: str | None = None


async def enrol(call: Call, person: Enrolment) -> Outcome:
    """Enrol a Mi Account: 50 points once for ever (SEED-2020).

    Refused as MARKET_NOT_SERVED, TERMS_NOT_ACCEPTED, UNDER_AGE (on the market's local date), ALREADY_ENROLLED,
    PERSON_ALREADY_ENROLLED or INVALID_INPUT.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        book = await revision_book(db)
        at = await value(db, "SELECT programme_now()")
        stored = book.in_force(person.market, at)
        if stored is None:
            return refused("MARKET_NOT_SERVED", "market", market=person.market)
        today = local_date(at, stored.revision.market.time_zone)
        if refusal := _unfit(person) or _ineligible(person, stored, today):
            return refusal
        return await _open(db, person, stored)

    return await once(call, act)


def _unfit(person: Enrolment) -> Outcome | None:
    return unfit(
        ("miAccountId", person.mi_account_id, ID_LENGTH),
        ("displayName", person.display_name, NAME_LENGTH),
        ("personKey", person.person_key, ID_LENGTH),
    )


def _ineligible(person: Enrolment, stored: StoredRevision, today: date) -> Outcome | None:
    revision = stored.revision
    if person.birth_date > today:
        return refused("INVALID_INPUT", "birthDate", problem="IN_FUTURE")
    if today.year - person.birth_date.year > 150:
        return refused("INVALID_INPUT", "birthDate", problem="IN_PAST")
    if person.accepted_terms != revision.terms_version:
        return refused("TERMS_NOT_ACCEPTED", "acceptedTerms", terms_version=revision.terms_version)
    if not of_age(person.birth_date, today, revision.minimum_age):
        return refused("UNDER_AGE", "birthDate", minimum_age=revision.minimum_age)
    return None


async def _open(db: Db, person: Enrolment, stored: StoredRevision) -> Outcome:
    market = stored.revision.market
    member = await row(
        db,
        _MEMBER,
        person.mi_account_id,
        person.person_key,
        person.display_name,
        person.birth_date,
        market.code,
        person.accepted_terms,
    )
    if member is None:
        taken = await row(db, _TAKEN, person.mi_account_id, person.person_key)
        own = taken is not None and taken["own"]
        return refused("ALREADY_ENROLLED") if own else refused("PERSON_ALREADY_ENROLLED", "personKey")
    await rows(db, _ACCOUNT, member["id"], market.code, market.time_zone, member["enrolled_at"])
    held = await hold(db, member["id"])
    recorded = await record(
        db,
        held,
        stored,
        ActivityFacts("REGISTRATION", local_date(held.at, market.time_zone), market.time_zone),
        ActivityDraft(source="mi.com", reference=None, occurred_at=held.at),
        cause=f"registration/{member['id']}",
    )
    return Outcome(member_id=member["id"], activity_id=recorded.activity_id)
