"""Does what was acknowledged exist exactly once, and nothing else? Pure checks of a log against the rows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta

from tests.histories.history import MADE, History, Operation
from tests.histories.ledger_rows import Rows

CLOCK_SLACK = timedelta(minutes=10)  # of an advance: what passes between its two looks at the real clock

# The lines that what an operation made must have: their kinds, and by which thing of theirs they are found.
LINES = {"redeemCoupon": "REDEEM", "reservePoints": "RESERVE", "capturePoints": "CAPTURE"}
ONE_BY_REFERENCE = {"PURCHASE", "REVIEW", "REGISTRATION"}  # the members' own words are in the others
EARNS = {"enrolMember", "recordAppLogin", "recordPurchase", "recordReview"}

Check = Callable[[History, Rows], Iterator[str]]


def never_answered(history: History, rows: Rows) -> Iterator[str]:
    """Every operation is answered in the end, however often it has to be sent."""
    for one in history.operations:
        if one.answer is None:
            yield f"{told(one)} has no answer after {len(one.tries)} tries: {one.tries[-1].why if one.tries else ''}"


def told_differently(history: History, rows: Rows) -> Iterator[str]:
    """The same key is answered the same each time."""
    for one in history.operations:
        if len(different := set(one.answers)) > 1:
            yield f"{told(one)} was answered differently: {', '.join(map(str, different))}"


def acknowledged_and_lost(history: History, rows: Rows) -> Iterator[str]:
    """What was answered is what is stored under the key, and what it made is there."""
    made = {
        "activity": {one.id for one in rows.activities},
        "coupon": {one.id for one in rows.coupons},
        "reservation": {one.id for one in rows.reservations},
    }
    returns = set(rows.returns)
    for one in history.operations:
        if (answer := one.answer) is None:
            continue
        if (stored := rows.requests.get(one.key)) is None:
            yield f"{told(one)} was answered, and nothing is stored under its key"
            continue
        thing = MADE[one.mutation]
        kept = getattr(stored, thing) if thing else None
        told_ = (one.mutation, answer.refusals, kept if answer.deferred or answer.refusals else answer.made)
        if (stored.mutation, stored.refusals, kept) != told_:
            yield f"{told(one)} was answered {answer}, stored is {stored}"
        if one.done and thing and not answer.deferred and answer.made not in made[thing]:
            yield f"{told(one)} was acknowledged, and its {thing} {answer.made} is not there"
        if one.done and one.mutation == "recordReturn" and one.natural not in returns:
            yield f"{told(one)} was acknowledged, and there is no such return"


def never_acknowledged(history: History, rows: Rows) -> Iterator[str]:
    """What exists was acknowledged: nothing of what was refused, and nothing that nobody asked for."""
    claimed: dict[str, set[int | None]] = defaultdict(set)
    for one in history.operations:
        if one.done and one.answer is not None:
            claimed[MADE[one.mutation]].add(one.answer.made)
    for thing, ids in (
        ("activity", [one.id for one in rows.activities]),
        ("coupon", [one.id for one in rows.coupons]),
        ("reservation", [one.id for one in rows.reservations]),
    ):
        for made in ids:
            if made not in claimed[thing]:
                yield f"{thing} {made} exists, and no operation that was acknowledged made it"
    returned = {one.natural for one in history.done("recordReturn")}
    yield from (f"return {one} exists, and was not acknowledged" for one in rows.returns if one not in returned)
    for one in history.operations:
        stored = rows.requests.get(one.key)
        if stored and stored.refusals and (stored.activity or stored.coupon or stored.reservation):
            yield f"{told(one)} is stored as refused and as done: {stored}"


def doubled(history: History, rows: Rows) -> Iterator[str]:
    """One effect for one key, one for what is by nature one, and none shared by what is not."""
    makers: dict[tuple[str, str, int | None], list[Operation]] = defaultdict(list)
    natural: dict[tuple[str, str], set[int | None]] = defaultdict(set)
    for one in history.operations:
        if one.done and one.answer is not None and (thing := MADE[one.mutation]) and not one.answer.deferred:
            makers[one.mutation, thing, one.answer.made].append(one)
            if one.natural is not None:
                natural[one.mutation, one.natural].add(one.answer.made)
    for (mutation, thing, made), ones in makers.items():
        if len(ones) > 1 and (len({one.natural for one in ones}) > 1 or ones[0].natural is None):
            yield f"{mutation}: {thing} {made} is what {len(ones)} keys were answered, which are not the same"
    for (mutation, name), things in natural.items():
        if len(things) > 1 and mutation != "tapFuel":  # once a day, as its rows say
            yield f"{mutation} of {name} was done {len(things)} times: {sorted(map(str, things))}"
    references = Counter(
        (one.kind, one.member_id, one.reference) for one in rows.activities if one.kind in ONE_BY_REFERENCE
    )
    yield from (f"{times} activities are {name}" for name, times in references.items() if times > 1)
    taps = Counter((one.member_id, one.local_date) for one in rows.activities if one.kind == "FUEL")
    yield from (f"{times} taps of member and day {name}" for name, times in taps.items() if times > 1)
    causes = Counter((one.cause, one.kind, one.source, one.target) for one in rows.entries if one.kind == "REDEEM")
    yield from (f"{times} debits have the cause {cause}" for cause, times in causes.items() if times > 1)


def moved_otherwise(history: History, rows: Rows) -> Iterator[str]:
    """The lines of what was acknowledged move exactly the points that they should, once."""
    lines: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    for line in rows.entries:
        made = line.coupon_id if line.kind == "REDEEM" else line.reservation_id
        lines[line.kind, made].append(line.points)
    earned = {one.id: one.earned for one in rows.activities}
    for one in history.operations:
        if not one.done or one.points is None or one.answer is None or one.answer.deferred:
            continue
        if one.mutation in LINES and lines[LINES[one.mutation], one.answer.made] != [one.points]:
            found = lines[LINES[one.mutation], one.answer.made]
            yield f"{told(one)} should have moved {one.points} points once, its lines moved {found}"
        made = one.answer.made or 0
        if one.mutation in EARNS and earned.get(made) != one.points:
            yield f"{told(one)} should have earned {one.points} points, it earned {earned.get(made)}"


def coupons_without_debits(history: History, rows: Rows) -> Iterator[str]:
    """Points spent by acknowledged redemptions are those of the debits; no code is given twice."""
    debits = Counter(line.coupon_id for line in rows.entries if line.kind == "REDEEM")
    for one in rows.coupons:
        if debits[one.id] != 1:
            yield f"coupon {one.id} has {debits[one.id]} debits"
    spent = sum(one.points or 0 for one in history.done("redeemCoupon"))
    debited = sum(line.points for line in rows.entries if line.kind == "REDEEM")
    if spent != debited:
        yield f"acknowledged redemptions spent {spent} points, debits took {debited}"
    codes: dict[str | None, set[str]] = defaultdict(set)
    for done in history.done("redeemCoupon"):
        if done.answer is not None:
            codes[done.answer.code].add(done.key)
    yield from (f"code {code} was given to the keys {keys}" for code, keys in codes.items() if len(keys) > 1)
    lookups = Counter(one.lookup for one in rows.coupons)
    yield from (f"{times} coupons have one code" for times in lookups.values() if times > 1)


def oversold(history: History, rows: Rows) -> Iterator[str]:
    """No offer sells more than its stock, none more to a member than its limit, no campaign gives more than it has."""
    sold = Counter(one.offer_id for one in rows.coupons)
    each = Counter((one.offer_id, one.member_id) for one in rows.coupons)
    for offer in rows.offers:
        if offer.stock is not None and (
            sold[offer.id] > offer.stock or offer.stock_left != offer.stock - sold[offer.id]
        ):
            yield f"offer {offer.id}: {sold[offer.id]} sold of {offer.stock}, {offer.stock_left} left"
        for (offer_id, member_id), had in each.items():
            if offer_id == offer.id and offer.limit is not None and had > offer.limit:
                yield f"offer {offer.id}: member {member_id} had {had}, the limit is {offer.limit}"
    for campaign in rows.campaigns:
        spent, left = campaign.awarded, campaign.budget_left
        if campaign.budget is not None and (spent > campaign.budget or left != campaign.budget - spent):
            yield f"campaign {campaign.id}: {spent} awarded of {campaign.budget}, {left} left"


def clock_moved_otherwise(history: History, rows: Rows) -> Iterator[str]:
    """Each acknowledged advance moved the programme's clock once."""
    wanted = sum((timedelta(hours=one.given["hours"]) for one in history.done("advanceClock")), timedelta())
    if abs(rows.shift - wanted) > CLOCK_SLACK:
        yield f"the clock was moved by {rows.shift}, acknowledged are {wanted}"


def told(one: Operation) -> str:
    return f"{one.mutation} {one.key} of {one.client}"


EFFECTS: tuple[Check, ...] = (
    never_answered,
    told_differently,
    acknowledged_and_lost,
    never_acknowledged,
    doubled,
    moved_otherwise,
    coupons_without_debits,
    oversold,
    clock_moved_otherwise,
)
