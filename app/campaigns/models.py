"""Which temporary earning rules were launched?"""

from tortoise import fields
from tortoise.models import Model

from app.programmes.models import Market


class Campaign(Model):
    """A temporary earning rule (PROGRAMME 9). Exactly one effect: `bonus_points`, `multiplier` or `points_per_unit`.

    The last two are decimals as text ("2", "1.5"). `budget_left` counts down in points; null: no budget.
    """

    id = fields.BigIntField(primary_key=True)
    slug = fields.CharField(max_length=64, unique=True)
    titles: fields.Field[dict[str, str]] = fields.JSONField()
    trigger = fields.CharField(max_length=12)
    activity_code = fields.CharField(max_length=40, null=True)
    condition = fields.TextField(null=True)
    bonus_points = fields.IntField(null=True)
    multiplier = fields.CharField(max_length=16, null=True)
    points_per_unit = fields.CharField(max_length=16, null=True)
    limit_per_member = fields.IntField(null=True)
    limit_period = fields.CharField(max_length=8)
    posting_days = fields.IntField(null=True)
    budget = fields.BigIntField(null=True)
    budget_left = fields.BigIntField(null=True)
    launched_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "campaign"


class CampaignWindow(Model):
    """When a campaign runs in a market: [starts_at, ends_at), its wall-clock window in that market's zone."""

    id = fields.BigIntField(primary_key=True)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", on_delete=fields.RESTRICT)
    campaign_id: int
    market: fields.ForeignKeyRelation[Market] = fields.ForeignKeyField("models.Market", on_delete=fields.RESTRICT)
    market_id: str
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()

    class Meta:
        table = "campaign_window"
        unique_together = (("campaign", "market"),)
