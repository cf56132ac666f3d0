"""Which points are held for which checkout?"""

from tortoise import fields
from tortoise.models import Model

from app.ledger.models import Account
from app.orders.models import Order


class Reservation(Model):
    """Points of a member held for an order until `held_until`; `captured` of them were spent, once."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField("models.Order", on_delete=fields.RESTRICT)
    order_id: int
    status = fields.CharField(max_length=9)
    points = fields.IntField()
    captured = fields.IntField()
    held_until = fields.DatetimeField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "reservation"
