"""Where do old statement lines go, so that what is written every day stays small?"""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0007_swift_writes")]
    operations = [ops.RunSQL(Path(__file__).with_name("guards_0008.sql").read_text())]
