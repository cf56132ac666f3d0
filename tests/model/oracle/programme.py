"""What does the programme answer, and what do members own afterwards, by PROGRAMME.md alone?

One object, one `now`. Each method is a deed; it settles whom it concerns to the clock first, and answers as the
programme has to.
"""

from datetime import date, datetime, timedelta

from tests.model.oracle.books import EXPIRY_MONTHS, Books, Hold, Lot
from tests.model.oracle.days import ONE_DAY, end_of, local_day, months_later, start_of
from tests.model.oracle.words import (
    FUEL,
    LATE_TAP,
    POSTING_DAYS,
    REVIEW,
    SEED_2020,
    SHARES_A_MONTH,
    STREAK,
    STREAK_DAYS,
    UK_2025,
    ZONES,
    Activity,
    Adjustment,
    Answer,
    Campaign,
    Coupon,
    Member,
    Numbers,
    Offer,
    Order,
    Review,
    Tap,
)

AT_ONCE, PENDING, ON_APPROVAL = "AT_ONCE", "PENDING", "ON_APPROVAL"


class Programme:
    """The programme's state, and what members do."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.members: dict[str, Member] = {}
        self.activities: dict[str, Activity] = {}
        self.orders: dict[str, Order] = {}
        self.reviews: dict[str, Review] = {}
        self.share_names: dict[tuple[str, str], Activity] = {}
        self.share_gone: set[tuple[str, str]] = set()
        self.offers: dict[int, Offer] = {}
        self.coupons: dict[int, Coupon] = {}
        self.holds: dict[int, tuple[Member, Hold]] = {}
        self.campaigns: list[Campaign] = []
        self.adjustments: dict[str, Adjustment] = {}
        self.excluded: dict[str, set[str]] = {market: set() for market in ZONES}
        self.uk_loaded_at: datetime | None = None
        self._lots = 0

    # What all deeds share.

    def settle(self) -> None:
        """Everybody as the clock has them."""
        for member in self.members.values():
            member.books.settle(self.now)

    def numbers(self, market: str, at: datetime) -> Numbers:
        """The revision in force at an instant: from the later of its valid_from and its loading (PROGRAMME 10)."""
        loaded = self.uk_loaded_at
        return UK_2025 if market == "GB" and loaded is not None and at >= loaded else SEED_2020

    def held(self, name: str) -> Member | None:
        """A member, settled."""
        member = self.members.get(name)
        if member is not None:
            member.books.settle(self.now)
        return member

    def barred(self, member: Member | None) -> tuple[str, ...]:
        """Why somebody may not begin anything."""
        if member is None:
            return ("NOT_ENROLLED",)
        return {"ACTIVE": (), "SUSPENDED": ("ACCOUNT_SUSPENDED",), "CLOSED": ("ACCOUNT_CLOSED",)}[member.status]

    def activity(self, key: str, member: Member, kind: str, when: datetime) -> Activity:
        known = self.activities[key] = Activity(key, member, kind, local_day(when, member.zone))
        return known

    def award(self, activity: Activity, rule: str, points: int, posts: str) -> Lot:
        """One lot (PROGRAMME 3, posting; 6, expiry)."""
        member, day = activity.member, activity.day
        posting = day if posts == AT_ONCE else day + POSTING_DAYS * ONE_DAY
        last_day = months_later(posting, EXPIRY_MONTHS)
        self._lots += 1
        lot = Lot(
            number=self._lots,
            award=(activity.key, rule),
            amount=points,
            posting_date=posting,
            posts_at=self.now if posts == AT_ONCE else end_of(posting, member.zone),
            last_day=last_day,
            expires_at=end_of(last_day, member.zone),
            early=posts != AT_ONCE,
            remaining=points,
        )
        member.books.lots.append(lot)
        member.books.last_at = self.now
        activity.lots.append(lot)
        if posts == AT_ONCE:
            member.books.post(lot, self.now)
        return lot

    def own_award(self, activity: Activity, rule: str, points: int, posts: str = AT_ONCE) -> None:
        """What an activity earns by the programme's own rules."""
        activity.base += points
        self.award(activity, rule, points, posts)

    def once(self, member: Member, limit: int, *key: object) -> bool:
        """Whether a grant is left under a limit, which is then used."""
        if member.granted[key] >= limit:
            return False
        member.granted[key] += 1
        return True

    def reward(
        self, activity: Activity, when: datetime, posts: str = AT_ONCE, *, net_minor: int = 0, items: int | None = None
    ) -> None:
        """What campaigns add, in the order of their launch (PROGRAMME 9). `items`: of an order, those that earn."""
        member = activity.member
        if member.status == "SUSPENDED" or items == 0:
            return
        for campaign in self.campaigns:
            fits = campaign.trigger == activity.kind and campaign.market == member.market
            if not fits or not campaign.starts_at <= when < campaign.ends_at:
                continue
            if campaign.least_items is not None and (items or 0) < campaign.least_items:
                continue
            points = campaign.worth(activity.base, net_minor)
            if points <= 0 or (campaign.limit is not None and member.granted[campaign.slug,] >= campaign.limit):
                continue
            if campaign.budget_left is not None:
                if campaign.budget_left < points:
                    continue
                campaign.budget_left -= points
            member.granted[campaign.slug,] += 1
            self.award(activity, campaign.slug, points, posts)

    # Membership (PROGRAMME 2).

    def enrol(self, name: str, market: str, born: date) -> Answer:
        today = local_day(self.now, ZONES[market])
        adult = date(born.year + 18, 3, 1) if (born.month, born.day) == (2, 29) else born.replace(year=born.year + 18)
        if (born.month, born.day) == (2, 29) and (born.year + 18) % 4 == 0:
            adult = born.replace(year=born.year + 18)
        if today < adult:
            return Answer(("UNDER_AGE",))
        member = self.held(name)
        if member is None:
            member = self.members[name] = Member(name, market, ZONES[market], Books(self.now))
        elif member.status != "CLOSED":
            return Answer(("ALREADY_ENROLLED",))
        elif member.market != market:
            return Answer(("INVALID_INPUT",))
        member.status = "SUSPENDED" if member.suspended else "ACTIVE"
        activity = self.activity(f"registration/{name}/{len(self.activities)}", member, "REGISTRATION", self.now)
        if not member.suspended and self.once(member, 1, "REGISTRATION"):
            self.own_award(activity, "REGISTRATION", self.numbers(market, self.now).registration)
        return Answer(activity=activity.key)

    def suspend(self, name: str, suspended: bool) -> Answer:
        member = self.held(name)
        if member is None:
            return Answer(("NOT_FOUND",))
        member.suspended = suspended
        if member.status != "CLOSED":
            member.status = "SUSPENDED" if suspended else "ACTIVE"
        return Answer()

    def close(self, name: str, points: int) -> Answer:
        member = self.held(name)
        if member is None or member.status == "CLOSED":
            return Answer(("NOT_ENROLLED",) if member is None else ("ACCOUNT_CLOSED",))
        books = member.books
        if points != books.available + books.reserved + books.pending:
            return Answer(("FORFEIT_MISMATCH",))
        books.forfeit(self.now)
        for coupon in member.coupons:
            if coupon.standing(self.now) in ("ISSUED", "RESERVED"):
                coupon.status, coupon.order, coupon.until = "CANCELLED", None, None
        member.status = "CLOSED"
        return Answer()

    def move(self, name: str, zone: str) -> Answer:
        member = self.held(name)
        if member is None:
            return Answer(("NOT_FOUND",))
        member.zone = zone
        return Answer()

    # Activities (PROGRAMME 3).

    def log_in(self, name: str, key: str) -> Answer:
        member = self.held(name)
        if member is None or self.barred(member):
            return Answer(self.barred(member))
        activity = self.activity(key, member, "APP_LOGIN", self.now)
        if self.once(member, 1, "APP_LOGIN"):
            self.own_award(activity, "APP_LOGIN", self.numbers(member.market, self.now).login)
        self.reward(activity, self.now)
        return Answer(activity=key)

    def browse(self, name: str, reference: str, when: datetime) -> Answer:
        key = f"browse/{reference}"
        if key in self.activities:
            own = self.activities[key].member.name == name
            return Answer(activity=key) if own else Answer(("INVALID_INPUT",))
        member = self.held(name)
        if member is None or member.status == "CLOSED":
            return Answer(self.barred(member))
        points = self.numbers(member.market, when).browsing
        if points is None:
            return Answer(("UNKNOWN_ACTIVITY",))
        activity = self.activity(key, member, "CUSTOM", when)
        if member.status == "ACTIVE":
            self.own_award(activity, "BROWSING", points)
        return Answer(activity=key)

    def tap(self, name: str, when: datetime | None) -> Answer:
        member = self.held(name)
        if member is None or self.barred(member):
            return Answer(self.barred(member))
        when = when or self.now
        if self.now - when > LATE_TAP:
            return Answer(("TAP_TOO_OLD",))
        day = local_day(when, member.zone)
        for date_of, tap in member.taps.items():
            if date_of == day or tap.starts_at <= when < tap.ends_at:
                return Answer(activity=tap.activity.key)
        activity = self.activity(f"tap/{name}/{day}", member, "FUEL", when)
        member.taps[day] = Tap(0, start_of(day, member.zone), end_of(day, member.zone), activity)
        self.own_award(activity, "FUEL", FUEL)
        self._count_streak(member, day)
        self.reward(activity, when)
        return Answer(activity=activity.key)

    def _count_streak(self, member: Member, new: date) -> None:
        """In date order from the new tap on; days that made a bonus stay as they are (PROGRAMME 3, Fuel)."""
        before = member.taps.get(new - ONE_DAY)
        count, day = before.day if before else 0, new
        bonus_days = [at for at, tap in member.taps.items() if tap.day == STREAK_DAYS and at > new]
        settled = min(bonus_days, default=None)
        while (tap := member.taps.get(day)) is not None:
            if settled is not None and day > settled - STREAK_DAYS * ONE_DAY:
                if all(settled - back * ONE_DAY in member.taps for back in range((settled - new).days)):
                    break
            count = count % STREAK_DAYS + 1
            if tap.day == count:
                break
            tap.day = count
            if count == STREAK_DAYS:
                self.own_award(tap.activity, "FUEL_STREAK", STREAK)
            day += ONE_DAY

    def share(self, name: str, sku: str, network: str, share_id: str | None) -> Answer:
        member = self.held(name)
        if member is None or self.barred(member):
            return Answer(self.barred(member))
        if share_id is not None and (name, share_id) in self.share_names:
            return Answer(activity=self.share_names[name, share_id].key)
        day = local_day(self.now, member.zone)
        activity = member.shares.get((sku, network, day))
        if activity is None:
            activity = self.activity(f"share/{name}/{sku}/{network}/{day}", member, "SHARE", self.now)
            member.shares[sku, network, day] = activity
            if sku not in self.excluded[member.market]:
                if self.once(member, SHARES_A_MONTH, "SHARE", day.year, day.month):
                    self.own_award(activity, "SHARE", self.numbers(member.market, self.now).share)
                self.reward(activity, self.now)
        if share_id is not None:
            self.share_names[name, share_id] = activity
            if (name, share_id) in self.share_gone:
                self._withdraw(activity)
        return Answer(activity=activity.key)

    def delete_share(self, name: str, share_id: str) -> Answer:
        if self.held(name) is None:
            return Answer(("NOT_ENROLLED",))
        activity = self.share_names.get((name, share_id))
        if activity is None:
            self.share_gone.add((name, share_id))
            return Answer(deferred=True)
        self._withdraw(activity)
        return Answer(activity=activity.key)

    def review(self, name: str, key: str, sku: str) -> Answer:
        review = self.reviews.setdefault(key, Review(key))
        if review.activity is not None:
            own = review.activity.member.name == name
            return Answer(activity=review.activity.key) if own else Answer(("INVALID_INPUT",))
        member = self.held(name)
        if member is None or self.barred(member):
            return Answer(self.barred(member))
        activity = review.activity = self.activity(f"review/{key}", member, "REVIEW", self.now)
        review.state = "SUBMITTED"
        if sku not in self.excluded[member.market]:
            if self.once(member, 1, "REVIEW", sku):
                self.own_award(activity, "REVIEW", REVIEW, ON_APPROVAL)
            self.reward(activity, self.now, ON_APPROVAL)
        for when, _, event in sorted(review.early):
            self._decide(review, event, when)
        return Answer(activity=activity.key)

    def decide(self, key: str, event: str, when: datetime) -> Answer:
        review = self.reviews.setdefault(key, Review(key))
        if review.activity is None:
            review.early.append((when, len(review.early), event))
            return Answer(deferred=True)
        review.activity.member.books.settle(self.now)
        return self._decide(review, event, when)

    def _decide(self, review: Review, event: str, when: datetime) -> Answer:
        activity = review.activity
        assert activity is not None
        answer = Answer(activity=activity.key)
        state = {"approve": "APPROVED", "reject": "REJECTED", "delete": "DELETED"}[event]
        if review.state == state:
            return answer
        if review.state not in (("SUBMITTED", "APPROVED") if event == "delete" else ("SUBMITTED",)):
            return answer if event == "delete" else Answer(("ALREADY_DECIDED",))
        review.state = state
        if event == "approve":
            self.confirm(activity, when)
        else:
            self._withdraw(activity)
        return answer

    def confirm(self, activity: Activity, when: datetime) -> None:
        """A confirmation posts early, on the later local date of the two; after the deadline it is too late."""
        member = activity.member
        day = max(activity.day, local_day(when, member.zone))
        early = [lot for lot in activity.lots if lot.early and lot.posts_at > when]
        member.books.confirm(early, day, member.zone, self.now)

    def _withdraw(self, activity: Activity) -> None:
        if activity.member.status == "CLOSED":
            return
        for lot in sorted(activity.lots, key=lambda each: (not each.pending, each.number)):
            activity.member.books.claw_back(lot, lot.amount, self.now)

    def reinstate(self, key: str) -> Answer:
        activity = self.activities[key]
        member = self.held(activity.member.name)
        assert member is not None
        if activity.kind not in ("REVIEW", "SHARE"):
            return Answer(("INVALID_INPUT",))
        if member.status == "CLOSED":
            return Answer(("ACCOUNT_CLOSED",))
        member.books.reinstate([lot for lot in activity.lots if lot.taken_back], self.now)
        for review in self.reviews.values():
            if review.activity is activity and review.state in ("REJECTED", "DELETED"):
                review.state = "SUBMITTED"
        member.books.settle(self.now)
        return Answer(activity=key)

    # Staff (PROGRAMME 11).

    def adjust(self, name: str, points: int, key: str, actor: str, limit: int) -> Answer:
        member = self.held(name)
        if member is None or member.status == "CLOSED":
            return Answer(("NOT_FOUND",) if member is None else ("ACCOUNT_CLOSED",))
        self.activity(key, member, "ADJUSTMENT", self.now)
        asked = self.adjustments[key] = Adjustment(member, points, actor)
        if abs(points) > limit:
            return Answer(activity=key, deferred=True)
        self._adjust(key, asked)
        return Answer(activity=key)

    def approve(self, key: str, actor: str) -> Answer:
        asked = self.adjustments[key]
        if asked.applied:
            return Answer(activity=key)
        if asked.asked_by == actor:
            return Answer(("NEEDS_APPROVAL",))
        asked.member.books.settle(self.now)
        if asked.member.status == "CLOSED":
            return Answer(("ACCOUNT_CLOSED",))
        self._adjust(key, asked)
        return Answer(activity=key)

    def _adjust(self, key: str, asked: Adjustment) -> None:
        asked.applied = True
        books = asked.member.books
        if asked.points > 0:
            activity = self.activities[key]
            activity.day = local_day(self.now, asked.member.zone)
            self.award(activity, "ADJUSTMENT", asked.points, AT_ONCE)
            return
        taken = min(-asked.points, books.available)
        books.spend(taken, self.now)
        books.debt += -asked.points - taken

    def launch(self, campaign: Campaign) -> Answer:
        self.campaigns.append(campaign)
        return Answer()

    def end(self, slug: str) -> Answer:
        for campaign in self.campaigns:
            if campaign.slug == slug:
                campaign.ends_at = min(campaign.ends_at, self.now)
        return Answer()


def wall(day: date, zone: str, hours: int) -> datetime:
    """So many hours after the beginning of a local day."""
    return start_of(day, zone) + timedelta(hours=hours)
