"""Does the sandbox clock go forward only, by the calendar, and for every process?"""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.clock import ClockError, advance, later, now, set_to
from app.database import Db, rows, transaction

NEW_YEAR = datetime(2026, 1, 1, 9, tzinfo=UTC)


def close(left: datetime, right: datetime) -> bool:
    return timedelta(0) <= left - right < timedelta(seconds=5)


async def start_at(instant: datetime) -> None:
    async with transaction() as moving:
        await set_to(moving, instant)


async def move(*, to: datetime | None = None, by: str | None = None) -> datetime:
    async with transaction() as moving:
        return await advance(moving, to=to, by=by)


async def test_without_a_shift_it_is_real_time(db: Db) -> None:
    assert close(await now(db), datetime.now(UTC) - timedelta(seconds=1))


async def test_an_empty_database_starts_at_an_instant_and_goes_on_from_there(db: Db) -> None:
    await start_at(NEW_YEAR)

    assert close(await now(db), NEW_YEAR)
    assert close(await move(by="P16D"), NEW_YEAR + timedelta(days=16))
    assert close(await move(to=datetime(2027, 3, 11, tzinfo=UTC)), datetime(2027, 3, 11, tzinfo=UTC))


async def test_another_process_in_another_zone_sees_the_same_instant(db: Db, database_url: str) -> None:
    await start_at(datetime(2026, 7, 1, tzinfo=UTC))
    theirs = await asyncpg.connect(database_url, server_settings={"timezone": "Europe/Madrid"})

    assert close(await theirs.fetchval("SELECT programme_now()"), datetime(2026, 7, 1, tzinfo=UTC))
    await theirs.close()


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-01-31T09:00", "P1M", "2026-02-28T09:00"),
        ("2028-02-29T09:00", "P1Y", "2029-02-28T09:00"),
        ("2027-02-28T00:00", "P12M", "2028-02-28T00:00"),
        ("2026-03-28T22:30", "P1D", "2026-03-29T22:30"),
        ("2026-01-01T00:00", "P1Y2M3DT4H5M6S", "2027-03-04T04:05:06"),
        ("2026-01-01T00:00", "P2W", "2026-01-15T00:00"),
        ("2026-01-01T00:00", "PT0S", "2026-01-01T00:00"),
    ],
)
def test_durations_count_by_the_calendar(start: str, duration: str, end: str) -> None:
    present = datetime.fromisoformat(f"{start}+00:00")

    assert later(present, duration) == datetime.fromisoformat(f"{end}+00:00")


@pytest.mark.parametrize("text", ["", "16 days", "P", "PT", "P1", "-", "P1D" + " " * 90, "\0", "2026-01-01", "P0.5M"])
def test_what_is_no_duration_is_malformed(text: str) -> None:
    with pytest.raises(ClockError) as refused:
        later(NEW_YEAR, text)

    assert refused.value.problem in ("MALFORMED", "OUT_OF_RANGE")


@pytest.mark.parametrize(
    ("to", "by", "problem"),
    [
        (None, None, "ONE_OF"),
        (NEW_YEAR, "P1D", "ONE_OF"),
        (NEW_YEAR - timedelta(seconds=1), None, "CLOCK_BACK"),
        (None, "-P1D", "CLOCK_BACK"),
        (None, "-P1M", "CLOCK_BACK"),
        (datetime(2200, 1, 1, tzinfo=UTC), None, "OUT_OF_RANGE"),
        (None, "P400Y", "OUT_OF_RANGE"),
        (None, "P99999999999D", "OUT_OF_RANGE"),
        (None, "P99999999999Y", "OUT_OF_RANGE"),
        (datetime(2027, 1, 1), None, "MALFORMED"),  # noqa: DTZ001 - a naive instant is what it refuses
    ],
)
async def test_a_refused_move_leaves_the_clock_alone(db: Db, to: datetime | None, by: str | None, problem: str) -> None:
    await start_at(NEW_YEAR)

    with pytest.raises(ClockError) as refused:
        await move(to=to, by=by)

    assert refused.value.problem == problem
    assert close(await now(db), NEW_YEAR)


async def test_two_moves_at_once_add_up(db: Db) -> None:
    await start_at(NEW_YEAR)

    await asyncio.gather(move(by="P1D"), move(by="P1D"))

    assert close(await now(db), NEW_YEAR + timedelta(days=2))


async def test_a_database_with_members_cannot_start_at_another_instant(db: Db) -> None:
    await rows(db, "INSERT INTO market VALUES ('ES', 'EUR', 'Europe/Madrid', 'es', 'Netherlands B.V.')")
    await rows(
        db,
        """
        INSERT INTO member (mi_account_id, birth_date, market_id, terms_version, enrolled_at)
        VALUES ('1001', '1990-01-01', 'ES', '2020-01', now())
        """,
    )

    with pytest.raises(ClockError) as refused:
        await start_at(NEW_YEAR)

    assert refused.value.problem == "NOT_EMPTY"
