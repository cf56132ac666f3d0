"""What do staff change for everybody, and what does time? Deeds, as in `deeds.py`."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from importlib.resources import files

from app.campaigns.draft import Draft
from app.campaigns.launch import Launch, end_campaign, launch_campaign
from app.coupons.offers import OfferDraft, launch_offer, suspend_offer
from app.programmes.exclude import Products, exclude_products
from app.programmes.revise import load_revision
from app.requests.once import Call
from app.requests.outcome import Outcome
from app.rules.terms import Period
from app.worker import sweep
from tests.model.app_side import AppSide
from tests.model.oracle import staff
from tests.model.oracle.books import Books
from tests.model.oracle.numbers import SHORT_LIVED, UK_2025


@dataclass(frozen=True)
class LaunchCampaign:
    """From 00:00 of `start` to 00:00 of `end` on each market's wall clock; the other words are `Campaign`'s."""

    trigger: str
    markets: tuple[str, ...]
    start: date
    end: date
    code: str | None = None
    condition: str | None = None
    bonus: int | None = None
    multiplier: str | None = None
    per_unit: str | None = None
    limit: int | None = None
    period: str = "LIFETIME"
    posting_days: int | None = None
    budget: int | None = None

    def told(self, books: Books) -> object:
        names = "trigger code condition bonus multiplier per_unit limit period posting_days".split()
        told = {name: getattr(self, name) for name in names} | {"budget_left": self.budget}
        return staff.launch(books, self.markets, self.start, self.end, told)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        draft = Draft(
            self.trigger,
            self.markets,
            self.code,
            self.condition,
            self.bonus,
            Decimal(self.multiplier) if self.multiplier else None,
            Decimal(self.per_unit) if self.per_unit else None,
            self.limit,
            Period(self.period),
            self.budget,
        )
        window = datetime.combine(self.start, time()), datetime.combine(self.end, time())
        slug = f"campaign-{call.key}"
        return await launch_campaign(call, "ana", Launch(slug, (("en", "More"),), *window, draft, self.posting_days))


@dataclass(frozen=True)
class EndCampaign:
    campaign: int

    def told(self, books: Books) -> None:
        staff.end_campaign(books, books.campaigns[self.campaign])

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await end_campaign(call, "ana", await app.slug(self.campaign))


@dataclass(frozen=True)
class LaunchOffer:
    """A temporary offer, from 00:00 of `opens` to 00:00 of `closes`; points for cents."""

    market: str
    price: int
    value_minor: int
    valid_days: int
    opens: date | None
    closes: date | None
    stock: int | None = None
    limit: int | None = None

    def told(self, books: Books) -> object:
        told = {name: getattr(self, name) for name in ("price", "value_minor", "valid_days", "limit")}
        return staff.launch_offer(books, self.market, (self.opens, self.closes), told | {"stock_left": self.stock})

    async def done(self, app: AppSide, call: Call) -> Outcome:
        opens, closes = [datetime.combine(day, time()) if day else None for day in (self.opens, self.closes)]
        draft = OfferDraft(
            self.market,
            (("en", "Now"),),
            self.price,
            Decimal(self.value_minor) / 100,
            self.valid_days,
            opens_at=opens,
            closes_at=closes,
            stock=self.stock,
            limit_per_member=self.limit,
        )
        return await launch_offer(call, "ana", draft)


@dataclass(frozen=True)
class SuspendOffer:
    offer: int
    suspended: bool

    def told(self, books: Books) -> object:
        return staff.suspend_offer(books.offers[self.offer], self.suspended)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await suspend_offer(call, "ana", app.ids["offer", self.offer], self.suspended)


@dataclass(frozen=True)
class LoadRevision:
    """The British numbers of 2025 in GB, or the made-up short-lived ones in another market."""

    market: str

    def told(self, books: Books) -> None:
        staff.load(books, self.market, UK_2025 if self.market == "GB" else SHORT_LIVED)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await load_revision(call, "ana", british() if self.market == "GB" else short_lived(self.market))


@dataclass(frozen=True)
class Exclude:
    """`what`: a sku or a category."""

    market: str
    what: tuple[str, str]
    excluded: bool

    def told(self, books: Books) -> None:
        staff.exclude(books, self.market, self.what, self.excluded)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        kind, word = self.what
        skus, categories = ((word,), ()) if kind == "sku" else ((), (word,))
        return await exclude_products(call, "ana", Products(self.market, skus, categories, self.excluded))


@dataclass(frozen=True)
class Wait:
    """Time goes on, to the microsecond."""

    to: datetime

    def told(self, books: Books) -> None:
        books.now = self.to

    async def done(self, app: AppSide, call: Call) -> Outcome:
        await app.clock(self.to)
        return Outcome()


@dataclass(frozen=True)
class Sweep:
    """The worker writes down what the clock has changed, of whom it finds."""

    def told(self, books: Books) -> None:
        """Nothing: the books are always true to the clock."""

    async def done(self, app: AppSide, call: Call) -> Outcome:
        await sweep()
        return Outcome()


def british() -> str:
    return files("app.programmes").joinpath("uk-2025.toml").read_text(encoding="utf-8")


def short_lived(market: str) -> str:
    """The seed's document for one market, with the numbers of SHORT-LIVED and without its offers and examples."""
    text = files("app.programmes").joinpath("seed-2020.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[markets.ES]")
    markets = {each[:2]: each for each in ("ES]" + rest.partition("# How points")[0]).split("[markets.")}
    rules = rest.partition("# How points are earned")[2].partition("# Coupons in the catalogue")[0]
    told = {
        'name = "SEED-2020"': f'name = "{SHORT_LIVED.name}"',
        "minimum_to_possess = 1000": f"minimum_to_possess = {SHORT_LIVED.minimum_to_possess}",
        "maximum_share_bp = 10000": f"maximum_share_bp = {SHORT_LIVED.maximum_share_bp}",
        "expiry_months = 12": f"expiry_months = {SHORT_LIVED.expiry_months}",
        "posting_days = 16": f"posting_days = {SHORT_LIVED.posting_days}",
    }
    for was, becomes in told.items():
        assert was in head, was
        head = head.replace(was, becomes)
    return f"{head}[markets.{markets[market]}\n{rules}"
