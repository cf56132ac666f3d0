"""Which coupons are offered, and which were issued to whom?"""

from tortoise import fields
from tortoise.models import Model

from app.ledger.models import Account
from app.orders.models import Order
from app.programmes.models import Market


class CouponOffer(Model):
    """An entry of the catalogue: a price in points for a value in minor units (PROGRAMME 7)."""

    id = fields.BigIntField(primary_key=True)
    market: fields.ForeignKeyRelation[Market] = fields.ForeignKeyField("models.Market", on_delete=fields.RESTRICT)
    market_id: str
    catalogue_key = fields.CharField(max_length=80, unique=True, null=True)
    price_points = fields.IntField()
    value_minor = fields.BigIntField()
    minimum_order_minor = fields.BigIntField(null=True)
    valid_days = fields.IntField()
    opens_at = fields.DatetimeField(null=True)
    closes_at = fields.DatetimeField(null=True)
    stock = fields.IntField(null=True)
    stock_left = fields.IntField(null=True)
    limit_per_member = fields.IntField(null=True)
    suspended = fields.BooleanField(default=False)
    excluded_skus: fields.Field[list[str]] = fields.JSONField()
    excluded_categories: fields.Field[list[str]] = fields.JSONField()
    titles: fields.Field[dict[str, str]] = fields.JSONField()

    class Meta:
        table = "coupon_offer"


class Coupon(Model):
    """A coupon of a member. Its code is derived from `nonce` with the coupon key; only a keyed hash finds it."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    offer: fields.ForeignKeyRelation[CouponOffer] = fields.ForeignKeyField(
        "models.CouponOffer", on_delete=fields.RESTRICT
    )
    offer_id: int
    nonce = fields.BinaryField()
    lookup = fields.CharField(max_length=64, unique=True)
    status = fields.CharField(max_length=9)
    value_minor = fields.BigIntField()
    points_spent = fields.IntField()
    issued_at = fields.DatetimeField()
    last_usable_day = fields.DateField()
    expires_at = fields.DatetimeField()
    notify_at = fields.DatetimeField(null=True)
    reserved_until = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)
    order: fields.ForeignKeyNullableRelation[Order] = fields.ForeignKeyField(
        "models.Order", null=True, on_delete=fields.RESTRICT
    )
    order_id: int | None

    class Meta:
        table = "coupon"


class CouponGuess(Model):
    """A code that found no coupon, by who tried it; kept as long as it counts against them."""

    id = fields.BigIntField(primary_key=True)
    principal = fields.CharField(max_length=160)
    at = fields.DatetimeField()

    class Meta:
        table = "coupon_guess"
