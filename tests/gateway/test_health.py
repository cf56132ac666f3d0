"""Does the gateway say truly whether it is up and ready?"""

import asyncio

import httpx
from starlette.applications import Starlette

from app.gateway.health import health_routes
from tests.gateway.shop import SECRET, served


class GuardMissing(Exception):
    """Something that must be there is not."""


async def _sound() -> None:
    return None


async def _unsound() -> None:
    raise GuardMissing(SECRET)


async def _stuck() -> None:
    await asyncio.sleep(30)


def test_a_process_that_runs_is_up_even_without_its_database() -> None:
    with served(Starlette(routes=health_routes(_unsound))) as url:
        answer = httpx.get(f"{url}/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


def test_a_sound_database_makes_it_ready() -> None:
    with served(Starlette(routes=health_routes(_sound))) as url:
        answer = httpx.get(f"{url}/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_what_is_missing_is_named_by_its_kind_only() -> None:
    with served(Starlette(routes=health_routes(_unsound))) as url:
        answer = httpx.get(f"{url}/readyz")

    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "reason": "GuardMissing"})


def test_a_database_that_does_not_answer_is_not_ready() -> None:
    with served(Starlette(routes=health_routes(_stuck, timeout_s=0.2))) as url:
        answer = httpx.get(f"{url}/readyz")

    assert (answer.status_code, answer.json()["reason"]) == (503, "TimeoutError")
