"""Which documents may clients name, instead of sending their text?"""

from tortoise import fields
from tortoise.models import Model


class TrustedDocument(Model):
    """A document of our own clients under the id that they send: its hash, or what their build tool calls it."""

    id = fields.CharField(max_length=128, primary_key=True)
    text = fields.TextField()
    operation = fields.CharField(max_length=128, null=True)
    loaded_at = fields.DatetimeField()

    class Meta:
        table = "trusted_document"
