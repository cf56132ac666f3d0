"""Who are the demo members, and what have they done so far?

Days are counted back from the day on which the demo is made, so that the same things are about to happen whenever that
is: points of 11 months ago expire within 30 days, a streak of five waits for today's tap.
"""

from datetime import date, time

from app.demo.steps import (
    Person,
    buys,
    has_approved,
    has_rejected,
    is_suspended,
    joins,
    logs_in,
    receives,
    redeems,
    reviews,
    shares,
    taps_from,
)

# 99 points of the first order expired a month ago; 199 of the second and 30 of the log-in expire within 30 days.
ANA = Person(
    "demo-ana",
    "Ana García",
    "ES",
    date(1988, 5, 17),
    time(8, 40),
    (
        joins(400),
        buys(399, "ES-240017", ("REDMI-NOTE-14-PRO", "429.99", 1), ("REDMI-BUDS-6", "39.99", 3)),
        receives(396, "ES-240017"),
        redeems(395, 500),
        buys(350, "ES-240231", ("XIAOMI-14T-PRO", "649.99", 1), ("MI-BAND-9", "54.99", 1), with_coupon=True),
        receives(347, "ES-240231"),
        logs_in(340),
        buys(200, "ES-250102", ("ROBOT-VACUUM-X20", "749.00", 1)),
        reviews(150, "ES-R-4107", "ROBOT-VACUUM-X20"),
        has_approved(148, "ES-R-4107"),
        reviews(100, "ES-R-4388", "REDMI-BUDS-6"),
        has_rejected(99, "ES-R-4388"),
        buys(90, "ES-250377", ("USB-C-CABLE", "9.99", 3)),
        *taps_from(60, days=7),
        shares(45, "XIAOMI-14T-PRO", "instagram"),
        shares(45, "XIAOMI-14T-PRO", "facebook"),
        shares(45, "XIAOMI-14T-PRO", "x"),
        shares(45, "XIAOMI-14T-PRO", "telegram"),
        redeems(25, 500),
        *taps_from(5, days=5),
        buys(3, "ES-250519", ("MI-WATCH-S4", "159.99", 1), ("SMART-SCALE-S400", "49.99", 2)),
        reviews(2, "ES-R-4921", "MI-BAND-9"),
        shares(1, "MI-WATCH-S4", "instagram"),
    ),
)

LUCAS = Person(
    "demo-lucas",
    "Lucas Martin",
    "FR",
    date(1979, 11, 2),
    time(12, 15),
    (
        joins(120),
        logs_in(119),
        buys(90, "FR-118820", ("XIAOMI-PAD-7", "399.90", 1)),
        reviews(60, "FR-R-2210", "XIAOMI-PAD-7"),
        has_approved(59, "FR-R-2210"),
        shares(30, "XIAOMI-PAD-7", "facebook"),
        buys(10, "FR-121407", ("MI-SMART-KETTLE", "0.99", 1)),
    ),
)

# The next tap completes her streak.
GIULIA = Person(
    "demo-giulia",
    "Giulia Rossi",
    "IT",
    date(1988, 2, 29),
    time(18, 5),
    (
        joins(40),
        logs_in(39),
        *taps_from(6, days=6),
        buys(20, "IT-778102", ("XIAOMI-15", "999.00", 1)),
        receives(18, "IT-778102"),
        redeems(17, 1000),
    ),
)

OLIVER = Person(
    "demo-oliver",
    "Oliver Smith",
    "GB",
    date(1967, 7, 9),
    time(20, 30),
    (
        joins(200),
        logs_in(200),
        buys(180, "GB-550031", ("MI-TV-A-PRO-55", "449.00", 1), ("SOUNDBAR-3-1", "129.99", 1)),
        redeems(100, 500),
        buys(95, "GB-551220", ("AIR-PURIFIER-4", "139.99", 1), with_coupon=True),
        receives(92, "GB-551220"),
        buys(6, "GB-553904", ("XIAOMI-15", "899.00", 1)),
    ),
)

NORA = Person("demo-nora", "Nora López", "ES", date(1990, 9, 30), time(9, 0), (joins(1),))

MARCO = Person(
    "demo-marco",
    "Marco Bianchi",
    "IT",
    date(1985, 12, 24),
    time(7, 20),
    (joins(80), *taps_from(79, days=3), shares(70, "XIAOMI-15", "x"), is_suspended(50)),
)

FIRST = ANA
EVERYONE = (ANA, LUCAS, GIULIA, OLIVER, NORA, MARCO)
