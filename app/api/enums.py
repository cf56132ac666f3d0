"""Which words does the public schema know?"""

from enum import Enum
from typing import cast

import strawberry


def value(name: str, *, description: str) -> str:
    """An enum's value with its description; to Python it is the name."""
    return cast(str, strawberry.enum_value(name, description=description))


@strawberry.enum(description="A country (ISO 3166); which of them are served, `markets` tells.")
class MarketCode(Enum):
    AT = value("AT", description="Austria")
    BE = value("BE", description="Belgium")
    BG = value("BG", description="Bulgaria")
    CH = value("CH", description="Switzerland")
    CY = value("CY", description="Cyprus")
    CZ = value("CZ", description="Czechia")
    DE = value("DE", description="Germany")
    DK = value("DK", description="Denmark")
    EE = value("EE", description="Estonia")
    ES = value("ES", description="Spain")
    FI = value("FI", description="Finland")
    FR = value("FR", description="France")
    GB = value("GB", description="United Kingdom")
    GR = value("GR", description="Greece")
    HR = value("HR", description="Croatia")
    HU = value("HU", description="Hungary")
    IE = value("IE", description="Ireland")
    IS = value("IS", description="Iceland")
    IT = value("IT", description="Italy")
    LI = value("LI", description="Liechtenstein")
    LT = value("LT", description="Lithuania")
    LU = value("LU", description="Luxembourg")
    LV = value("LV", description="Latvia")
    MT = value("MT", description="Malta")
    NL = value("NL", description="Netherlands")
    NO = value("NO", description="Norway")
    PL = value("PL", description="Poland")
    PT = value("PT", description="Portugal")
    RO = value("RO", description="Romania")
    SE = value("SE", description="Sweden")
    SI = value("SI", description="Slovenia")
    SK = value("SK", description="Slovakia")


@strawberry.enum(description="A currency (ISO 4217).")
class CurrencyCode(Enum):
    BGN = value("BGN", description="Bulgarian lev")
    CHF = value("CHF", description="Swiss franc")
    CZK = value("CZK", description="Czech koruna")
    DKK = value("DKK", description="Danish krone")
    EUR = value("EUR", description="Euro")
    GBP = value("GBP", description="Pound sterling")
    HUF = value("HUF", description="Hungarian forint")
    ISK = value("ISK", description="Icelandic króna")
    NOK = value("NOK", description="Norwegian krone")
    PLN = value("PLN", description="Polish złoty")
    RON = value("RON", description="Romanian leu")
    SEK = value("SEK", description="Swedish krona")


@strawberry.enum(description="How a member stands.")
class MemberStatus(Enum):
    ACTIVE = value("ACTIVE", description="Earns and spends.")
    SUSPENDED = value("SUSPENDED", description="Earns nothing and spends nothing; the history stays readable.")
    CLOSED = value("CLOSED", description="Has left; the points are forfeited.")


@strawberry.enum(description="What a member did.")
class ActivityKind(Enum):
    REGISTRATION = value("REGISTRATION", description="Enrolled in the programme.")
    APP_LOGIN = value("APP_LOGIN", description="Logged in to the Mi Store app.")
    PURCHASE = value("PURCHASE", description="Ordered on mi.com.")
    SHARE = value("SHARE", description="Shared a product on an own social profile.")
    REVIEW = value("REVIEW", description="Wrote a product review.")
    FUEL = value("FUEL", description="Tapped a Fuel button.")
    CUSTOM = value("CUSTOM", description="Something else, named by its code.")
    ADJUSTMENT = value("ADJUSTMENT", description="Nothing: staff adjusted the points.")


@strawberry.enum(description="How an award, or an activity with its awards, stands.")
class AwardStatus(Enum):
    PENDING = value("PENDING", description="Earned, not yet in the account.")
    POSTED = value("POSTED", description="In the account, or spent from it.")
    WITHDRAWN = value("WITHDRAWN", description="Taken back whole.")
    EXPIRED = value("EXPIRED", description="What was left of it has expired.")
    NONE = value("NONE", description="Recorded, earned nothing.")


@strawberry.enum(description="What a statement line says.")
class EntryKind(Enum):
    EARN = value("EARN", description="Points were earned, pending or at once.")
    POST = value("POST", description="Pending points came into the account.")
    CLAWBACK = value("CLAWBACK", description="Points were taken back.")
    DEBT = value("DEBT", description="Points to take back were not there: they are owed.")
    DEBT_REPAID = value("DEBT_REPAID", description="New points repaid what was owed.")
    REDEEM = value("REDEEM", description="Points were spent on a coupon.")
    RESTORE = value("RESTORE", description="Spent points came back.")
    RESERVE = value("RESERVE", description="Points are held for a checkout.")
    RELEASE = value("RELEASE", description="Held points are free again.")
    CAPTURE = value("CAPTURE", description="Held points were spent.")
    EXPIRE = value("EXPIRE", description="Points reached their end.")
    ADJUST = value("ADJUST", description="Staff adjusted the points.")
    FORFEIT = value("FORFEIT", description="Points were given up with the account.")


@strawberry.enum(description="How a coupon stands.")
class CouponStatus(Enum):
    ISSUED = value("ISSUED", description="Can be used.")
    RESERVED = value("RESERVED", description="Held by a checkout.")
    USED = value("USED", description="Used for an order.")
    EXPIRED = value("EXPIRED", description="Its last day has passed.")
    CANCELLED = value("CANCELLED", description="Taken back by staff.")


@strawberry.enum(description="What became of a request.")
class OperationState(Enum):
    DONE = value("DONE", description="It has its answer.")
    PARKED = value("PARKED", description="Stored; it waits for its cause.")


@strawberry.enum(description="Over what a limit counts its grants, in local days and months of the member.")
class LimitPeriod(Enum):
    LIFETIME = value("LIFETIME", description="Once and for all.")
    PRODUCT = value("PRODUCT", description="For each product.")
    MONTH = value("MONTH", description="In a calendar month.")
    DAY = value("DAY", description="On a local day.")


@strawberry.enum(description="What a notice tells.")
class NoticeKind(Enum):
    POSTED = value("POSTED", description="Pending points came into the account.")
    CLAWED_BACK = value("CLAWED_BACK", description="Points were taken back.")
    RESTORED = value("RESTORED", description="Points came back.")
    EXPIRING = value("EXPIRING", description="Points are about to expire.")
    EXPIRED = value("EXPIRED", description="Points have expired.")
    COUPON_EXPIRING = value("COUPON_EXPIRING", description="A coupon is about to expire.")
    ADJUSTED = value("ADJUSTED", description="Staff adjusted the points.")


@strawberry.enum(description="What became of points held for a checkout.")
class ReservationStatus(Enum):
    HELD = value("HELD", description="Held for the order.")
    CAPTURED = value("CAPTURED", description="Spent, in whole or in part; the rest was let go.")
    RELEASED = value("RELEASED", description="Let go before its time.")
    EXPIRED = value("EXPIRED", description="Its time ran out.")


@strawberry.enum(description="A way to pay for an order.")
class CheckoutOptionKind(Enum):
    NONE = value("NONE", description="Money alone.")
    POINTS = value("POINTS", description="Points for a part of it.")
    COUPON = value("COUPON", description="A coupon, held or redeemed for it.")
    COUPON_AND_POINTS = value("COUPON_AND_POINTS", description="A coupon, and points for a part of the rest.")
