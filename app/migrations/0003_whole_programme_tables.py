from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0002_guards')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Adjustment',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('activity', fields.OneToOneField('models.Activity', source_field='activity_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('points', fields.IntField()),
                ('note', fields.CharField(max_length=500)),
                ('asked_by', fields.CharField(max_length=128)),
                ('approved_by', fields.CharField(null=True, max_length=128)),
                ('applied_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'adjustment', 'app': 'models', 'pk_attr': 'id', 'table_description': "Points that staff gave (> 0) or took (< 0); above the limit it waits for another person's approval."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AuditLine',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=128)),
                ('action', fields.CharField(max_length=40)),
                ('subject', fields.CharField(max_length=200)),
                ('before', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('after', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'audit_line', 'app': 'models', 'pk_attr': 'id', 'table_description': 'One act of staff: who, when, what, on which subject, before and after. Never changed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Campaign',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('slug', fields.CharField(unique=True, max_length=64)),
                ('titles', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('trigger', fields.CharField(max_length=12)),
                ('activity_code', fields.CharField(null=True, max_length=40)),
                ('condition', fields.TextField(null=True, unique=False)),
                ('bonus_points', fields.IntField(null=True)),
                ('multiplier', fields.CharField(null=True, max_length=16)),
                ('points_per_unit', fields.CharField(null=True, max_length=16)),
                ('limit_per_member', fields.IntField(null=True)),
                ('limit_period', fields.CharField(max_length=8)),
                ('posting_days', fields.IntField(null=True)),
                ('budget', fields.BigIntField(null=True)),
                ('budget_left', fields.BigIntField(null=True)),
                ('launched_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'campaign', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A temporary earning rule (PROGRAMME 9). Exactly one effect: `bonus_points`, `multiplier` or `points_per_unit`.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CampaignWindow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('campaign', fields.ForeignKeyField('models.Campaign', source_field='campaign_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('market', fields.ForeignKeyField('models.Market', source_field='market_id', db_constraint=True, to_field='code', on_delete=OnDelete.RESTRICT)),
                ('starts_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'campaign_window', 'app': 'models', 'unique_together': (('campaign', 'market'),), 'pk_attr': 'id', 'table_description': "When a campaign runs in a market: [starts_at, ends_at), its wall-clock window in that market's zone."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CouponGuess',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('principal', fields.CharField(max_length=160)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'coupon_guess', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A code that found no coupon, by who tried it; kept as long as it counts against them.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Exclusion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('market', fields.ForeignKeyField('models.Market', source_field='market_id', db_constraint=True, to_field='code', on_delete=OnDelete.RESTRICT)),
                ('sku', fields.CharField(null=True, max_length=64)),
                ('category', fields.CharField(null=True, max_length=64)),
                ('from_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('until_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'exclusion', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A product or category that neither earns nor takes discounts in a market during [from_at, until_at).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OrderReturn',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('order', fields.ForeignKeyField('models.Order', source_field='order_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('return_id', fields.CharField(max_length=128)),
                ('occurred_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('lines', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('clawed_back', fields.IntField()),
                ('restored', fields.IntField()),
                ('debt', fields.IntField()),
                ('refund_minor', fields.BigIntField()),
                ('coupon_id', fields.BigIntField(null=True)),
            ],
            options={'table': 'order_return', 'app': 'models', 'unique_together': (('order', 'return_id'),), 'pk_attr': 'id', 'table_description': 'A return of lines of an order, by its id within the order, with what it changed (points and minor units).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('endpoint', fields.CharField(max_length=500)),
                ('kind', fields.CharField(max_length=40)),
                ('body', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField()),
                ('next_try_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('delivered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('failure', fields.CharField(null=True, max_length=200)),
            ],
            options={'table': 'outbox_message', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A webhook message for one endpoint, written with its cause; retried with back-off, dead after its last try.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Reservation',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('models.Account', source_field='member_id', db_constraint=True, to_field='member_id', on_delete=OnDelete.RESTRICT)),
                ('order', fields.ForeignKeyField('models.Order', source_field='order_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('status', fields.CharField(max_length=9)),
                ('points', fields.IntField()),
                ('captured', fields.IntField()),
                ('held_until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reservation', 'app': 'models', 'pk_attr': 'id', 'table_description': 'Points of a member held for an order until `held_until`; `captured` of them were spent, once.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Tombstone',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('identity', fields.CharField(unique=True, max_length=64)),
                ('member', fields.ForeignKeyField('models.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT)),
                ('erased_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tombstone', 'app': 'models', 'pk_attr': 'id', 'table_description': 'What is left of an erased identity: a keyed hash that knows it again, and the account that had its grants.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Order',
            name='cancelled_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Order',
            name='points',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='returned',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Coupon',
            name='notify_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Member',
            name='former',
            field=fields.ForeignKeyField('models.Member', source_field='former_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Member',
            name='suspended_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AlterField(
            model_name='Member',
            name='birth_date',
            field=fields.DateField(null=True),
        ),
        ops.AlterField(
            model_name='Share',
            name='activity',
            field=fields.ForeignKeyField('models.Activity', source_field='activity_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.RESTRICT),
        ),
        ops.AlterField(
            model_name='Share',
            name='local_date',
            field=fields.DateField(null=True),
        ),
        ops.AlterField(
            model_name='Share',
            name='network',
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AlterField(
            model_name='Share',
            name='sku',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AlterField(
            model_name='Share',
            name='url',
            field=fields.CharField(null=True, max_length=2048),
        ),
    ]
