"""Does the gateway withstand who attacks it: nothing runs, nothing breaks, nothing is told, others notice nothing?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.gateway.attack_floods import ATTACKS_BY_NUMBER, LIMITS, MOST_PASSED
from tests.gateway.attacks import ATTACKS
from tests.gateway.besieged import QUICKLY, Besieged, besieged
from tests.gateway.target import Attack, internals_in


def name_of(attack: Attack) -> str:
    return attack.name


@pytest.fixture(scope="module")
async def open_gateway(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Besieged]:
    """A gateway without rate limits, as in development."""
    async with fresh_database(cluster) as url, besieged(url, roomy, **QUICKLY) as ready:
        yield ready


@pytest.fixture(scope="module")
async def limited_gateway(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Besieged]:
    """A gateway that allows little."""
    async with fresh_database(cluster) as url, besieged(url, roomy, **QUICKLY, **LIMITS) as ready:
        yield ready


def test_there_are_attacks_of_every_kind_and_no_two_are_the_same() -> None:
    names = [attack.name for attack in ATTACKS]

    assert len(names) == len(set(names)) > 60


@pytest.mark.parametrize("attack", ATTACKS, ids=name_of)
async def test_an_attack_achieves_nothing(open_gateway: Besieged, attack: Attack) -> None:
    answers = await attack.strike(open_gateway.target)

    assert answers
    assert await open_gateway.faults(attack, answers) == []


@pytest.mark.parametrize("attack", ATTACKS_BY_NUMBER, ids=name_of)
async def test_a_flood_is_stemmed_and_others_stay_dry(limited_gateway: Besieged, attack: Attack) -> None:
    answers = await attack.strike(limited_gateway.target)

    stemmed = [answer for answer in answers if not answer.told]
    assert len(answers) - len(stemmed) <= MOST_PASSED[attack.name]
    assert {answer.refusal for answer in stemmed} - {"UNAUTHENTICATED"} == {attack.refused}
    assert [fault for answer in answers for fault in limited_gateway.tales_in(answer)] == []
    assert await limited_gateway.settle() == []


@pytest.mark.parametrize(
    "inside",
    [
        'Traceback (most recent call last):\n  File "/srv/app/api/coupons.py", line 3',
        'asyncpg.exceptions.UndefinedColumnError: column "code" does not exist',
        "SELECT code FROM coupon",
        "ValueError: Exceeds the limit; use sys.set_int_max_str_digits()",
        "<app.members.models.Member object at 0x7f3a>",
        "Bearer eyJhbGciOiJFUzI1NiJ9.e30.x",
    ],
)
def test_what_would_tell_of_our_inside_is_known(inside: str) -> None:
    assert internals_in(inside)
