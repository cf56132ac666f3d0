"""Where do points live? Accounts, lots, operations, entries, moves and notices (HOUSE: ledger)."""

from tortoise import fields
from tortoise.models import Model

# Written by `ledger/posting.py` alone. The migration adds what Tortoise cannot say: checks, the hash chain,
# no-update triggers and the generated column `lot.due_at`; and the archives of `entry` and `move`, which inherit from
# them: who reads one of the two reads its archive as well.


class Account(Model):
    """What a member owns now, in points; one row per member, with the member's id.

    `next_change_at` is never later than the next change that the clock alone makes to it; null when there is none.
    """

    member_id = fields.BigIntField(primary_key=True, generated=False)
    market: fields.ForeignKeyRelation[Model] = fields.ForeignKeyField("models.Market", on_delete=fields.RESTRICT)
    market_id: str
    status = fields.CharField(max_length=9)
    time_zone = fields.CharField(max_length=64)
    pending = fields.IntField()
    available = fields.IntField()
    reserved = fields.IntField()
    debt = fields.IntField()
    version = fields.IntField()
    last_at = fields.DatetimeField()
    next_change_at = fields.DatetimeField(null=True)

    class Meta:
        table = "account"


class Lot(Model):
    """The points of one award: amount = remaining + reserved + consumed + expired + withdrawn (a CHECK).

    `reclaimed`: how much of the award was clawed back, from this lot (`withdrawn`), from other lots or as debt.
    """

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    award: fields.OneToOneRelation[Model] = fields.OneToOneField("models.Award", on_delete=fields.RESTRICT)
    award_id: int
    amount = fields.IntField()
    remaining = fields.IntField()
    reserved = fields.IntField()
    consumed = fields.IntField()
    expired = fields.IntField()
    withdrawn = fields.IntField()
    reclaimed = fields.IntField()
    awaits_approval = fields.BooleanField()
    posting_date = fields.DateField()
    posts_at = fields.DatetimeField()
    posted_at = fields.DatetimeField(null=True)
    last_usable_day = fields.DateField()
    expires_at = fields.DatetimeField()
    notify_at = fields.DatetimeField(null=True)

    class Meta:
        table = "lot"


class Operation(Model):
    """One cause of movement; `cause` is its natural key, so that nothing moves points twice."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    cause = fields.CharField(max_length=400, unique=True)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=128, null=True)

    class Meta:
        table = "operation"


class Entry(Model):
    """One statement line: `points` (> 0) from bucket `source` to bucket `target`, with the balances after it."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    operation: fields.ForeignKeyRelation[Operation] = fields.ForeignKeyField(
        "models.Operation", on_delete=fields.RESTRICT
    )
    operation_id: int
    version = fields.IntField()
    kind = fields.CharField(max_length=12)
    source = fields.CharField(max_length=12)
    target = fields.CharField(max_length=12)
    points = fields.IntField()
    pending_after = fields.IntField()
    available_after = fields.IntField()
    reserved_after = fields.IntField()
    debt_after = fields.IntField()
    at = fields.DatetimeField()
    activity: fields.ForeignKeyNullableRelation[Model] = fields.ForeignKeyField(
        "models.Activity", null=True, on_delete=fields.RESTRICT
    )
    activity_id: int | None
    coupon: fields.ForeignKeyNullableRelation[Model] = fields.ForeignKeyField(
        "models.Coupon", null=True, on_delete=fields.RESTRICT
    )
    coupon_id: int | None
    reservation_id = fields.BigIntField(null=True)
    reason = fields.CharField(max_length=40, null=True)
    facts: fields.Field[dict[str, object]] = fields.JSONField()
    hash = fields.BinaryField()

    class Meta:
        table = "entry"
        unique_together = (("member", "version"),)


class Move(Model):
    """How many of an entry's points touch which lot, and in what order they were taken (1, 2, ...)."""

    id = fields.BigIntField(primary_key=True)
    entry: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField("models.Entry", on_delete=fields.RESTRICT)
    entry_id: int
    lot: fields.ForeignKeyRelation[Lot] = fields.ForeignKeyField("models.Lot", on_delete=fields.RESTRICT)
    lot_id: int
    points = fields.IntField()
    ordinal = fields.IntField()

    class Meta:
        table = "move"
        unique_together = (("entry", "lot"),)


class Notice(Model):
    """Something the member should know, written with its cause; rendered in the reader's language."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", on_delete=fields.RESTRICT)
    member_id: int
    kind = fields.CharField(max_length=16)
    at = fields.DatetimeField()
    points = fields.IntField(null=True)
    facts: fields.Field[dict[str, object]] = fields.JSONField()
    activity: fields.ForeignKeyNullableRelation[Model] = fields.ForeignKeyField(
        "models.Activity", null=True, on_delete=fields.RESTRICT
    )
    activity_id: int | None
    coupon: fields.ForeignKeyNullableRelation[Model] = fields.ForeignKeyField(
        "models.Coupon", null=True, on_delete=fields.RESTRICT
    )
    coupon_id: int | None

    class Meta:
        table = "notice"
