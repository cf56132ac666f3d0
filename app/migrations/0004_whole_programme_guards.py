"""Which guards must the database hold for the whole programme?"""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0003_whole_programme_tables")]
    operations = [ops.RunSQL(Path(__file__).with_name("guards_0004.sql").read_text())]
