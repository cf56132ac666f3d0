"""What else must the database refuse, around the ledger: awards, orders, offers, coupons, requests?"""

from tests.ledger.archive_violations import ARCHIVE
from tests.ledger.programme_violations import PROGRAMME
from tests.ledger.violations import ACCOUNTS_AND_LOTS, ENTRIES, Violation, another, append_only, kept

_USED = "status = 'USED'"
_STOCKED = "stock IS NOT NULL"

AWARDS = (
    Violation("award_points", "an award of nothing", another("award", '{"id": 4711, "points": 0}', "slot IS NULL")),
    Violation(
        "award_slot", "a limit without a slot", another("award", '{"id": 4711, "slot": null}', "slot IS NOT NULL")
    ),
    Violation("award_slot", "a slot of no limit", another("award", '{"id": 4711, "slot": 1}', "slot IS NULL")),
    Violation("award_slot", "a slot below one", another("award", '{"id": 4711, "slot": 0}', "slot IS NOT NULL")),
    Violation("award_limit", "two awards in one slot", another("award", '{"id": 4711}', "slot IS NOT NULL")),
    Violation(
        "lot_award_id_key", "a second lot of an award", "UPDATE lot SET award_id = (SELECT min(award_id) FROM lot)"
    ),
    *append_only("award_append_only", "award", "points = points + 1"),
    Violation("activity_kind", "an unknown kind of activity", "UPDATE activity SET kind = 'GIFT'"),
    Violation("activity_status", "an unknown status of an activity", "UPDATE activity SET status = 'LOST'"),
    Violation("activity_code", "a custom activity without a code", "UPDATE activity SET kind = 'CUSTOM'"),
    Violation("activity_code", "a code of what is not custom", "UPDATE activity SET code = 'BROWSE'"),
    *kept("activity_kept", "activity"),
    *append_only("revision_append_only", "programme_revision", "in_force_from = in_force_from"),
    Violation("fuel_tap_day", "a tap of no day", "UPDATE fuel_tap SET day = 0"),
    Violation("fuel_tap_day", "a day that ends as it begins", "UPDATE fuel_tap SET day_ends_at = day_starts_at"),
    Violation(
        "uid_fuel_tap_member",
        "a second tap of a day",
        "UPDATE fuel_tap SET local_date = (SELECT min(local_date) FROM fuel_tap)",
    ),
    Violation("review_state", "an unknown state of a review", "UPDATE review SET state = 'LOST'"),
    Violation("review_state", "a decision on what nobody wrote", "UPDATE review SET activity_id = NULL"),
)

ORDERS_AND_COUPONS = (
    Violation("order_line_net", "a discount from nowhere", "UPDATE order_line SET net_minor = net_minor + 1"),
    Violation("order_line_amounts", "a line of no things", "UPDATE order_line SET quantity = 0"),
    Violation(
        "order_line_amounts",
        "a discount of more than the price",
        "UPDATE order_line SET coupon_minor = gross_minor + 1, points_minor = 0, net_minor = -1",
    ),
    Violation("coupon_offer_price", "an offer for nothing", "UPDATE coupon_offer SET price_points = 0"),
    Violation("coupon_offer_price", "an offer of nothing", "UPDATE coupon_offer SET value_minor = 0"),
    Violation("coupon_offer_stock", "stock below zero", f"UPDATE coupon_offer SET stock_left = -1 WHERE {_STOCKED}"),
    Violation(
        "coupon_offer_stock", "more left than there was", f"UPDATE coupon_offer SET stock_left = 4 WHERE {_STOCKED}"
    ),
    Violation("coupon_offer_stock", "left of no stock", "UPDATE coupon_offer SET stock_left = 1 WHERE stock IS NULL"),
    Violation(
        "coupon_offer_window", "an end before the start", "UPDATE coupon_offer SET opens_at = now(), closes_at = now()"
    ),
    Violation("coupon_offer_limit", "a limit of none", "UPDATE coupon_offer SET limit_per_member = 0"),
    Violation(
        "coupon_status", "an unknown status of a coupon", "UPDATE coupon SET status = 'LOST' WHERE used_at IS NULL"
    ),
    Violation("coupon_used", "a use without its instant", f"UPDATE coupon SET used_at = NULL WHERE {_USED}"),
    Violation("coupon_used", "a use without its order", f"UPDATE coupon SET order_id = NULL WHERE {_USED}"),
    Violation("coupon_figures", "a coupon that cost nothing", "UPDATE coupon SET points_spent = 0"),
    Violation("coupon_figures", "a coupon of no value", "UPDATE coupon SET value_minor = 0"),
    Violation("coupon_lookup_key", "two coupons of one code", another("coupon", '{"id": 4711}', "status = 'ISSUED'")),
    Violation(
        "coupon_once_per_order", "two coupons of one order", another("coupon", '{"id": 4711, "lookup": "x"}', _USED)
    ),
    Violation("request_state", "an answer without its instant", "UPDATE request SET completed_at = NULL"),
    Violation("request_state", "an open request with an answer", "UPDATE request SET state = 'OPEN'"),
    Violation("uid_request_princip", "a key used twice by its principal", another("request", '{"id": 4711}')),
    Violation("notice_kind", "an unknown kind of notice", "UPDATE notice SET kind = 'LOST'"),
    Violation("rate_bucket_level", "less than nothing taken", "INSERT INTO rate_bucket VALUES ('cost', -1, now())"),
)

VIOLATIONS = (*ACCOUNTS_AND_LOTS, *ENTRIES, *AWARDS, *ORDERS_AND_COUPONS, *PROGRAMME, *ARCHIVE)
