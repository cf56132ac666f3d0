"""Who is a member?"""

from tortoise import fields
from tortoise.models import Model

from app.programmes.models import Market


class Member(Model):
    """A person's identity in the programme; what they own is in `ledger`. One row per Mi Account for ever.

    `former`: who this person was before they were erased and came back; what is once per account counts there too.
    `suspended_at`: since when staff suspends this person, whatever becomes of the account; null: they do not.
    """

    id = fields.BigIntField(primary_key=True)
    mi_account_id = fields.CharField(max_length=128, unique=True)
    person_key = fields.CharField(max_length=128, unique=True, null=True)
    display_name = fields.CharField(max_length=100, null=True)
    birth_date = fields.DateField(null=True)  # null: erased
    market: fields.ForeignKeyRelation[Market] = fields.ForeignKeyField("models.Market", on_delete=fields.RESTRICT)
    market_id: str
    terms_version = fields.CharField(max_length=40)
    enrolled_at = fields.DatetimeField()
    suspended_at = fields.DatetimeField(null=True)
    former: fields.ForeignKeyNullableRelation["Member"] = fields.ForeignKeyField(
        "models.Member", null=True, on_delete=fields.RESTRICT
    )
    former_id: int | None

    class Meta:
        table = "member"


class Tombstone(Model):
    """What is left of an erased identity: a keyed hash that knows it again, and the account that had its grants."""

    id = fields.BigIntField(primary_key=True)
    identity = fields.CharField(max_length=64, unique=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("models.Member", on_delete=fields.RESTRICT)
    member_id: int
    erased_at = fields.DatetimeField()

    class Meta:
        table = "tombstone"
