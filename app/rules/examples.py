"""Do the worked examples of a document come out as it says?

An example names a market, what is `given` and what it must `expect`. One key of `given` tells what it tries: `kind` (an
activity on a local date), `taps` (Fuel, in the order in which they arrive), `posted_on`, `at` or `birth_date`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.rules.calendar import expiry, local_date, of_age
from app.rules.earning import ActivityFacts, Decision, OrderFacts, award, limits_of
from app.rules.reading import Problem, Table
from app.rules.streak import Tap, place_tap, running_day
from app.rules.terms import Kind, Revision

Figures = dict[str, Any]
MOST_TAPS = 400

WORDS: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    date: "a local date",
    datetime: "an instant",
    list: "a list of local dates",
}


@dataclass(frozen=True)
class Example:
    """A worked example: `says` in a sentence, for one market; `place` is where the document has it."""

    says: str
    market: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]
    place: str


@dataclass(frozen=True)
class Trial:
    """A sort of example: the keys of `given` with their types, those that `expect` may have, and how to work it out."""

    needs: Mapping[str, type]
    may_have: Mapping[str, type]
    expects: Collection[str]
    work_out: Callable[[Mapping[str, Any], Revision], Figures]


def read_examples(root: Table, markets: Collection[str]) -> tuple[Example, ...]:
    """The examples of a document; one that cannot be tried is noted as a problem."""
    return tuple(_example(table, markets) for table in root.elements("examples"))


def run_example(example: Example, revision: Revision) -> list[Problem]:
    """Every expected figure that the revision works out differently; empty when the example holds."""
    found = _trial_of(example.given).work_out(example.given, revision)
    return [
        Problem(example.place, f"{example.says}: {key} is {found.get(key)}, the example expects {expected}")
        for key, expected in example.expect.items()
        if not _agree(found.get(key), expected)
    ]


def _agree(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict) and isinstance(
        found, dict
    ):  # of an explanation, an example may name a few facts only
        return all(found.get(key) == value for key, value in expected.items())
    return bool(found == expected)


def _example(table: Table, markets: Collection[str]) -> Example:
    says, market = table.text("says"), table.text("market")
    if market and market not in markets:
        table.note("market", f"{market!r} is no market of this document")
    given, expect = table.inside("given"), table.inside("expect")
    table.nothing_else()
    if not any(given.has(tell) for tell in TRIALS):
        table.note("given", f"must have one of {', '.join(TRIALS)}")
        return Example(says, market, {}, {}, place="")
    trial = _trial_of(given.values())
    for key, kind in trial.needs.items():
        given.exactly(key, kind, WORDS[kind])
    for key, kind in trial.may_have.items():
        if given.has(key):
            given.exactly(key, kind, WORDS[kind])
    given.nothing_else()
    _judge_values(given)
    if not expect.names():
        table.note("expect", "must hold at least one figure")
    for key in expect.names():
        if key not in trial.expects:
            expect.note(key, f"is not worked out here; known are {', '.join(sorted(trial.expects))}")
    return Example(says, market, given.values(), expect.values(), place=table.place())


def _judge_values(given: Table) -> None:
    """Notes what the type of a value allows and its trial cannot take."""
    values = given.values()
    if "kind" in values and values["kind"] not in list(Kind):
        given.note("kind", f"must be one of {', '.join(Kind)}")
    if values.get("kind") == Kind.PURCHASE and "net_minor" not in values:
        given.note("net_minor", "is missing")
    for key, value in values.items():
        if type(value) is int and value < 0:
            given.note(key, "must not be negative")
        if isinstance(value, date) and not 1900 <= value.year <= 2199:
            given.note(key, "must lie between 1900 and 2199")
    if isinstance(values.get("taps"), list) and not _are_days(values["taps"]):
        given.note("taps", f"must be at most {MOST_TAPS} local dates, each once")
    if isinstance(values.get("at"), datetime) and values["at"].tzinfo is None:
        given.note("at", "must have an offset, such as Z")


def _are_days(taps: list[Any]) -> bool:
    return 0 < len(taps) <= MOST_TAPS and all(type(tap) is date for tap in taps) and len(set(taps)) == len(taps)


def _trial_of(given: Mapping[str, Any]) -> Trial:
    return next(trial for tell, trial in TRIALS.items() if tell in given)


def _try_activity(given: Mapping[str, Any], revision: Revision) -> Figures:
    order = None
    if "net_minor" in given:
        discounts = {key: given.get(key, 0) for key in ("coupon_minor", "points_minor", "excluded_minor")}
        order = OrderFacts(revision.market.currency, given["net_minor"], **discounts)
    facts = ActivityFacts(
        kind=given["kind"],
        local_date=given["on"],
        zone=revision.market.time_zone,
        code=given.get("code"),
        sku=given.get("sku"),
        order=order,
    )
    granted = {(limit.rule, limit.key): given.get("granted", 0) for limit in limits_of(facts, revision)}
    return _figures(award(facts, revision, granted))


def _figures(decision: Decision) -> Figures:
    figures: Figures = {"points": decision.points, "reason": decision.reason and decision.reason.code}
    if decision.awards:
        first = decision.awards[0]
        figures |= {
            "rule": first.rule,
            "posting_date": first.posting_date,
            "posts_at": first.posts_at,
            "last_usable_day": first.last_usable_day,
            "explanation": dict(first.explanation.facts),
        }
    return figures


def _try_taps(given: Mapping[str, Any], revision: Revision) -> Figures:
    streak = revision.streak_rule()
    taps: dict[date, Tap] = {}
    points = 0
    for on in given["taps"]:
        bonuses: tuple[date, ...] = ()
        if streak is not None and streak.every_days is not None:
            recount = place_tap(on, tuple(taps.values()), streak.every_days)
            taps |= {tap.local_date: tap for tap in (Tap(on, recount.day), *recount.moved)}
            bonuses = recount.bonuses
        facts = ActivityFacts("FUEL", on, revision.market.time_zone, streak_dates=bonuses)
        points += award(facts, revision, {}).points
    last = max(given["taps"])
    day = running_day(tuple(taps.values()), last, streak.every_days) if streak and streak.every_days else 0
    return {"points": points, "day": day}


def _try_expiry(given: Mapping[str, Any], revision: Revision) -> Figures:
    end = expiry(given["posted_on"], revision.expiry_months, revision.market.time_zone)
    return {"last_usable_day": end.last_usable_day, "expires_at": end.expires_at}


def _try_instant(given: Mapping[str, Any], revision: Revision) -> Figures:
    return {"local_date": local_date(given["at"], revision.market.time_zone)}


def _try_age(given: Mapping[str, Any], revision: Revision) -> Figures:
    return {"of_age": of_age(given["birth_date"], given["on"], revision.minimum_age)}


MINOR = {"net_minor": int, "coupon_minor": int, "points_minor": int, "excluded_minor": int}
OF_AN_AWARD = ("points", "reason", "rule", "posting_date", "posts_at", "last_usable_day", "explanation")

TRIALS: Mapping[str, Trial] = {
    "kind": Trial(
        {"kind": str, "on": date}, {"code": str, "sku": str, "granted": int, **MINOR}, OF_AN_AWARD, _try_activity
    ),
    "taps": Trial({"taps": list}, {}, ("points", "day"), _try_taps),
    "posted_on": Trial({"posted_on": date}, {}, ("last_usable_day", "expires_at"), _try_expiry),
    "at": Trial({"at": datetime}, {}, ("local_date",), _try_instant),
    "birth_date": Trial({"birth_date": date, "on": date}, {}, ("of_age",), _try_age),
}
