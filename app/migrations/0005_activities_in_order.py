"""Which guards does the database need to tell of a member's activities in the order of their recording?"""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0004_whole_programme_guards")]
    operations = [ops.RunSQL(Path(__file__).with_name("guards_0005.sql").read_text())]
