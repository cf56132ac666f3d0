"""What did staff do, and what still waits for a second person?"""

from tortoise import fields
from tortoise.models import Model

from app.activities.models import Activity


class AuditLine(Model):
    """One act of staff: who, when, what, on which subject, before and after. Never changed."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=128)
    action = fields.CharField(max_length=40)
    subject = fields.CharField(max_length=200)
    before: fields.Field[dict[str, object] | None] = fields.JSONField(null=True)
    after: fields.Field[dict[str, object] | None] = fields.JSONField(null=True)

    class Meta:
        table = "audit_line"


class Adjustment(Model):
    """Points that staff gave (> 0) or took (< 0); above the limit it waits for another person's approval."""

    id = fields.BigIntField(primary_key=True)
    activity: fields.OneToOneRelation[Activity] = fields.OneToOneField("models.Activity", on_delete=fields.RESTRICT)
    activity_id: int
    points = fields.IntField()
    note = fields.CharField(max_length=500)
    asked_by = fields.CharField(max_length=128)
    approved_by = fields.CharField(max_length=128, null=True)
    applied_at = fields.DatetimeField(null=True)

    class Meta:
        table = "adjustment"
