"""What could happen next? For each kind of deed one that makes sense in these books, or nearly."""

from collections.abc import Mapping
from datetime import date, timedelta

from tests.model import deeds as d
from tests.model import shop_proposals as shop
from tests.model import staff_deeds as s
from tests.model import steering
from tests.model.choosing import Choose
from tests.model.instants import an_instant_before, next_instant
from tests.model.oracle.books import Activity, Books
from tests.model.oracle.days import local_day
from tests.model.oracle.earning import CONDITIONS
from tests.model.oracle.members import ADJUSTMENT_LIMIT
from tests.model.oracle.numbers import ZONES
from tests.model.shop_proposals import SKUS, Kind, who

PEOPLE = {"ana": "ES", "ben": "GB", "cleo": "ES"}
LEFT_OUT = [("category", "PHONE")] * 3 + [("category", "OTHER")]
FAR = ["Pacific/Auckland", "America/Los_Angeles", "Africa/Cairo", "Atlantic/Canary", "Europe/Madrid", "Europe/London"]


def enrol(books: Books, choose: Choose) -> d.Deed:
    name = choose.one(list(PEOPLE))
    if choose.chance(90):
        name = next((each for each in PEOPLE if each not in books.members), name)
    market = PEOPLE[name] if choose.chance(95) else choose.one(["FR", "PT"])
    born = choose.one([date(1990, 5, 17)] * 6 + [_eighteen_years_before(books, choose)])
    return d.Enrol(name, market, born, choose.one([None, None, f"person {name}", "person ana"]))


def _eighteen_years_before(books: Books, choose: Choose) -> date:
    today = local_day(books.now, "Europe/Madrid") + choose.number(-1, 1) * timedelta(days=1)
    return date(today.year - 18, today.month, min(today.day, 28))


def come_back(books: Books, choose: Choose) -> d.Deed:
    gone = [one for one in books.people if one.status == "CLOSED" and books.members.get(one.name) in (None, one)]
    member = choose.one(gone)
    return d.Enrol(member.name, member.market, member.born, choose.one([None, "person ana", f"person {member.name}"]))


def log_in(books: Books, choose: Choose) -> d.Deed:
    return d.LogIn(who(books, choose))


def tap(books: Books, choose: Choose) -> d.Deed:
    yesterday = books.now - timedelta(days=1)
    return d.TapFuel(who(books, choose), yesterday if choose.chance(25) else an_instant_before(books, choose, 49))


def tap_days(books: Books, choose: Choose) -> d.Deed:
    """Most of a week, so that a tap, perhaps a late one, may complete it."""
    active = [one.name for one in books.members.values() if one.status == "ACTIVE"]
    after = choose.one(
        [(1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 7), (1, 2, 3, 4, 5, 7), (1, 2, 3, 4, 6, 7), (1, 2, 3, 4, 5, 6, 7, 8)]
    )
    return d.TapDays(choose.one(active), after)


def a_day_later(books: Books, choose: Choose) -> d.Deed:
    """Time goes on by a day, so that streaks grow."""
    return s.Wait(books.now + timedelta(days=1))


def share(books: Books, choose: Choose) -> d.Deed:
    share_id = choose.one([None, f"s{choose.number(1, 6)}"])
    return d.Share(who(books, choose), choose.one(SKUS), choose.one(["weibo", "mastodon"]), share_id)


def delete_share(books: Books, choose: Choose) -> d.Deed:
    known = [(one.name, key) for one in books.members.values() for key in one.shares if isinstance(key, str)]
    if known and choose.chance(65):
        return d.DeleteShare(*choose.one(known))
    return d.DeleteShare(who(books, choose), f"s{choose.number(1, 6)}")


def write_review(books: Books, choose: Choose) -> d.Deed:
    name = who(books, choose)
    at = an_instant_before(books, choose, 24 * 40)
    return d.WriteReview(name, f"v-{name}-{choose.number(1, 4)}", choose.one(SKUS), at)


def decide_review(books: Books, choose: Choose) -> d.Deed:
    known = [key for key, one in books.reviews.items() if one.activity is not None]
    review_id = f"v-{who(books, choose)}-{choose.number(1, 4)}"
    if known and choose.chance(80):
        review_id = choose.one(known)
    event = choose.one(["approve", "approve", "reject", "delete"])
    return d.DecideReview(review_id, event, an_instant_before(books, choose, 24 * 20))


def reinstate(books: Books, choose: Choose) -> d.Deed:
    taken = [one for one in books.activities if one.takings]
    activity = choose.one(taken if taken and choose.chance(90) else _posts(books))
    return d.Reinstate(activity.member.number, activity.number)


def custom(books: Books, choose: Choose) -> d.Deed:
    """Where it is known by then, mostly: browsing to the British, a quiz while a campaign runs."""
    name, code = choose.one(_codes(books)) if choose.chance(90) else (who(books, choose), "QUIZ")
    return d.DoCustom(name, code, f"{name}-{choose.number(1, 9)}", an_instant_before(books, choose, 24 * 40))


def credit(books: Books, choose: Choose) -> d.Deed:
    return d.Adjust(who(books, choose), choose.one([5, 60, 300, ADJUSTMENT_LIMIT, ADJUSTMENT_LIMIT + 1, 1500]))


def debit(books: Books, choose: Choose) -> d.Deed:
    name = who(books, choose)
    there = books.members[name].available if name in books.members else 7
    return d.Adjust(name, -max(1, choose.one([there, there + 40, there + 1, 30, ADJUSTMENT_LIMIT + 1])))


def approve(books: Books, choose: Choose) -> d.Deed:
    open_ = [one for one in books.adjustments if not one.applied] or books.adjustments[-1:]
    return d.Approve(choose.one(open_).number, choose.one(["ben", "ben", "ana"]))


def suspend(books: Books, choose: Choose) -> d.Deed:
    suspended = [one.name for one in books.members.values() if one.suspended]
    if suspended and choose.chance(75):
        return d.Suspend(choose.one(suspended), False)
    return d.Suspend(who(books, choose), choose.chance(60))


def close(books: Books, choose: Choose) -> d.Deed:
    name = choose.one(list(books.members))
    member = books.members[name]
    lost = member.available + member.reserved + member.pending
    return d.Close(name, lost + (1 if choose.chance(15) else 0))


def erase(books: Books, choose: Choose) -> d.Deed:
    return d.Erase(who(books, choose))


def move_zone(books: Books, choose: Choose) -> d.Deed:
    return d.MoveZone(who(books, choose), choose.one(FAR))


def launch(books: Books, choose: Choose) -> d.Deed:
    trigger = choose.one(["PURCHASE"] * 4 + ["SHARE", "REVIEW", "FUEL", "CUSTOM", "CUSTOM", "CUSTOM", "APP_LOGIN"])
    today = local_day(books.now, "Europe/Madrid")
    start = today - choose.number(-2, 10) * timedelta(days=1)
    effects: list[dict[str, int | str]] = [
        {"bonus": choose.number(1, 120)},
        {"multiplier": choose.one(["2", "1.5", "3.25"])},
    ]
    if trigger == "PURCHASE":
        effects.append({"per_unit": choose.one(["0.5", "2", "0.3333"])})
    effect = choose.one(effects)
    fitting = [one for one in CONDITIONS if trigger == "PURCHASE" or "order." not in one]
    return s.LaunchCampaign(
        trigger,
        choose.one([("ES",), ("ES", "GB"), ("GB",)]),
        start,
        max(start, today) + choose.number(1, 40) * timedelta(days=1),
        "QUIZ" if trigger == "CUSTOM" else None,
        choose.one([None, None, *fitting]),
        limit=choose.one([None, None, 1, 2]),
        period=choose.one(["LIFETIME", "MONTH", "DAY"]),
        posting_days=choose.one([None, None, 0, 2]),
        budget=choose.one([None, None, 100, 400]),
        **effect,  # type: ignore[arg-type]
    )


def launch_offer(books: Books, choose: Choose) -> d.Deed:
    """One that is open for a few days, from about now on."""
    market = choose.one(["ES", "ES", "GB"])
    today = local_day(books.now, ZONES[market])
    opens = choose.one([None, today, today, today + timedelta(days=1)])
    closes = choose.one([None, *[(opens or today) + timedelta(days=days) for days in (1, 1, 2, 9)]])
    stock, limit = choose.one([None, 1, 5]), choose.one([None, None, 1])
    return s.LaunchOffer(market, choose.one([30, 120, 400]), 700, choose.one([1, 3, 90]), opens, closes, stock, limit)


def suspend_offer(books: Books, choose: Choose) -> d.Deed:
    suspended = [one for one in books.offers if one.suspended]
    if suspended and choose.chance(70):
        return s.SuspendOffer(choose.one(suspended).number, False)
    return s.SuspendOffer(choose.one(books.offers).number, choose.chance(80))


def end_campaign(books: Books, choose: Choose) -> d.Deed:
    return s.EndCampaign(choose.one(books.campaigns).number)


def load_revision(books: Books, choose: Choose) -> d.Deed:
    return s.LoadRevision(choose.one(["GB", "ES"]))


def exclude(books: Books, choose: Choose) -> d.Deed:
    market = choose.one(["ES", "GB"])
    out = [left_out for place, left_out, _, until in books.exclusions if place == market and until is None]
    if out and choose.chance(50):
        return s.Exclude(market, choose.one(out), False)
    return s.Exclude(market, choose.one([*[("sku", sku) for sku in SKUS], *LEFT_OUT]), choose.chance(90))


def wait(books: Books, choose: Choose) -> d.Deed:
    return s.Wait(next_instant(books, choose))


def sweep(books: Books, choose: Choose) -> d.Deed:
    return s.Sweep()


def _codes(books: Books) -> list[tuple[str, str]]:
    """Who may do what by its code now."""
    return [
        (one.name, code)
        for one in books.members.values()
        for code in ("BROWSE", "QUIZ")
        if books.numbers(one.market, books.now).rules_for("CUSTOM", code)
        or any(each.runs(one.market, "CUSTOM", code, books.now) for each in books.campaigns)
    ]


def _posts(books: Books) -> list[Activity]:
    return [one for one in books.activities if one.kind in ("REVIEW", "SHARE")]


def _somebody_left(books: Books) -> bool:
    return any(one.status == "CLOSED" and books.members.get(one.name) in (None, one) for one in books.people)


KINDS: Mapping[str, Kind] = {
    "enrol": Kind(2, enrol),
    "come back": Kind(12, come_back, _somebody_left),
    "log in": Kind(2, log_in),
    "tap": Kind(7, tap),
    "tap days": Kind(3, tap_days, lambda books: any(one.status == "ACTIVE" for one in books.members.values())),
    "a day later": Kind(3, a_day_later),
    "share": Kind(4, share),
    "delete share": Kind(3, delete_share),
    "write review": Kind(5, write_review),
    "decide review": Kind(6, decide_review),
    "reinstate": Kind(5, reinstate, lambda books: bool(_posts(books))),
    "custom": Kind(12, custom, lambda books: bool(_codes(books))),
    "credit": Kind(5, credit),
    "debit": Kind(4, debit),
    "approve": Kind(3, approve, lambda books: bool(books.adjustments)),
    "suspend": Kind(2, suspend),
    "close": Kind(2, close, lambda books: bool(books.members)),
    "erase": Kind(2, erase),
    "move zone": Kind(2, move_zone),
    "launch campaign": Kind(5, launch),
    "launch offer": Kind(3, launch_offer),
    "suspend offer": Kind(2, suspend_offer),
    "end campaign": Kind(1, end_campaign, lambda books: bool(books.campaigns)),
    "load revision": Kind(2, load_revision),
    "exclude": Kind(2, exclude),
    "wait": Kind(17, wait),
    "sweep": Kind(3, sweep),
    **shop.KINDS,
    **steering.KINDS,
}
