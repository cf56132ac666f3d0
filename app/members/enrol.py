"""May this person become a member, and what does it earn them? (PROGRAMME 2)"""

from dataclasses import dataclass
from datetime import date

from app.activities.record import ActivityDraft, record
from app.database import Db, one, row, rows, value
from app.ledger.hold import hold
from app.members.tombstones import Tombstones
from app.programmes.store import StoredRevision, revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
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
_REOPEN = """
UPDATE member SET person_key = coalesce($2, person_key), display_name = coalesce($3, display_name), birth_date = $4,
  terms_version = $5
WHERE id = $1 RETURNING suspended_at IS NOT NULL AS suspended
"""
_FORMER = """
UPDATE member SET former_id = $2, suspended_at = (SELECT suspended_at FROM member WHERE id = $2) WHERE id = $1
RETURNING suspended_at IS NOT NULL AS suspended
"""
_TAKEN = """
SELECT id, mi_account_id = $1 AS own FROM member WHERE mi_account_id = $1 OR person_key = $2 ORDER BY own DESC
"""
_OTHER = "SELECT EXISTS (SELECT FROM member WHERE person_key = $2 AND id <> $1)"
_STATUS = "UPDATE account SET status = $2 WHERE member_id = $1"


@dataclass(frozen=True)
class Enrolment:
    """A person who asks to become a member. `person_key`: of a verified person, unique where it is given."""

    mi_account_id: str
    market: str
    birth_date: date
    accepted_terms: str
    display_name: str | None = None
    person_key: str | None = None


async def enrol(call: Call, person: Enrolment, tombstones: Tombstones | None = None) -> Outcome:
    """Enrol a Mi Account: 50 points once for ever (SEED-2020), also after leaving and coming back.

    Who has left finds the same account open again, in its own market; who was erased (`tombstones` knows them) gets a
    new one. A suspension outlasts both. Refused as MARKET_NOT_SERVED, TERMS_NOT_ACCEPTED, UNDER_AGE (on the market's
    local date), ALREADY_ENROLLED, PERSON_ALREADY_ENROLLED or INVALID_INPUT.
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
        return await _open(db, person, stored, tombstones)

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


async def _open(db: Db, person: Enrolment, stored: StoredRevision, tombstones: Tombstones | None) -> Outcome:
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
        return await _return(db, person, stored)
    await rows(db, _ACCOUNT, member["id"], market.code, market.time_zone, member["enrolled_at"])
    former = await tombstones.find(db, person.mi_account_id, person.person_key) if tombstones else None
    suspended = former is not None and (await one(db, _FORMER, member["id"], former))["suspended"]
    if suspended:
        await rows(db, _STATUS, member["id"], "SUSPENDED")
    return await _register(db, member["id"], stored, suspended=suspended)


async def _return(db: Db, person: Enrolment, stored: StoredRevision) -> Outcome:
    taken = await row(db, _TAKEN, person.mi_account_id, person.person_key)
    if taken is None or not taken["own"]:
        return refused("PERSON_ALREADY_ENROLLED", "personKey")
    held = await hold(db, taken["id"])
    if held.account.status != "CLOSED":
        return refused("ALREADY_ENROLLED")
    if held.account.market != stored.revision.market.code:
        return invalid("OTHER_MARKET", "market")
    if await value(db, _OTHER, taken["id"], person.person_key):
        return refused("PERSON_ALREADY_ENROLLED", "personKey")
    again = await one(
        db, _REOPEN, taken["id"], person.person_key, person.display_name, person.birth_date, person.accepted_terms
    )
    await rows(db, _STATUS, taken["id"], "SUSPENDED" if again["suspended"] else "ACTIVE")
    return await _register(db, taken["id"], stored, suspended=again["suspended"])


async def _register(db: Db, member_id: int, stored: StoredRevision, *, suspended: bool) -> Outcome:
    held = await hold(db, member_id)
    zone = held.account.time_zone
    recorded = await record(
        db,
        held,
        stored,
        ActivityFacts("REGISTRATION", local_date(held.at, zone), zone, suspended=suspended),
        ActivityDraft(source="mi.com", reference=None, occurred_at=held.at),
        cause=f"registration/{member_id}",
    )
    return Outcome(member_id=member_id, activity_id=recorded.activity_id)
