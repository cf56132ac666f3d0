"""How is a row made that breaks one constraint? By the constraint's own words where they say it."""

import re
from collections.abc import Iterator

from app.promises import Promise, promised
from tests.ledger.archive_violations import leaving
from tests.ledger.other_violations import VIOLATIONS
from tests.ledger.programme_violations import adjustment, campaign, exclusion, row_of

OF_ROWS = ("check", "not null", "generated", "primary key", "unique", "unique index", "foreign key")
PROMISED = promised()

# A row for each table that a history leaves empty, and for each key that it leaves without a value.
SAMPLES = (
    adjustment(),
    row_of("audit_line", at="now()", actor="'ana'", action="'suspend'", subject="'member/1'"),
    campaign(slug="'summer'"),
    "INSERT INTO campaign_window (campaign_id, market_id, starts_at, ends_at)"
    " SELECT id, 'ES', now(), now() + interval '1 day' FROM campaign",
    row_of("coupon_guess", principal="'member:1'", at="now()"),
    exclusion(sku="'A'"),
    row_of(
        "order_return",
        order_id="o.id",
        return_id="'r-1'",
        occurred_at="now()",
        recorded_at="now()",
        lines="'[]'",
        clawed_back="0",
        restored="0",
        debt="0",
        refund_minor="0",
    ),
    row_of(
        "outbox_message",
        endpoint="'https://shop.example'",
        kind="'POSTED'",
        body="'{}'",
        created_at="now()",
        attempts="1",
        delivered_at="now()",
    ),
    "INSERT INTO parked_event (subject, subject_id, event, occurred_at, recorded_at, facts, request_id)"
    " SELECT 'ORDER', 1, 'recordReturn', now(), now(), '{}', min(id) FROM request",
    row_of("tombstone", identity="'a hash'", member_id="m.member", erased_at="now()"),
    row_of("trusted_document", id="'d-1'", text="'{ me { id } }'", loaded_at="now()"),
    row_of("rate_bucket", name="'cost member:1'", level="1", at="now()"),
    *leaving("version = 1"),
    "UPDATE member SET person_key = 'p-' || id, former_id = id",
    "UPDATE share SET share_id = 's-' || id",
    """INSERT INTO activity (member_id, kind, code, source, reference, occurred_at, recorded_at, local_date, status,
                             points, facts, reason_facts)
       SELECT min(member_id), 'CUSTOM', 'QUIZ', 'mi.com', 'r-1', now(), now(), now(), 'NONE', 0, '{}', '{}'
       FROM account""",
)

# Takes all guards of a table away.
UNGUARD = """
DO $$
DECLARE guard record;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR guard IN SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype IN ('c', 'u', 'p')
    AND coninhcount = 0
  LOOP
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I CASCADE', guard.conname);
  END LOOP;
  FOR guard IN SELECT indexrelid::regclass AS name FROM pg_index WHERE indrelid = '{table}'::regclass AND indisunique
  LOOP
    EXECUTE format('DROP INDEX %s', guard.name);
  END LOOP;
  FOR guard IN SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND attnotnull
    AND attinhcount = 0 LOOP
    EXECUTE format('ALTER TABLE {table} ALTER %1$I DROP IDENTITY IF EXISTS, ALTER %1$I DROP NOT NULL', guard.attname);
  END LOOP;
END $$
"""


def damages() -> Iterator[tuple[Promise, str]]:
    """Every promise of rows with what breaks it once its guards are gone."""
    for promise in PROMISED:
        if promise.kind == "check":
            for violation in VIOLATIONS:
                if violation.guard == promise.name:
                    yield promise, violation.statement
        elif promise.kind in OF_ROWS:
            yield promise, damage(promise)


def damage(promise: Promise) -> str:
    """The statement that breaks it in one row."""
    table = promise.table
    one = f"WHERE ctid = (SELECT max(ctid) FROM {table})"
    if promise.kind == "not null":
        return f'UPDATE {table} SET "{promise.name}" = NULL {one}'
    if promise.kind == "generated":
        name = promise.name
        return f"ALTER TABLE {table} ALTER {name} DROP EXPRESSION; UPDATE {table} SET {name} = 'epoch' {one}"
    if promise.kind == "foreign key":
        column = re.findall(r"\((\w+)\)", promise.definition)[0]
        nobody = "'XX'" if "market(code)" in promise.definition else "-4711"
        return f"UPDATE {table} SET {column} = {nobody} {one}"
    return doubled(promise)


def doubled(promise: Promise) -> str:
    """A row once more."""
    table = promise.table
    those = promise.definition.partition(" WHERE ")[2] or "true"
    keys = promise.definition.partition("(")[2].partition(")")[0].split(", ")
    computed = {each.name for each in PROMISED if each.kind == "generated" and each.table == table}
    columns = [each.name for each in PROMISED if each.kind == "column" and each.table == table]
    copied = ", ".join(f'"{column}"' for column in columns if column not in computed)
    given = " AND ".join([those, *(f"{key} IS NOT NULL" for key in keys)])
    return f"INSERT INTO {table} ({copied}) SELECT {copied} FROM {table} WHERE {given} LIMIT 1"
