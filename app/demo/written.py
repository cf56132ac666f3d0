"""How does the plan of seeded members (`plan.py`) become rows? Every check and trigger of the tables is on."""

MEMBER = """
INSERT INTO member (id, mi_account_id, display_name, birth_date, market_id, terms_version, enrolled_at)
OVERRIDING SYSTEM VALUE
SELECT person.member_id, person.mi_account_id,
  (ARRAY['Alex', 'Andrea', 'Dani', 'Jo', 'Luca', 'Noa', 'Robin', 'Sam'])[1 + dice / 10 % 8] || ' '
    || (ARRAY['Blanc', 'Bruno', 'Costa', 'Gray', 'Martin', 'Noble', 'Romero', 'Silva'])[1 + dice / 100 % 8],
  today - 7300 - (dice / 1000 % 18000)::int, person.market_id, terms_version, occurred_at
FROM person JOIN deed USING (member_id) JOIN revision USING (revision_id) WHERE i = 1 ORDER BY person.member_id
"""
ACCOUNT = """
INSERT INTO account (member_id, market_id, status, time_zone, pending, available, reserved, debt, version, last_at)
SELECT member_id, market_id, 'ACTIVE', time_zone, 0, 0, 0, 0, 0, occurred_at FROM deed WHERE i = 1 ORDER BY member_id
"""

# Without an award an activity says why, in the engine's words.
ACTIVITY = """
INSERT INTO activity (id, member_id, kind, source, reference, occurred_at, recorded_at, local_date, status, points,
                      facts, reason, reason_facts)
SELECT deed.activity_id, deed.member_id, kind,
  CASE kind WHEN 'APP_LOGIN' THEN 'app' WHEN 'FUEL' THEN 'app' WHEN 'SHARE' THEN network ELSE 'mi.com' END,
  CASE kind WHEN 'APP_LOGIN' THEN mi_account_id || '-phone'
    WHEN 'PURCHASE' THEN mi_account_id || '-' || i WHEN 'REVIEW' THEN mi_account_id || '-' || i END,
  occurred_at, occurred_at, local_date, coalesce(status, 'NONE'), coalesce(lots.points, 0),
  CASE kind WHEN 'SHARE' THEN jsonb_build_object('sku', sku, 'network', network)
    WHEN 'REVIEW' THEN jsonb_build_object('sku', sku) WHEN 'FUEL' THEN jsonb_build_object('day_on', local_date)
    ELSE '{}' END,
  CASE WHEN status IS NULL THEN
    CASE WHEN rule IS NULL THEN 'NO_RULE' WHEN per_unit THEN 'BELOW_ONE_UNIT' ELSE 'LIMIT_REACHED' END END,
  CASE WHEN status IS NOT NULL OR rule IS NULL THEN '{}'
    WHEN per_unit THEN jsonb_build_object('net_minor', net_minor, 'currency', currency)
    ELSE jsonb_build_object('limit', "limit", 'period', period, 'resets_on',
      CASE period WHEN 'MONTH' THEN (date_trunc('month', local_date) + interval '1 month')::date END) END
FROM deed
LEFT JOIN rule ON rule.revision_id = deed.revision_id AND trigger = kind AND every_days IS NULL
LEFT JOIN (SELECT activity_id, sum(points) AS points,
    CASE WHEN bool_or(posted_at IS NULL) THEN 'PENDING' ELSE 'POSTED' END AS status
  FROM earned GROUP BY 1) AS lots USING (activity_id)
ORDER BY deed.activity_id
"""

ORDER = """
INSERT INTO shop_order (id, source, order_id, activity_id)
SELECT subject_id, 'mi.com', mi_account_id || '-' || i, activity_id FROM deed WHERE kind = 'PURCHASE'
"""
ORDER_LINE = """
INSERT INTO order_line (order_id, line_id, sku, quantity, gross_minor, coupon_minor, points_minor, net_minor, earns,
                        categories)
SELECT subject_id, sku, sku, 1, net_minor, 0, 0, net_minor, true, '[]' FROM deed WHERE kind = 'PURCHASE'
"""
REVIEW = """
INSERT INTO review (id, source, review_id, state, activity_id)
SELECT subject_id, 'mi.com', mi_account_id || '-' || i,
  CASE WHEN confirmed_at < present THEN 'APPROVED' ELSE 'SUBMITTED' END, activity_id
FROM asked CROSS JOIN deed WHERE kind = 'REVIEW'
"""
SHARE = """
INSERT INTO share (member_id, sku, network, local_date, url, activity_id)
SELECT member_id, sku, network, local_date, 'https://' || network || '.example/' || mi_account_id || '/' || i,
  activity_id
FROM deed WHERE kind = 'SHARE'
"""
TAP = """
INSERT INTO fuel_tap (member_id, local_date, day, day_starts_at, day_ends_at, activity_id)
SELECT member_id, local_date, tap_day, local_date::timestamp AT TIME ZONE time_zone,
  (local_date + 1)::timestamp AT TIME ZONE time_zone, activity_id
FROM deed WHERE kind = 'FUEL'
"""

AWARD = """
INSERT INTO award (id, member_id, activity_id, rule, points, revision_id, explanation, facts, limit_key, slot)
SELECT award_id, member_id, activity_id, rule, points, revision_id, rule,
  jsonb_build_object('points', points) || CASE
    WHEN every_days IS NOT NULL THEN jsonb_build_object('days', every_days, 'day_on', local_date)
    WHEN kind = 'FUEL' THEN jsonb_build_object('day_on', local_date)
    WHEN kind = 'SHARE' THEN jsonb_build_object('number', slot, 'limit', "limit", 'month_on',
      date_trunc('month', local_date)::date)
    WHEN kind = 'REVIEW' THEN jsonb_build_object('sku', sku)
    WHEN kind = 'PURCHASE' THEN jsonb_build_object('units', net_minor / unit_minor, 'net_minor', net_minor,
      'currency', currency)
    ELSE '{}' END, limit_key, slot
FROM earned ORDER BY award_id
"""
LOT = """
INSERT INTO lot (id, member_id, award_id, amount, remaining, reserved, consumed, expired, withdrawn, reclaimed,
                 awaits_approval, posting_date, posts_at, posted_at, last_usable_day, expires_at, notify_at)
SELECT lot_id, member_id, award_id, earned.points, earned.points - coalesce(taken.points, 0), 0,
  coalesce(taken.points, 0), 0, 0, 0, posts = 'ON_APPROVAL', posting_date, posts_at, posted_at, last_usable_day,
  expires_at, expires_at - notice
FROM asked CROSS JOIN earned LEFT JOIN taken USING (lot_id) ORDER BY lot_id
"""

REDEEMED = """
SELECT coupon_id, substring(sha256(convert_to('coupon/' || seed || '/' || n, 'UTF8')) FOR 16) AS nonce
FROM asked CROSS JOIN spent ORDER BY coupon_id
"""
COUPON = """
INSERT INTO coupon (id, member_id, offer_id, nonce, lookup, status, value_minor, points_spent, issued_at,
                    last_usable_day, expires_at, notify_at)
SELECT coupon_id, member_id, offer_id, nonce, lookup, 'ISSUED', value_minor, price_points, at, last_usable_day,
  (last_usable_day + 1)::timestamp AT TIME ZONE time_zone,
  (last_usable_day + 1)::timestamp AT TIME ZONE time_zone - notice
FROM asked CROSS JOIN spent
JOIN unnest($1::bigint[], $2::bytea[], $3::text[]) AS code (coupon_id, nonce, lookup) USING (coupon_id)
ORDER BY coupon_id
"""

# The causes are those that the use cases write, so that an event told again later is known.
OPERATION = """
INSERT INTO operation (id, member_id, cause, at)
SELECT DISTINCT ON (operation_id) operation_id, member_id, CASE line.kind WHEN 'POST' THEN 'post/' || lot_id
  WHEN 'REDEEM' THEN 'redeem/' || coupon_id ELSE CASE deed.kind
    WHEN 'REGISTRATION' THEN 'registration/' || member_id WHEN 'APP_LOGIN' THEN 'login/' || mi_account_id
    WHEN 'PURCHASE' THEN 'order/' || subject_id || '/purchase' WHEN 'REVIEW' THEN 'review/' || subject_id
    WHEN 'FUEL' THEN concat_ws('/', 'fuel', member_id, local_date)
    WHEN 'SHARE' THEN concat_ws('/', 'share', member_id, local_date, network, sku) END END, at
FROM line LEFT JOIN deed USING (activity_id, member_id, operation_id) ORDER BY operation_id
"""
# In the order of versions: the chain trigger finds each line's predecessor.
ENTRY = """
INSERT INTO entry (id, member_id, operation_id, version, kind, source, target, points, pending_after, available_after,
                   reserved_after, debt_after, at, activity_id, coupon_id, facts)
SELECT entry_id, member_id, operation_id, version, kind, source, target, points, pending, available, 0, 0, at,
  activity_id, coupon_id, '{}'
FROM line ORDER BY member_id, version
"""
MOVE = """
INSERT INTO move (entry_id, lot_id, points, ordinal)
SELECT entry_id, lot_id, points, 1 FROM line WHERE lot_id IS NOT NULL
UNION ALL
SELECT entry_id, taken.lot_id, taken.points, ordinal FROM taken JOIN line USING (coupon_id)
"""
NOTICE = """
INSERT INTO notice (member_id, kind, at, points, facts, activity_id)
SELECT member_id, 'POSTED', at, points, '{}', activity_id FROM line WHERE kind = 'POST' ORDER BY member_id, version
"""
BALANCE = """
UPDATE account SET pending = last.pending, available = last.available, version = last.version, last_at = last.at,
  next_change_at = least(
    (SELECT min(due_at) FROM lot WHERE lot.member_id = account.member_id AND due_at IS NOT NULL),
    (SELECT min(notify_at) FROM coupon WHERE coupon.member_id = account.member_id))
FROM (SELECT DISTINCT ON (member_id) * FROM line ORDER BY member_id, version DESC) AS last
WHERE account.member_id = last.member_id
"""

DEEDS = (MEMBER, ACCOUNT, ACTIVITY, ORDER, ORDER_LINE, REVIEW, SHARE, TAP, AWARD, LOT)
LEDGER = (OPERATION, ENTRY, MOVE, NOTICE, BALANCE)
