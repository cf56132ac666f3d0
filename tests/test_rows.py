"""Are the instances that are made of rows by hand those that Tortoise makes?"""

from tortoise.models import Model

from app.activities.models import Activity
from app.checkout.models import Reservation
from app.coupons.models import Coupon
from app.database import Db, rows
from app.ledger.models import Entry, Notice
from app.rows import Table
from tests.coupons.makers import issued
from tests.ledger.makers import bought, enrolled, launched, tapped

MODELS: tuple[type[Model], ...] = (Activity, Entry, Notice, Coupon, Reservation)


async def test_an_instance_made_by_hand_is_tortoises_own(db: Db) -> None:
    await launched()
    person = await enrolled()
    await tapped(person)
    await bought(person, 500, delivered=True)
    await issued(person)

    compared = 0
    for model in MODELS:
        table: Table[Model] = Table(model)
        found = await rows(db, f"SELECT * FROM {model._meta.db_table} ORDER BY 1")
        sent = await rows(db, f"SELECT {table.selected('line')} FROM {model._meta.db_table} line ORDER BY 1")
        for row, line in zip(found, sent, strict=True):
            own, ours = model._init_from_db(**dict(row)), table.make(tuple(line))
            assert ours.__dict__ == own.__dict__
            assert (type(ours), ours, hash(ours)) == (model, own, hash(own))
            compared += 1
    assert compared >= 8


async def test_a_change_of_one_instance_is_no_change_of_another(db: Db) -> None:
    await launched()
    await tapped(await enrolled())
    table = Table(Activity)
    (line, *_) = await rows(db, f"SELECT {table.selected('line')} FROM activity line WHERE kind = 'FUEL'")

    one, other = table.make(tuple(line)), table.make(tuple(line))
    one.facts["day_on"] = "another"
    one.points = -1

    assert other.facts["day_on"] != "another"
    assert other.points == 10


async def test_an_instance_made_by_hand_can_be_saved(db: Db) -> None:
    await launched()
    await tapped(await enrolled())
    table = Table(Activity)
    (line, *_) = await rows(db, f"SELECT {table.selected('line')} FROM activity line WHERE kind = 'FUEL'")

    made = table.make(tuple(line))
    made.reason = "SUSPENDED"
    await made.save(update_fields=["reason"])

    assert (await Activity.get(id=made.id)).reason == "SUSPENDED"
