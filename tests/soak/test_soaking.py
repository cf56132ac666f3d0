"""Does a soak see what goes wrong, and does its driver hide nothing?"""

import asyncio
import random
from typing import Any, cast

import pytest

from tests.soak import driving
from tests.soak.crowd import Crowd, Unexpected
from tests.soak.driving import Record, drive
from tests.soak.soaking import DRIVER, OFTEN, Plan, Soaked, complaints, latencies
from tests.soak.verdicts import Course

NOBODY = cast(Crowd, None)
RATE, SECONDS = 100, 0.5
INTERNAL = (
    '{"level": "ERROR", "message": "internal error 6e607d99-ad41-450f-af00-90cd94c8b099",'
    ' "error": "where\\nKeyError\\n"}'
)


def soaked(*outcomes: str, course: Course | None = None, said: str = "") -> Soaked:
    """A soak of requests of one kind that had these outcomes."""
    records = [Record("tap", number / RATE, 0.0, 0.01, outcome) for number, outcome in enumerate(outcomes)]
    courses = {(course.kind, course.of): course} if course else {}
    return Soaked(Plan(SECONDS, RATE), records, courses, complaints(said))


async def driven(monkeypatch: pytest.MonkeyPatch, kind: Any) -> list[Record]:
    """What becomes of one kind of request that comes RATE times a second."""
    monkeypatch.setattr(driving, "MIX", {kind: 1})
    return await drive(NOBODY, rate=RATE, seconds=SECONDS, chance=random.Random(1))


@pytest.fixture
def stall() -> asyncio.Event:
    """Until it is set nobody is answered."""
    return asyncio.Event()


async def test_who_comes_while_the_gateway_stalls_has_waited_from_when_they_were_due(
    monkeypatch: pytest.MonkeyPatch, stall: asyncio.Event
) -> None:
    over: list[asyncio.TimerHandle] = []  # from when the first one comes

    async def ask(crowd: Crowd) -> str:
        if not over:
            over.append(asyncio.get_running_loop().call_later(SECONDS / 2, stall.set))
        await stall.wait()
        return "done"

    records = await driven(monkeypatch, ask)

    assert [record.due for record in records] == [number / RATE for number in range(int(RATE * SECONDS))]
    early = [record for record in records if record.due < SECONDS / 2 - 0.1]
    assert all(record.taken >= SECONDS / 2 - record.due - 0.05 for record in early)
    assert len({record.outcome for record in records}) == 1


async def test_who_finds_too_many_before_them_is_counted_and_not_sent(
    monkeypatch: pytest.MonkeyPatch, stall: asyncio.Event
) -> None:
    sent = []

    async def ask(crowd: Crowd) -> str:
        sent.append(1)
        await stall.wait()
        return "done"

    monkeypatch.setattr(driving, "MOST_IN_FLIGHT", 10)
    monkeypatch.setattr(driving, "LAST_ANSWERS_S", 0.1)
    records = await driven(monkeypatch, ask)

    assert len(sent) == 10
    assert sorted(record.outcome for record in records if record.kind == "any") == ["unexpected: no answer"] * 10
    assert sum(record.outcome == "unexpected: 10 have no answer yet" for record in records) == RATE * SECONDS - 10


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (AssertionError("{'errors': [{'extensions': {'code': 'INTERNAL', 'id': 'x'}}]}"), "unexpected: INTERNAL"),
        (Unexpected("200 [] instead of BAD_REQUEST"), "unexpected: Unexpected: 200 [] instead of BAD_REQUEST"),
        (ConnectionResetError("gone"), "unexpected: ConnectionResetError: gone"),
    ],
)
async def test_what_a_client_did_not_expect_is_named(
    monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: str
) -> None:
    async def ask(crowd: Crowd) -> str:
        raise error

    records = await driven(monkeypatch, ask)

    assert {record.outcome for record in records} == {outcome}
    assert soaked(outcome).troubles() == [f"1 times tap: {outcome}"]


def test_a_sound_soak_has_no_troubles() -> None:
    assert soaked("done", *["refused: LIMIT_REACHED"] * OFTEN).troubles() == []


def test_a_kind_that_is_always_refused_is_a_trouble() -> None:
    assert soaked(*["refused: NOT_ENROLLED"] * OFTEN).troubles() == ["tap was never done"]


def test_a_masked_error_is_a_trouble_whoever_met_it() -> None:
    course = Course("masked errors", "the gateway", [0.0, 1.0], [0.0, 2.0])

    assert soaked("done", course=course).troubles() == ["2 masked errors"]


def test_an_error_in_the_log_is_a_trouble() -> None:
    said = f'ready\n{{"level": "INFO", "message": "request"}}\n{INTERNAL}\n{INTERNAL}'

    assert soaked("done", said=said).troubles() == ["2 times in the log: internal error : KeyError"]


def test_a_driver_that_is_late_is_a_doubt() -> None:
    late = [Record("tap", number / RATE, number / RATE, 1.0, "done") for number in range(10 * RATE)]
    course = latencies(late, 10.0)["late", DRIVER]

    [doubt] = soaked("done", course=course).doubts()

    assert "late" in doubt
    assert soaked("done").doubts() == []


def test_the_percentiles_are_of_what_was_due_within_a_window() -> None:
    records = [
        Record("tap", number / RATE, 0.0, 0.5 if number >= 5 * RATE else 0.01, "done") for number in range(1_000)
    ]
    untimed = [Record("socket", 0.5, 0.0, 4.0, "listened")]

    courses = latencies([*records, *untimed], 10.0)

    assert courses["p99", "all requests"].values == pytest.approx([10.0] * 5 + [500.0] * 5)
    assert courses["p50", "all requests"].times == [number + 0.5 for number in range(10)]
