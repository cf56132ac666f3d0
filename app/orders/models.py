"""What was bought, line by line, and who paid which part of it?"""

from tortoise import fields
from tortoise.models import Model

from app.activities.models import Activity


class Order(Model):
    """An order by its id in its source; the row exists from the first word about it, known or not."""

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(max_length=64)
    order_id = fields.CharField(max_length=128)
    activity: fields.OneToOneNullableRelation[Activity] = fields.OneToOneField(
        "models.Activity", null=True, on_delete=fields.RESTRICT
    )
    activity_id: int | None

    class Meta:
        table = "shop_order"
        unique_together = (("source", "order_id"),)


class OrderLine(Model):
    """One line with its discounts allocated, in minor units: net = gross - coupon - points (PROGRAMME 3)."""

    id = fields.BigIntField(primary_key=True)
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField("models.Order", on_delete=fields.RESTRICT)
    line_id = fields.CharField(max_length=64)
    sku = fields.CharField(max_length=64)
    quantity = fields.IntField()
    gross_minor = fields.BigIntField()
    coupon_minor = fields.BigIntField()
    points_minor = fields.BigIntField()
    net_minor = fields.BigIntField()
    earns = fields.BooleanField()
    categories: fields.Field[list[str]] = fields.JSONField()

    class Meta:
        table = "order_line"
        unique_together = (("order", "line_id"),)
