"""What might the next version change? An expansion of busy tables, for tests: nothing that runs loses anything."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from app.database import MIGRATIONS
from app.schema import known_migrations

BUSY = ("account", "lot", "entry", "activity", "coupon", "reservation", "shop_order", "order_line", "request")
COLUMNS = "".join(f"ALTER TABLE {table} ADD COLUMN said text NOT NULL DEFAULT 'nothing';\n" for table in BUSY)
SQL = f"""
{COLUMNS}
ALTER TABLE account ADD CONSTRAINT account_said CHECK (said <> '');
CREATE INDEX activity_said ON activity (said, id);
CREATE OR REPLACE FUNCTION only_if(sound boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF sound IS NOT TRUE THEN
    RAISE EXCEPTION 'not as it was read' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN true;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("models", max(known_migrations(MIGRATIONS)))]  # noqa: RUF012 - as Tortoise has it
    operations = [ops.RunSQL(SQL)]  # noqa: RUF012
