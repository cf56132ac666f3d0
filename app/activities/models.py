"""What did members do, and what did it earn?"""

from tortoise import fields
from tortoise.models import Model

from app.ledger.models import Account
from app.programmes.models import ProgrammeRevision


class Activity(Model):
    """What a member did, on `local_date` of their zone. `points` (net of clawbacks) and `status` follow its lots."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    kind = fields.CharField(max_length=12)
    code = fields.CharField(max_length=40, null=True)
    source = fields.CharField(max_length=64)
    reference = fields.CharField(max_length=128, null=True)
    occurred_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    local_date = fields.DateField()
    status = fields.CharField(max_length=9)
    points = fields.IntField()
    facts: fields.Field[dict[str, object]] = fields.JSONField()
    reason = fields.CharField(max_length=40, null=True)
    reason_facts: fields.Field[dict[str, object]] = fields.JSONField()

    class Meta:
        table = "activity"


class Award(Model):
    """Points an activity earned, with rule, revision and reasons; never changed. `slot` counts grants of a limit."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    activity: fields.ForeignKeyRelation[Activity] = fields.ForeignKeyField("models.Activity", on_delete=fields.RESTRICT)
    activity_id: int
    rule = fields.CharField(max_length=40)
    points = fields.IntField()
    revision: fields.ForeignKeyRelation[ProgrammeRevision] = fields.ForeignKeyField(
        "models.ProgrammeRevision", on_delete=fields.RESTRICT
    )
    revision_id: int
    campaign_id = fields.BigIntField(null=True)
    explanation = fields.CharField(max_length=40)
    facts: fields.Field[dict[str, object]] = fields.JSONField()
    limit_key = fields.CharField(max_length=160, null=True)
    slot = fields.IntField(null=True)

    class Meta:
        table = "award"


class FuelTap(Model):
    """A tap; `day` is its place in the streak, [`day_starts_at`, `day_ends_at`) its local day in the zone of then."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    local_date = fields.DateField()
    day = fields.SmallIntField()
    day_starts_at = fields.DatetimeField()
    day_ends_at = fields.DatetimeField()
    activity: fields.OneToOneRelation[Activity] = fields.OneToOneField("models.Activity", on_delete=fields.RESTRICT)
    activity_id: int

    class Meta:
        table = "fuel_tap"
        unique_together = (("member", "local_date"),)


class Share(Model):
    """A product shared on a network on a local day: the same three are the same share (PROGRAMME 3).

    A row without a product is a share id alone: of a share not yet known, or another name of a known one.
    """

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    share_id = fields.CharField(max_length=128, null=True)
    sku = fields.CharField(max_length=64, null=True)
    network = fields.CharField(max_length=32, null=True)
    local_date = fields.DateField(null=True)
    url = fields.CharField(max_length=2048, null=True)
    activity: fields.ForeignKeyNullableRelation[Activity] = fields.ForeignKeyField(
        "models.Activity", null=True, on_delete=fields.RESTRICT
    )
    activity_id: int | None

    class Meta:
        table = "share"
        unique_together = (("member", "sku", "network", "local_date"), ("member", "share_id"))


class Review(Model):
    """A product review by its id in its source; the row exists from the first word about it, known or not."""

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(max_length=64)
    review_id = fields.CharField(max_length=128)
    state = fields.CharField(max_length=9)
    activity: fields.OneToOneNullableRelation[Activity] = fields.OneToOneField(
        "models.Activity", null=True, on_delete=fields.RESTRICT
    )
    activity_id: int | None

    class Meta:
        table = "review"
        unique_together = (("source", "review_id"),)
