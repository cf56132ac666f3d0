"""Which requests were answered, and which events still wait for their cause?"""

from tortoise import fields
from tortoise.models import Model


class Request(Model):
    """One idempotency key of one principal with the stored outcome; kept 90 days."""

    id = fields.BigIntField(primary_key=True)
    principal = fields.CharField(max_length=160)
    key = fields.CharField(max_length=128)
    mutation = fields.CharField(max_length=40)
    fingerprint = fields.BinaryField()
    accepted_at = fields.DatetimeField()
    completed_at = fields.DatetimeField(null=True)
    state = fields.CharField(max_length=8)
    outcome: fields.Field[dict[str, object]] = fields.JSONField()

    class Meta:
        table = "request"
        unique_together = (("principal", "key"),)


class ParkedEvent(Model):
    """An event that came before its cause (an order or a review, by table row); applied when that arrives."""

    id = fields.BigIntField(primary_key=True)
    subject = fields.CharField(max_length=12)
    subject_id = fields.BigIntField()
    event = fields.CharField(max_length=40)
    occurred_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    facts: fields.Field[dict[str, object]] = fields.JSONField()
    request: fields.ForeignKeyNullableRelation[Request] = fields.ForeignKeyField(
        "models.Request", null=True, on_delete=fields.SET_NULL
    )
    request_id: int | None
    applied_at = fields.DatetimeField(null=True)

    class Meta:
        table = "parked_event"
