"""Which guards must the database itself hold?"""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0001_tables")]
    operations = [ops.RunSQL(Path(__file__).with_name("guards_0002.sql").read_text())]
