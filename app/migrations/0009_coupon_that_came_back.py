"""Is the coupon that a cancelled order gave back one that was ever issued?"""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0008_archive")]
    operations = [ops.RunSQL(Path(__file__).with_name("guards_0009.sql").read_text())]
