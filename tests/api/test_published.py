"""Is nothing taken from clients that was shown to them, unless they were warned of it in time?"""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.api.schema import sdl
from tests.api.published import PUBLISHED, broken, kept_until, publish, undated

TODAY = date(2027, 7, 1)
SHOWN = """
    interface Node { id: ID! }

    type Query {
      node(id: ID!): Node
      coupon(code: String!, market: Market = null): Coupon
      streak: Streak @deprecated(reason: "Use `fuel`. Kept until 2027-06-30.")
    }

    type Coupon implements Node {
      id: ID!
      points: Int!
      price: Int @deprecated(reason: "Use `points`. Kept until 2027-06-30.")
      cost: Int @deprecated(reason: "Use `points`. Kept until 2027-07-01.")
      worth: Int @deprecated(reason: "Nobody knows.")
      status(at: Int! = 1, on: Int = null @deprecated(reason: "Use `at`. Kept until 2027-06-30.")): Status!
    }

    type Receipt implements Node { id: ID! sum: Int! }
    type Streak { days: [Day!]! }
    type Day { tapped: Boolean! }

    enum Market { ES FR @deprecated(reason: "It has closed. Kept until 2027-06-30.") }
    enum Status { ISSUED USED }

    type Mutation { redeem(input: RedeemInput!): Coupon }
    type Subscription { issued: Coupon }

    input RedeemInput {
      offer: ID!
      count: Int! = 1
      note: String = null @deprecated(reason: "It was never read. Kept until 2027-06-30.")
    }
"""

TAKEN = [
    ("points: Int!", "", "Field Coupon.points was removed."),
    ("points: Int!", "cost_points: Int!", "Field Coupon.points was removed."),
    ("points: Int!", "points: Int", "Field Coupon.points changed type from Int! to Int."),
    ("points: Int!", "points: String!", "Field Coupon.points changed type from Int! to String!."),
    ("issued: Coupon", "told: Coupon", "Field Subscription.issued was removed."),
    ("type Subscription { issued: Coupon }", "", "Subscription was removed."),
    ("market: Market = null", "", "Argument Query.coupon(market:) was removed."),
    (
        "market: Market = null",
        "market: Market!",
        "Argument Query.coupon(market:) has changed type from Market to Market!.",
    ),
    ("market: Market = null", "market: Market = ES", "Query.coupon(market:) has changed defaultValue from null to ES."),
    ("code: String!", "code: String!, sku: String!", "A required argument Query.coupon(sku:) was added."),
    ("at: Int! = 1", "at: Int! = 2", "Coupon.status(at:) has changed defaultValue from 1 to 2."),
    ("offer: ID!", "", "Field RedeemInput.offer was removed."),
    ("offer: ID!", "offer: ID! sku: ID!", "A required field RedeemInput.sku was added."),
    ("count: Int! = 1", "count: Int! = 2", "RedeemInput.count has changed defaultValue from 1 to 2."),
    ("ISSUED USED", "ISSUED", "Enum value Status.USED was removed."),
    ("ISSUED USED", "ISSUED SPENT", "Enum value Status.USED was removed."),
    ("Coupon implements Node", "Coupon", "Coupon no longer implements interface Node."),
    ("sum: Int!", "", "Field Receipt.sum was removed."),
    ("cost: Int", "paid: Int", "Field Coupon.cost was removed."),
    ("worth: Int", "value: Int", "Field Coupon.worth was removed."),
]
GIVEN = [
    ("points: Int!", "points: Int! title: String!"),
    ("price: Int @deprecated", "price: Int! @deprecated"),
    ("offer: ID!", "offer: ID! sku: ID = null"),
    ("offer: ID!", "offer: ID"),
    ("ISSUED USED", "ISSUED HELD USED"),
    ("type Day", "type Night { dark: Boolean } type Day"),
    ("points: Int!", 'points: Int! @deprecated(reason: "Use `price`. Kept until 2028-06-30.")'),
]
OVERDUE = [
    ('price: Int @deprecated(reason: "Use `points`. Kept until 2027-06-30.")', ""),
    ("price: Int @deprecated", "price: String @deprecated"),
    (', on: Int = null @deprecated(reason: "Use `at`. Kept until 2027-06-30.")', ""),
    ('FR @deprecated(reason: "It has closed. Kept until 2027-06-30.")', ""),
    ('note: String = null @deprecated(reason: "It was never read. Kept until 2027-06-30.")', ""),
    ("tapped: Boolean!", "touched: Boolean!"),
]


def changed(old: str, new: str) -> str:
    """The shown schema with another text in one place."""
    assert SHOWN.count(old) == 1, old
    return SHOWN.replace(old, new)


def test_all_that_was_published_is_there_as_it_was() -> None:
    today = datetime.now(UTC).date()

    assert broken(PUBLISHED.read_text(encoding="utf-8"), sdl(), today) == []


@pytest.mark.parametrize(("old", "new", "seen"), TAKEN)
def test_what_is_taken_from_clients_would_be_seen(old: str, new: str, seen: str) -> None:
    assert broken(SHOWN, changed(old, new), TODAY) == [seen]


@pytest.mark.parametrize(("old", "new"), GIVEN)
def test_what_is_given_to_clients_needs_no_renewal(old: str, new: str) -> None:
    assert broken(SHOWN, changed(old, new), TODAY) == []


@pytest.mark.parametrize(("old", "new"), OVERDUE)
def test_what_was_deprecated_until_a_day_may_go_or_change_after_it(old: str, new: str) -> None:
    assert broken(SHOWN, changed(old, new), TODAY) == []
    assert broken(SHOWN, changed(old, new), date(2027, 6, 30)) != []


def test_a_type_goes_with_the_last_field_that_leads_to_it() -> None:
    days = "type Streak { days: [Day!]! }\n    type Day { tapped: Boolean! }"
    gone = changed('streak: Streak @deprecated(reason: "Use `fuel`. Kept until 2027-06-30.")', "").replace(days, "")
    led_to_twice = changed("node(id: ID!): Node", "node(id: ID!): Node today: Day")

    assert "Day" not in gone
    assert broken(SHOWN, gone, TODAY) == []
    assert broken(led_to_twice, gone, TODAY) == ["Day was removed.", "Field Query.today was removed."]


def test_every_deprecation_has_a_reason_and_a_last_day() -> None:
    assert undated(sdl()) == []


def test_a_deprecation_without_a_reason_or_a_last_day_would_be_seen() -> None:
    reasons = [
        "Use `b`.",
        "Kept until 2027-06-30.",
        "Use `b`. Kept until 2027-02-30.",
        "Use `b`. Kept until 2027-06-30.",
    ]
    fields = [f'f{number}: Int @deprecated(reason: "{reason}")' for number, reason in enumerate(reasons)]

    assert undated(f"type Query {{ {' '.join(fields)} bare: Int @deprecated }}") == [*reasons[:3], ""]
    assert kept_until(reasons[3]) == date(2027, 6, 30)


def test_a_renewal_takes_what_is_new_without_descriptions(tmp_path: Path) -> None:
    shown = tmp_path / "published.graphql"
    shown.write_text(SHOWN, encoding="utf-8")
    with_title = changed("points: Int!", '"""Said."""\n points: Int! "As well." title: String!')

    assert publish(shown, with_title, TODAY) == []

    assert broken(shown.read_text(encoding="utf-8"), SHOWN, TODAY) == ["Field Coupon.title was removed."]
    assert "Said" not in shown.read_text(encoding="utf-8") and "As well" not in shown.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "after", ["paid: Int!", 'points: Int! @deprecated(reason: "Use `price`. Kept until 2027-06-30.")']
)
def test_a_renewal_that_would_take_something_is_refused(tmp_path: Path, after: str) -> None:
    shown = tmp_path / "published.graphql"
    shown.write_text(SHOWN, encoding="utf-8")

    assert publish(shown, changed("points: Int!", after), TODAY) == ["Field Coupon.points was removed."]

    assert shown.read_text(encoding="utf-8") == SHOWN
