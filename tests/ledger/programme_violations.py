"""What must the database refuse of checkouts, returns, campaigns, exclusions and staff?"""

from tests.ledger.violations import Violation, another, append_only, next_line


def row_of(table: str, **columns: str) -> str:
    """A new row of a table with these columns, beside a member's order where they name one (`m`, `o`)."""
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
        " FROM (SELECT min(member_id) AS member FROM account) m, (SELECT min(id) AS id FROM shop_order) o,"
        " (SELECT min(id) AS id FROM activity) a"
    )


def reservation(**columns: str) -> str:
    sound = {
        "member_id": "m.member",
        "order_id": "o.id",
        "status": "'RELEASED'",
        "points": "1000",
        "captured": "0",
        "held_until": "now()",
        "created_at": "now()",
    }
    return row_of("reservation", **(sound | columns))


def campaign(**columns: str) -> str:
    sound = {
        "slug": "'spring'",
        "titles": "'{}'",
        "trigger": "'PURCHASE'",
        "bonus_points": "10",
        "limit_period": "'LIFETIME'",
        "launched_at": "now()",
    }
    return row_of("campaign", **(sound | columns))


def exclusion(**columns: str) -> str:
    return row_of("exclusion", **({"market_id": "'ES'"} | columns))


def adjustment(**columns: str) -> str:
    sound = {"activity_id": "a.id", "points": "5", "note": "'a gift'", "asked_by": "'ana'", "approved_by": "'ben'"}
    return row_of("adjustment", **(sound | columns))


HELD = reservation(status="'HELD'")

PROGRAMME = (
    Violation("reservation_status", "an unknown status of a reservation", reservation(status="'LOST'")),
    Violation("reservation_points", "a reservation of nothing", reservation(points="0")),
    Violation(
        "reservation_points",
        "more captured than was held",
        reservation(status="'CAPTURED'", captured="1001"),
    ),
    Violation("reservation_points", "a capture of what was let go", reservation(captured="1")),
    Violation(
        "reservation_one_held",
        "points held twice for one order",
        f"{HELD} UNION ALL {HELD.partition(') ')[2]}",
    ),
    Violation(
        "entry_reservation",
        "a line of no reservation",
        next_line(reservation_id="4711"),
    ),
    Violation("shop_order_points", "an order paid with less than no points", "UPDATE shop_order SET points = -1"),
    Violation("order_line_returned", "more returned than bought", "UPDATE order_line SET returned = quantity + 1"),
    Violation(
        "order_return_figures",
        "a return that gave points",
        row_of(
            "order_return",
            order_id="o.id",
            return_id="'r-1'",
            occurred_at="now()",
            recorded_at="now()",
            lines="'[]'",
            clawed_back="-1",
            restored="0",
            debt="0",
            refund_minor="0",
        ),
    ),
    Violation(
        "order_return_coupon",
        "a coupon back that was never issued",
        row_of(
            "order_return",
            order_id="o.id",
            return_id="'r-2'",
            occurred_at="now()",
            recorded_at="now()",
            lines="'[]'",
            clawed_back="0",
            restored="0",
            debt="0",
            refund_minor="0",
            coupon_id="-1",
        ),
    ),
    Violation(
        "share_known",
        "a share of a product on no day",
        row_of("share", member_id="m.member", share_id="'s-1'", sku="'A'", network="'weibo'", url="''"),
    ),
    Violation("campaign_effect", "a campaign of two effects", campaign(multiplier="'2'")),
    Violation("campaign_effect", "a campaign of no effect", campaign(bonus_points="NULL")),
    Violation("campaign_budget", "a budget overrun", campaign(budget="10", budget_left="-1")),
    Violation("campaign_budget", "more left than the budget", campaign(budget="10", budget_left="11")),
    Violation("campaign_limit", "a campaign for nobody", campaign(limit_per_member="0")),
    Violation("campaign_limit", "an unknown period", campaign(limit_per_member="1", limit_period="'WEEK'")),
    Violation(
        "campaign_window_order",
        "a campaign that ends as it starts",
        f"WITH launched AS ({campaign()} RETURNING id)"
        " INSERT INTO campaign_window (campaign_id, market_id, starts_at, ends_at)"
        " SELECT id, 'ES', now(), now() FROM launched",
    ),
    Violation(
        "award_campaign",
        "an award of no campaign",
        another("award", '{"id": 4711, "campaign_id": 4711}', "slot IS NULL"),
    ),
    Violation(
        "activity_custom",
        "a custom activity recorded twice",
        """INSERT INTO activity (member_id, kind, code, source, reference, occurred_at, recorded_at, local_date, status,
                                 points, facts, reason_facts)
           SELECT min(member_id), 'CUSTOM', 'QUIZ', 'mi.com', 'r-1', now(), now(), now(), 'NONE', 0, '{}', '{}'
           FROM account, generate_series(1, 2) AS n GROUP BY n""",
    ),
    Violation("exclusion_one", "an exclusion of nothing", exclusion()),
    Violation("exclusion_one", "an exclusion of two things", exclusion(sku="'A'", category="'phones'")),
    Violation(
        "exclusion_window",
        "an exclusion that ends as it starts",
        exclusion(sku="'A'", from_at="now()", until_at="now()"),
    ),
    Violation(
        "outbox_message_once",
        "a message that was delivered and is due again",
        row_of(
            "outbox_message",
            endpoint="'https://shop.example'",
            kind="'POSTED'",
            body="'{}'",
            created_at="now()",
            attempts="1",
            next_try_at="now()",
            delivered_at="now()",
        ),
    ),
    *append_only("audit_line_append_only", "audit_line", "actor = 'nobody'"),
    Violation("adjustment_second_person", "an adjustment approved by who asked", adjustment(approved_by="'ana'")),
    Violation("adjustment_second_person", "an adjustment of nothing", adjustment(points="0")),
)
