"""What was bought, line by line, and who paid which part of it?"""

from tortoise import fields
from tortoise.models import Model

from app.activities.models import Activity


class Order(Model):
    """An order by its id in its source; the row exists from the first word about it, known or not.

    `points`: those that paid for a part of it, by a reservation or as the shop said.
    """

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(max_length=64)
    order_id = fields.CharField(max_length=128)
    activity: fields.OneToOneNullableRelation[Activity] = fields.OneToOneField(
        "models.Activity", null=True, on_delete=fields.RESTRICT
    )
    activity_id: int | None
    points = fields.IntField(null=True)
    cancelled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "shop_order"
        unique_together = (("source", "order_id"),)


class OrderLine(Model):
    """One line with its discounts allocated, in minor units: net = gross - coupon - points (PROGRAMME 3).

    `returned` of its `quantity` pieces came back.
    """

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
    returned = fields.IntField(null=True)

    class Meta:
        table = "order_line"
        unique_together = (("order", "line_id"),)


class OrderReturn(Model):
    """A return of lines of an order, by its id within the order, with what it changed (points and minor units).

    A cancelled order is one without an id: it returns all that is kept, and `coupon_id` came back with it. `debt` is
    the member's afterwards.
    """

    id = fields.BigIntField(primary_key=True)
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField("models.Order", on_delete=fields.RESTRICT)
    order_id: int
    return_id = fields.CharField(max_length=128)
    occurred_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    lines: fields.Field[list[dict[str, object]]] = fields.JSONField()
    clawed_back = fields.IntField()
    restored = fields.IntField()
    debt = fields.IntField()
    refund_minor = fields.BigIntField()
    coupon_id = fields.BigIntField(null=True)

    class Meta:
        table = "order_return"
        unique_together = (("order", "return_id"),)
