"""Which functions do statements need that are their own transaction?"""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0006_documents_and_rates")]
    operations = [ops.RunSQL(Path(__file__).with_name("guards_0007.sql").read_text())]
