"""What have seeded members done, earned and spent? Temporary tables, drawn from a seed number and the stored rules.

Chance is arithmetic: one hash of seed and number for each member and each deed (`dice`), taken apart digit by digit, so
that the same numbers give the same history. Points, limits and dates come from the stored revisions, as everywhere. All
ids are drawn here, so that `written.py` only has to insert.
"""

# Enrolled up to 11 months ago: nothing has expired yet. Taps are capped so that they and the gaps between streaks fit.
# $1 seed, $2 first and $3 last number of a member, $4 deeds of each, $5 present, $6 currencies, $7 minor units in one,
# $8 how long before their end points are first announced.
ASKED = """
CREATE TEMP TABLE asked ON COMMIT DROP AS
SELECT $1::bigint AS seed, $2::int AS first, $3::int AS last, $4::int AS deeds, $5::timestamptz AS present,
  $6::text[] AS currencies, $7::int[] AS units_minor, $8::interval AS notice, 300 AS shortest_days, 150 AS most_taps
"""

# Each revision with the time in which it is in force; a market's first one from the start.
REVISION = """
CREATE TEMP TABLE revision ON COMMIT DROP AS
SELECT id AS revision_id, market_id, body, body ->> 'terms_version' AS terms_version,
  (body ->> 'posting_days')::int AS posting_days, make_interval(months => (body ->> 'expiry_months')::int) AS lifetime,
  CASE WHEN row_number() OVER line = 1 THEN '-infinity' ELSE in_force_from END AS in_force_from,
  lead(in_force_from, 1, 'infinity') OVER line AS in_force_until
FROM programme_revision WINDOW line AS (PARTITION BY market_id ORDER BY in_force_from, id)
"""
RULE = """
CREATE TEMP TABLE rule ON COMMIT DROP AS
SELECT revision_id, rule.* FROM revision
CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(body -> 'rules') AS (rule text, trigger text, points int,
  per_unit bool, "limit" int, period text, posts text, every_days int)) WITH ORDINALITY AS rule (rule, trigger, points,
  per_unit, "limit", period, posts, every_days, place)
"""

PERSON = """
CREATE TEMP TABLE person ON COMMIT DROP AS
SELECT nextval('member_id_seq') AS member_id, n, 'seed-' || seed || '-' || n AS mi_account_id, market.code AS market_id,
  market.currency, unit_minor, time_zone, (present AT TIME ZONE time_zone)::date AS today,
  shortest_days + (dice / 10 % 31)::int AS joined_days_ago, dice
FROM asked CROSS JOIN generate_series(first, last) AS n
CROSS JOIN LATERAL (SELECT hashtextextended('member/' || n, seed) & 9223372036854775807 AS dice) AS drawn
JOIN (SELECT *, row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS places FROM market) AS market
  ON place = dice % places
JOIN LATERAL unnest(currencies, units_minor) AS unit (currency, unit_minor) ON unit.currency = market.currency
ORDER BY n
"""

# The first two deeds are given, of the others 40 % are taps, 30 % orders, 15 % shares and 15 % reviews. Taps come in
# streaks of 5 to 9 days with 4 days between them; a third of the members tapped yesterday.
DEED = """
CREATE TEMP TABLE deed ON COMMIT DROP AS
WITH drawn AS (
  SELECT person.*, i, d.dice AS chance, CASE WHEN i = 1 THEN 'REGISTRATION' WHEN i = 2 THEN 'APP_LOGIN'
    WHEN d.dice % 100 < 40 THEN 'FUEL' WHEN d.dice % 100 < 70 THEN 'PURCHASE' WHEN d.dice % 100 < 85 THEN 'SHARE'
    ELSE 'REVIEW' END AS kind
  FROM asked CROSS JOIN person CROSS JOIN generate_series(1, deeds) AS i
  CROSS JOIN LATERAL (SELECT hashtextextended(n || '/' || i, seed) & 9223372036854775807 AS dice) AS d
), counted AS (
  SELECT *, row_number() OVER (PARTITION BY member_id, kind ORDER BY i)::int - 1 AS turn,
    least(count(*) OVER (PARTITION BY member_id, kind), most_taps)::int - 1 AS last_turn,
    5 + (dice / 1000 % 5)::int AS streak
  FROM asked CROSS JOIN drawn
), dated AS (
  SELECT *, CASE WHEN i <= 2 THEN joined_days_ago + 1 - i
    WHEN kind = 'FUEL' AND turn <= last_turn THEN 1 + last_turn - turn + 4 * (last_turn / streak - turn / streak)
      + CASE WHEN dice / 10000 % 3 = 0 THEN 0
        ELSE (dice / 100000 % (joined_days_ago - 2 - last_turn - 4 * (last_turn / streak)))::int END
    ELSE 1 + (chance / 100 % (joined_days_ago - 3))::int END AS days_ago
  FROM counted
), placed AS (
  SELECT *, CASE WHEN kind = 'FUEL' AND turn > last_turn THEN 'PURCHASE' ELSE kind END AS deed,
    today - days_ago AS local_date,
    (today - days_ago + make_interval(mins => 480 + (chance / 100000 % 840)::int)) AT TIME ZONE time_zone
      AS occurred_at
  FROM dated
)
SELECT nextval('activity_id_seq') AS activity_id, nextval('operation_id_seq') AS operation_id, member_id, n, i,
  mi_account_id, market_id, currency, unit_minor, time_zone, deed AS kind, occurred_at, local_date, revision_id,
  CASE deed WHEN 'PURCHASE' THEN nextval('shop_order_id_seq') WHEN 'REVIEW' THEN nextval('review_id_seq') END
    AS subject_id,
  CASE WHEN deed IN ('PURCHASE', 'SHARE', 'REVIEW') THEN 'SEED-' || 100 + i END AS sku,
  CASE deed WHEN 'SHARE' THEN (ARRAY['facebook', 'instagram', 'telegram', 'x'])[1 + chance / 1000 % 4] END AS network,
  CASE deed WHEN 'PURCHASE' THEN 50 + (chance / 10000 % 245)::int ^ 2 END::int AS net_minor,
  CASE deed WHEN 'FUEL' THEN turn % streak % every_days + 1 END AS tap_day,
  CASE WHEN deed = 'REVIEW' THEN occurred_at + interval '50 hours'
    WHEN deed = 'PURCHASE' AND chance / 1000000 % 5 < 3 THEN occurred_at + interval '70 hours' END AS confirmed_at
FROM placed JOIN revision USING (market_id)
JOIN (SELECT revision_id, coalesce(max(every_days), 32000) AS every_days FROM rule GROUP BY 1) AS streaks
  USING (revision_id)
WHERE occurred_at >= in_force_from AND occurred_at < in_force_until
ORDER BY member_id, occurred_at, i
"""

# What the rules grant for each deed, with the dates of its lot: of the confirmation where it came before the deadline.
EARNED = """
CREATE TEMP TABLE earned ON COMMIT DROP AS
WITH matched AS (
  SELECT deed.*, rule, place, "limit", posts, every_days, posting_days, lifetime,
    points * CASE WHEN per_unit THEN net_minor / unit_minor ELSE 1 END AS points,
    CASE period WHEN 'LIFETIME' THEN 'LIFETIME' WHEN 'MONTH' THEN to_char(local_date, 'YYYY-MM')
      WHEN 'DAY' THEN local_date::text WHEN 'PRODUCT' THEN 'sku:' || sku END AS limit_key
  FROM deed JOIN revision USING (revision_id, market_id) JOIN rule USING (revision_id)
  WHERE trigger = kind AND (every_days IS NULL OR tap_day = every_days)
), granted AS (
  SELECT *, CASE WHEN limit_key IS NOT NULL THEN
    row_number() OVER (PARTITION BY member_id, rule, limit_key ORDER BY occurred_at, activity_id)::int END AS slot,
    (local_date + posting_days + 1)::timestamp AT TIME ZONE time_zone AS deadline
  FROM matched WHERE points > 0
), posting AS (
  SELECT granted.*, CASE WHEN posts = 'AT_ONCE' THEN occurred_at WHEN confirmed_at < least(deadline, present)
    THEN confirmed_at ELSE deadline END AS posts_at
  FROM asked CROSS JOIN granted WHERE limit_key IS NULL OR slot <= "limit"
), dated AS (
  SELECT *, CASE WHEN posts_at = deadline THEN local_date + posting_days
    ELSE (posts_at AT TIME ZONE time_zone)::date END AS posting_date
  FROM posting
)
SELECT nextval('award_id_seq') AS award_id, nextval('lot_id_seq') AS lot_id, nextval('operation_id_seq') AS posting_id,
  dated.*, CASE WHEN posts_at <= present THEN posts_at END AS posted_at,
  (posting_date + lifetime)::date AS last_usable_day,
  ((posting_date + lifetime)::date + 1)::timestamp AT TIME ZONE time_zone AS expires_at
FROM asked CROSS JOIN dated ORDER BY member_id, occurred_at, activity_id, place
"""

# Two members of three have redeemed once, 20 to 119 days ago: the dearest open offer that they could then afford.
SPENT = """
CREATE TEMP TABLE spent ON COMMIT DROP AS
WITH redeemer AS (
  SELECT member_id, market_id, time_zone, n, present - make_interval(days => 20 + (dice / 1000000 % 100)::int) AS at
  FROM asked CROSS JOIN person WHERE dice / 100000000 % 3 > 0
), had AS (
  SELECT redeemer.*, sum(points) AS available FROM redeemer JOIN earned USING (member_id)
  WHERE posted_at <= at AND expires_at > at GROUP BY member_id, redeemer.market_id, redeemer.time_zone, redeemer.n, at
)
SELECT nextval('coupon_id_seq') AS coupon_id, nextval('operation_id_seq') AS operation_id, had.*, offer.*,
  (at AT TIME ZONE time_zone)::date + valid_days AS last_usable_day
FROM had CROSS JOIN LATERAL (
  SELECT id AS offer_id, price_points, value_minor, valid_days FROM coupon_offer WHERE market_id = had.market_id
    AND price_points <= available AND stock IS NULL AND opens_at IS NULL AND closes_at IS NULL
    AND limit_per_member IS NULL AND NOT suspended
  ORDER BY price_points DESC, id LIMIT 1) AS offer
ORDER BY member_id
"""

# Which lots paid, soonest-expiring first, as `ledger.hold.take` chooses them.
TAKEN = """
CREATE TEMP TABLE taken ON COMMIT DROP AS
SELECT coupon_id, lot_id, ordinal, least(points, price_points - before) AS points FROM (
  SELECT coupon_id, price_points, lot_id, points, row_number() OVER soonest AS ordinal,
    sum(points) OVER soonest - points AS before
  FROM spent JOIN earned USING (member_id) WHERE posted_at <= at AND earned.expires_at > at
  WINDOW soonest AS (PARTITION BY member_id ORDER BY earned.expires_at, posted_at, lot_id ROWS UNBOUNDED PRECEDING)
) AS usable WHERE before < price_points
"""

# The statement of each member in the order of time, with the balances after each line.
LINE = """
CREATE TEMP TABLE line ON COMMIT DROP AS
WITH moved AS (
  SELECT member_id, occurred_at AS at, operation_id, 'EARN' AS kind, 'ISSUED' AS source,
    CASE posts WHEN 'AT_ONCE' THEN 'AVAILABLE' ELSE 'PENDING' END AS target, points, activity_id,
    NULL::bigint AS coupon_id, lot_id
  FROM earned
  UNION ALL
  SELECT member_id, posted_at, posting_id, 'POST', 'PENDING', 'AVAILABLE', points, activity_id, NULL, lot_id
  FROM earned WHERE posts <> 'AT_ONCE' AND posted_at IS NOT NULL
  UNION ALL
  SELECT member_id, at, operation_id, 'REDEEM', 'AVAILABLE', 'REDEEMED', price_points, NULL, coupon_id, NULL FROM spent
)
SELECT nextval('entry_id_seq') AS entry_id, moved.*, row_number() OVER statement AS version,
  sum(points * ((target = 'PENDING')::int - (source = 'PENDING')::int)) OVER statement AS pending,
  sum(points * ((target = 'AVAILABLE')::int - (source = 'AVAILABLE')::int)) OVER statement AS available
FROM moved
WINDOW statement AS (
  PARTITION BY member_id ORDER BY at, coupon_id NULLS FIRST, operation_id, lot_id ROWS UNBOUNDED PRECEDING)
ORDER BY member_id, version
"""

# In the order in which they build on one another.
PLAN = (REVISION, RULE, PERSON, DEED, EARNED, SPENT, TAKEN, LINE)
# What of them the planner needs to know before they are joined.
ANALYZED = (
    "person (member_id)",
    "deed (activity_id, member_id, operation_id, kind)",
    "earned (activity_id, member_id, lot_id)",
    "taken (lot_id, coupon_id)",
    "line (activity_id, coupon_id, member_id, kind)",
)
