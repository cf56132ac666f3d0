from pathlib import Path

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0005_activities_in_order')]

    initial = False

    operations = [
        ops.CreateModel(
            name='RateBucket',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=300)),
                ('level', fields.FloatField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'rate_bucket', 'app': 'models', 'pk_attr': 'name', 'table_description': 'A leaky bucket that all processes share: so full, in units, it was at that instant of real time.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TrustedDocument',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=128)),
                ('text', fields.TextField(unique=False)),
                ('operation', fields.CharField(null=True, max_length=128)),
                ('loaded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'trusted_document', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A document of our own clients under the id that they send: its hash, or what their build tool calls it.'},
            bases=['Model'],
        ),
        ops.RunSQL(Path(__file__).with_name("guards_0006.sql").read_text()),
    ]
