"""What do campaign awards still come to on what is kept of an order? (PROGRAMME 3, 4)"""

import pytest

from app.campaigns.kept import still_earned
from app.database import Db, value
from app.rules.campaigns import KeptOrder
from tests.api.asking import advance, done
from tests.api.makers import enrolled
from tests.campaigns.makers import buys, launched, lines
from tests.client import STAFF


def kept(net_minor: int, pieces: int, *skus: str) -> KeptOrder:
    return KeptOrder("EUR", net_minor, pieces, skus, ())


@pytest.mark.parametrize(
    ("order", "base", "points"),
    [
        (kept(3000, 2, "SKU-1", "SKU-2"), 30, [30, 7, 9, 5]),
        (kept(2000, 1, "SKU-2"), 20, [20, 5, 0, 5]),
        (kept(1000, 1, "SKU-1"), 10, [10, 2, 9, 0]),
        (kept(0, 0), 0, [0, 0, 0, 0]),
    ],
)
async def test_awards_are_computed_again_also_after_the_campaigns_have_ended(
    programme: Db, order: KeptOrder, base: int, points: list[int]
) -> None:
    slugs = [
        await launched(),
        await launched(pointsPerUnit="0.25"),
        await launched(bonusPoints=9, condition="'SKU-1' in order.skus && member.purchases == 0"),
        await launched(bonusPoints=5, condition="order.net_minor >= 2000 && activity.hour == 12"),
    ]
    who = await enrolled()
    await buys(who, lines("10.00", "20.00"))
    activity_id = await value(programme, "SELECT max(id) FROM activity")
    await advance(by="P2D")
    await buys(who, "5.00")
    for slug in slugs:
        await done(STAFF, "endCampaign", slug=slug)

    left = await still_earned(programme, activity_id, base, order)

    assert list(left.values()) == points
