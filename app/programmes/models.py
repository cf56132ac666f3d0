"""Which markets are served, and which numbers are in force there?"""

from tortoise import fields
from tortoise.models import Model


class Market(Model):
    """One country of the store: its currency (ISO 4217), IANA zone, locale and legal entity (PROGRAMME 2)."""

    code = fields.CharField(max_length=2, primary_key=True)
    currency = fields.CharField(max_length=3)
    time_zone = fields.CharField(max_length=64)
    locale = fields.CharField(max_length=8)
    operator = fields.CharField(max_length=120)

    class Meta:
        table = "market"


class Exclusion(Model):
    """A product or category that neither earns nor takes discounts in a market during [from_at, until_at)."""

    id = fields.BigIntField(primary_key=True)
    market: fields.ForeignKeyRelation[Market] = fields.ForeignKeyField("models.Market", on_delete=fields.RESTRICT)
    market_id: str
    sku = fields.CharField(max_length=64, null=True)
    category = fields.CharField(max_length=64, null=True)
    from_at = fields.DatetimeField(null=True)
    until_at = fields.DatetimeField(null=True)

    class Meta:
        table = "exclusion"


class ProgrammeRevision(Model):
    """The numbers of one market from `in_force_from` on, as checked by `app.rules.revision` (PROGRAMME 10)."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=40)
    market: fields.ForeignKeyRelation[Market] = fields.ForeignKeyField("models.Market", on_delete=fields.RESTRICT)
    market_id: str
    valid_from = fields.DatetimeField()
    in_force_from = fields.DatetimeField()
    body: fields.Field[dict[str, object]] = fields.JSONField()

    class Meta:
        table = "programme_revision"
        unique_together = (("market", "name"),)
