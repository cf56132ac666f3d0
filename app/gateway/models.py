"""What does the gateway itself keep in the database?"""

from tortoise import fields
from tortoise.models import Model


class RateBucket(Model):
    """A leaky bucket that all processes share: so full, in units, it was at that instant of real time."""

    name = fields.CharField(max_length=300, primary_key=True)
    level = fields.FloatField()
    at = fields.DatetimeField()

    class Meta:
        table = "rate_bucket"
