"""Which facts does the programme give with each text? One set of facts, or several where some may be absent or null."""

from collections.abc import Mapping

Facts = Mapping[str, object]

ACTIVITY = {"activity": "Activity title"}
EURO = {"currency": "EUR"}
POINTS = {"points": 31}
RESETS = {"resets_on": "2026-04-01"}
FOREVER = {"resets_on": None}
CAMPAIGN = {"campaign": "Double May"}
PURCHASE = {**POINTS, "units": 31, "net_minor": 3149, **EURO}

AT_CHECKOUT = {**POINTS, **EURO, "to_pay_minor": 2500, "points_discount_minor": 31, "price": 500, "coupon_minor": 500}
ENDINGS: list[Facts] = [
    {"expiring": None, "expires_on": None, "coupon_ends_on": None},
    {"expiring": 1, "expires_on": "2026-03-31", "coupon_ends_on": "2026-04-01"},
    {"expiring": 120, "expires_on": "2026-03-01", "coupon_ends_on": None},
]
WAYS = ("NONE", "POINTS", "COUPON", "OFFER", "COUPON_AND_POINTS", "OFFER_AND_POINTS")

RULES = ("REGISTRATION", "APP_LOGIN", "PURCHASE", "SHARE", "REVIEW", "FUEL", "FUEL_STREAK", "CAMPAIGN", "ADJUSTMENT")
OPPORTUNITIES = ("REGISTRATION", "APP_LOGIN", "SHARE", "REVIEW", "FUEL", "FUEL_STREAK", "CAMPAIGN")
ENTRIES = ("EARN", "EARN-PENDING", "POST", "CLAWBACK", "DEBT", "DEBT_REPAID", "RESTORE", "RESERVE", "RELEASE")
MORE_ENTRIES = ("CAPTURE", "EXPIRE", "ADJUST", "FORFEIT")
BARE_REASONS = ("EXCLUDED", "ACCOUNT_SUSPENDED", "NO_RULE", "REVIEW_PENDING", "RETURNED")
BARE_ERRORS = (
    "NOT_ENROLLED ALREADY_ENROLLED ACCOUNT_SUSPENDED ACCOUNT_CLOSED OUT_OF_STOCK OFFER_NOT_OPEN OFFER_SUSPENDED "
    "NO_ELIGIBLE_LINES COUPON_NOT_FOUND COUPON_NOT_USABLE COUPON_EXPIRED RESERVATION_NOT_HELD IDEMPOTENCY_KEY_REUSED "
    "PERSON_ALREADY_ENROLLED RETURN_EXCEEDS_ORDER"
).split()
BARE_PROBLEMS = (
    "OTHER_POINTS ALREADY_RECORDED "
    "EMPTY CONTROL_CHARACTERS TOO_MANY_DECIMALS NOT_MONEY IN_FUTURE IN_PAST TOO_EARLY DUPLICATE_LINE MALFORMED_URL "
    "MALFORMED_NETWORK MALFORMED UNKNOWN_ID OTHER_MEMBER OTHER_MARKET ONE_OF EXCEEDS_ORDER CLOCK_BACK TWICE "
    "NOT_OF_TRIGGER NO_TRIGGER ANY_OTHER "
    "NOT_A_POST"
).split()
THINGS = "MEMBER OFFER COUPON ACTIVITY ORDER REVIEW SHARE RESERVATION CAMPAIGN ANY_OTHER".split()


def _limits() -> list[Facts]:
    counted: list[Facts] = []
    for period, opens in (
        ("LIFETIME", FOREVER),
        ("PRODUCT", FOREVER),
        ("MONTH", RESETS),
        ("DAY", RESETS),
        ("YEAR", FOREVER),
    ):
        counted += [{"period": period, "limit": limit, **opens} for limit in (1, 3)]
    return counted


def _problems() -> list[Facts]:
    bare: list[Facts] = [{"problem": each} for each in BARE_PROBLEMS]
    bounds: list[Facts] = [
        {},
        {"minimum": 1},
        {"maximum": 64},
        {"minimum": 1, "maximum": 64},
        {"minimum": None, "maximum": None},
    ]
    bounded = [
        {"problem": each, **bound} for each in ("TOO_LONG", "TOO_SHORT", "OUT_OF_RANGE", "TOO_MANY") for bound in bounds
    ]
    document: Facts = {"problem": "DOCUMENT", "place": "rules.SHARE.points (line 40)", "detail": "is missing"}
    return [*bare, *bounded, document]


SAMPLES: dict[str, list[Facts]] = {
    **{f"rule-{rule}": [{}] for rule in RULES},
    **{f"opportunity-{rule}": [POINTS] for rule in OPPORTUNITIES},
    "opportunity-PURCHASE": [POINTS, {**POINTS, **EURO}, {**POINTS, "currency": "GBP"}, {**POINTS, "currency": "PLN"}],
    "activity-REGISTRATION": [{}],
    "activity-APP_LOGIN": [{}],
    "activity-PURCHASE": [{"reference": "A-1001"}],
    "activity-SHARE": [{"sku": "MI-14", "network": "facebook"}],
    "activity-REVIEW": [{"sku": "MI-14"}],
    "activity-FUEL": [{"day_on": "2026-02-02"}],
    "activity-CUSTOM": [{"code": "QUIZ-2026"}],
    "activity-ADJUSTMENT": [{}],
    **{f"entry-{kind}": [{}, {"activity": None}, ACTIVITY] for kind in ENTRIES + MORE_ENTRIES},
    "entry-REDEEM": [{}, {"value_minor": None}, {"value_minor": 500, **EURO}],
    "notice-POSTED": [{**POINTS, **ACTIVITY}, {"points": 1}],
    "notice-CLAWED_BACK": [{**POINTS, **ACTIVITY}],
    "notice-RESTORED": [{**POINTS, **ACTIVITY}],
    "notice-EXPIRING": [{**POINTS, "last_usable_on": "2027-02-28"}],
    "notice-EXPIRED": [POINTS, {"points": 1}],
    "notice-COUPON_EXPIRING": [{"value_minor": 500, **EURO, "last_usable_on": "2027-02-28"}],
    "notice-ADJUSTED": [POINTS, {"points": -50}],
    "explain-REGISTRATION": [POINTS],
    "explain-APP_LOGIN": [POINTS],
    "explain-PURCHASE": [
        PURCHASE,
        {**PURCHASE, "units": 1, "currency": "GBP"},
        {**PURCHASE, "units": 1_000_000, "currency": "PLN"},
        {**PURCHASE, "coupon_minor": 500},
        {**PURCHASE, "points_discount_minor": 200},
        {**PURCHASE, "coupon_minor": 500, "points_discount_minor": 200, "excluded_minor": 999},
    ],
    "explain-SHARE": [
        {**POINTS, "number": 2, "limit": 3, "month_on": "2026-03-01"},
        {**POINTS, "number": None, "limit": None, "month_on": "2026-03-01"},
    ],
    "explain-REVIEW": [{**POINTS, "sku": "MI-14"}],
    "explain-FUEL": [{**POINTS, "day_on": "2026-02-02"}],
    "explain-FUEL_STREAK": [{**POINTS, "days": 7, "day_on": "2026-02-02"}],
    "explain-CUSTOM": [{**POINTS, "code": "QUIZ-2026"}],
    "explain-CAMPAIGN_BONUS": [{**POINTS, **CAMPAIGN}],
    "explain-CAMPAIGN_MULTIPLIER": [
        {**POINTS, **CAMPAIGN, "base": base, "multiplier_rate": rate} for base, rate in ((1, "2"), (31, "1.5"))
    ],
    "explain-CAMPAIGN_PER_UNIT": [{**POINTS, **CAMPAIGN, "units": 31, "each_rate": "0.25", "net_minor": 3149, **EURO}],
    "explain-ADJUSTMENT": [POINTS],
    **{f"reason-{code}": [{}] for code in (*BARE_REASONS, "SHARE_DELETED", "ORDER_CANCELLED")},
    "reason-REVIEW_DELETED": [{}, {"note": None}, {"note": "By its author"}],
    "reason-REINSTATED": [{"note": "It was hers"}],
    "reason-REVIEW_REJECTED": [{}, {"note": None}, {"note": "Off topic"}],
    "reason-ADJUSTED": [{}, {"note": None}, {"note": "A late delivery"}],
    "reason-NEEDS_APPROVAL": [{}, {"note": None}, {"note": "A prize"}],
    "entry-FORFEIT-DEBT": [{}],
    "reason-COUPON_CANCELLED": [{"note": "Issued by mistake"}],
    "reason-LIMIT_REACHED": _limits(),
    "reason-CAMPAIGN_LIMIT": [RESETS, FOREVER],
    "reason-BUDGET_EXHAUSTED": [{}],
    "reason-BELOW_ONE_UNIT": [{"net_minor": 99, "currency": each} for each in ("EUR", "GBP", "PLN")],
    **{f"error-{code}": [{}] for code in BARE_ERRORS},
    "error-MARKET_NOT_SERVED": [{"market": "PT"}],
    "error-UNDER_AGE": [{"minimum_age": 18}],
    "error-TERMS_NOT_ACCEPTED": [{"terms_version": "2020-01"}],
    "error-INSUFFICIENT_POINTS": [{"available": 120, "required": 500, "missing": 380}],
    "error-BELOW_MINIMUM": [{"posted": 900, "minimum": 1000}],
    "error-LIMIT_REACHED": [{"limit": 1}, {"limit": 3, "resets_at": "2026-03-31T22:00:00Z", "zone": "Europe/Madrid"}],
    "error-ABOVE_MAXIMUM_SHARE": [{"maximum": 1000}, {"maximum_minor": 1000, **EURO}],
    "error-BELOW_MINIMUM_ORDER": [{"minimum_minor": 2000, **EURO}],
    "error-CAPTURE_SHORTFALL": [{"missing": 380}],
    "error-CURRENCY_NOT_OF_MARKET": [{"given": "GBP", "expected": "EUR"}],
    "error-UNKNOWN_ACTIVITY": [{"code": "QUIZ-2026"}],
    "error-FORFEIT_MISMATCH": [POINTS],
    "error-TAP_TOO_OLD": [{"hours": 48}],
    "error-PRICE_CHANGED": [{"price": 600, "expected": 500}],
    "error-CAMPAIGN_EXISTS": [{"slug": "double-may"}],
    "error-ALREADY_DECIDED": [{"decision": each} for each in ("APPROVED", "REJECTED", "ANY_OTHER")],
    "error-NEEDS_APPROVAL": [{"limit": 5000}],
    "error-NOT_FOUND": [{"what": each} for each in THINGS],
    "error-CONDITION_INVALID": [
        {"problem": each}
        for each in ("TOO_LONG", "TOO_DEEP", "TOO_COSTLY", "NOT_BOOL", "NOT_A_TEXT", "undeclared reference")
    ],
    "error-INVALID_INPUT": _problems(),
    **{f"checkout-{way}": [{**AT_CHECKOUT, **ending} for ending in ENDINGS] for way in WAYS},
    "offer-title": [{"value_minor": 500, **EURO}, {"value_minor": 1050, "currency": "GBP"}],
}
