"""Can this order be recorded without a lock? One that is new, and paid with neither a coupon nor points that are held.

The same as `purchase.record_purchase` does with its locks, in one statement that reads and one that writes.
"""

from datetime import datetime

import asyncpg

from app.activities.judging import JUDGING, decided, judging_from, limits_known
from app.activities.record import ActivityDraft, activity_entry, swift_record
from app.activities.when import occurred
from app.database import connection, one
from app.given import given
from app.ledger.hold import Held
from app.ledger.swift import ACCOUNT, AT, held_as_read, write_swiftly
from app.members.standing import closed
from app.orders.earning import Purchase, cause_of, purchase_facts
from app.orders.pricing import priced_for
from app.orders.store import STORE_LINES, line_rows
from app.programmes.exclusions import EXCLUDED, exclusions_among
from app.programmes.store import StoredRevision, known_book, revision_book
from app.requests.once import ALL_CLAIMED, CLAIMED, SEEN, Call, claim, not_seen
from app.requests.outcome import Outcome, refused
from app.rules.orders import PricedOrder
from app.rules.terms import Kind

# One statement, one snapshot: nothing here is newer or older than the account's row.
_READ = f"""
SELECT {SEEN}, {ACCOUNT}, moment.at, {JUDGING}, known.id AS known, excluded.declared,
  nextval('activity_id_seq') AS activity_id, nextval('shop_order_id_seq') AS order_id
FROM (SELECT $1::text AS principal, $2::text AS key, $3::text AS mi_account_id) AS asked
LEFT JOIN request AS seen USING (principal, key)
LEFT JOIN (member JOIN account ON account.member_id = member.id) USING (mi_account_id)
LEFT JOIN shop_order AS known ON known.source = $7 AND known.order_id = $8
CROSS JOIN LATERAL (SELECT {AT} AS at) AS moment
CROSS JOIN LATERAL (SELECT least(coalesce($4::timestamptz, moment.at), moment.at) AS at) AS happened
{judging_from("PURCHASE", "$5", "$6")}
CROSS JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(sku, category)) AS declared FROM exclusion
  WHERE {EXCLUDED.format(market="account.market_id", at="happened.at")}
) AS excluded
"""
_ORDER = given("orders", "id bigint, source text, order_id text, activity_id bigint, points int")
# The order's row is made before the account is touched, as it is locked first elsewhere.
_ORDERED = f"""
ordered AS (
  INSERT INTO shop_order (id, source, order_id, activity_id, points) SELECT * FROM {_ORDER} AS o WHERE {ALL_CLAIMED}
  ON CONFLICT (source, order_id) DO NOTHING RETURNING id
)
"""
_WRITE = swift_record(f"{CLAIMED}, {_ORDERED}", "(SELECT count(*) FROM ordered) = 1", f", bought AS ({STORE_LINES})")


async def purchase_swiftly(call: Call, mi_account_id: str, purchase: Purchase) -> Outcome | None:
    """The outcome of an order of sound words; None for what only `record_purchase` can do: see `once`."""
    if purchase.reservation_id is not None or purchase.order.coupon_code is not None:
        return None
    found = await one(
        connection(),
        _READ,
        call.principal,
        call.key,
        mi_account_id,
        purchase.occurred_at,
        *limits_known(known_book(), Kind.PURCHASE),
        purchase.source,
        purchase.order_id,
    )
    not_seen(call, found)
    if found["known"] is not None:
        return None
    if found["member_id"] is None:
        return refused("NOT_ENROLLED")
    held = held_as_read(found)
    if held is None:
        return None
    if refusal := closed(held.account):
        return refusal
    when = occurred(purchase.occurred_at, held.at)
    if isinstance(when, Outcome):
        return when
    stored = (await revision_book(connection(), found["head"])).of(held.account.market, when)
    exclusions = exclusions_among(found["declared"] or (), stored.revision)
    priced = priced_for(stored.revision, purchase.order, None, exclusions)
    if isinstance(priced, Outcome):
        return priced
    return await _record(call, held, stored, purchase, when, priced, found)


async def _record(
    call: Call,
    held: Held,
    stored: StoredRevision,
    purchase: Purchase,
    when: datetime,
    priced: PricedOrder,
    found: asyncpg.Record,
) -> Outcome | None:
    facts = purchase_facts(held.account, purchase.order.currency, priced, when)
    decision = decided(found, held.account, stored, facts, when)
    if decision is None:
        return None
    activity_id, order_row_id = found["activity_id"], found["order_id"]
    entry = activity_entry(
        held,
        stored,
        facts,
        ActivityDraft(purchase.source, purchase.order_id, when),
        decision,
        activity_id=activity_id,
        cause=cause_of(order_row_id),
        touched_by=found["touched_by"],
    )
    if not entry.all_done(held.at):
        return None
    outcome = Outcome(member_id=held.account.member_id, activity_id=activity_id)
    order = {
        "id": order_row_id,
        "source": purchase.source,
        "order_id": purchase.order_id,
        "activity_id": activity_id,
        "points": purchase.order.points,
    }
    await write_swiftly(
        _WRITE,
        [entry.posted],
        **entry.rows,
        orders=[order],
        lines=line_rows(order_row_id, priced),
        requests=[claim(call, outcome)],
    )
    return outcome
