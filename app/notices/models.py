"""Which messages must leave the house, and did they?"""

from tortoise import fields
from tortoise.models import Model


class OutboxMessage(Model):
    """A webhook message for one endpoint, written with its cause; retried with back-off, dead after its last try."""

    id = fields.BigIntField(primary_key=True)
    endpoint = fields.CharField(max_length=500)
    kind = fields.CharField(max_length=40)
    body: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()
    attempts = fields.IntField()
    next_try_at = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)
    failure = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "outbox_message"
