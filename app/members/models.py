"""Who is a member?"""

from tortoise import fields
from tortoise.models import Model

from app.programmes.models import Market


class Member(Model):
    """A person's identity in the programme; what they own is in `ledger`. One row per Mi Account for ever."""

    id = fields.BigIntField(primary_key=True)
    mi_account_id = fields.CharField(max_length=128, unique=True)
    person_key = fields.CharField(max_length=128, unique=True, null=True)
    display_name = fields.CharField(max_length=100, null=True)
    birth_date = fields.DateField()
    market: fields.ForeignKeyRelation[Market] = fields.ForeignKeyField("models.Market", on_delete=fields.RESTRICT)
    market_id: str
    terms_version = fields.CharField(max_length=40)
    enrolled_at = fields.DatetimeField()

    class Meta:
        table = "member"
