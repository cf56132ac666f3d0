"""Does a worker send by itself, each endpoint at its own pace, and does an operator see what did not arrive?"""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from app.database import Db, value
from app.ledger.outlets import tell_endpoints
from app.settings import Settings, SettingsError, read_settings
from app.worker import Worker
from tests.notices.makers import SECRET, delivered, due_now, messages, told
from tests.notices.receiver import Receiver, receiving
from tests.served import MIPOINTS
from tests.telling import LONG

LEFT = "SELECT count(*) FROM outbox_message WHERE delivered_at IS NULL"


def configured(*addresses: str) -> Settings:
    """The settings of a worker that sends to these endpoints."""
    return read_settings(webhook_urls=",".join(addresses), webhook_secret=SECRET.decode(), webhook_allow_private=True)


async def until_left(db: Db, number: int) -> None:
    async with asyncio.timeout(LONG):
        while await value(db, LEFT) != number:
            await asyncio.sleep(0.01)


async def test_a_worker_sends_by_itself_and_a_silent_endpoint_keeps_no_other_waiting(
    db: Db, receiver: Receiver
) -> None:
    async with receiving() as silent:
        silent.silent = True
        settings = configured(silent.address(), receiver.address())
        tell_endpoints(settings.webhooks)
        async with Worker(settings):
            await told()
            await silent.hears(1)
            await told()
            await receiver.hears(2)
            await until_left(db, 2)

    assert {message["endpoint"] for message in await messages() if message["delivered_at"] is None} == {
        silent.address()
    }


async def test_a_worker_goes_on_after_a_failure_of_its_own(
    db: Db, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.worker.IDLE_SECONDS", 0.01)
    await told()
    claim = "app.notices.outbox._CLAIM"
    with monkeypatch.context() as patch:
        patch.setattr(claim, "SELECT nonsense")
        async with Worker(configured(receiver.address())):
            async with asyncio.timeout(LONG):
                while "a delivery failed" not in caplog.text:
                    await asyncio.sleep(0.01)
            patch.undo()
            await receiver.hears(1)


async def test_a_worker_killed_between_sending_and_noting_it_sends_the_same_again(
    db: Db, shared_url: str, roomy: Path, receiver: Receiver
) -> None:
    receiver.silent = True
    await told()
    variables = {
        "DATABASE_URL": shared_url,
        "MIPOINTS_WEBHOOK_URLS": receiver.address(),
        "MIPOINTS_WEBHOOK_SECRET": SECRET.decode(),
        "MIPOINTS_WEBHOOK_ALLOW_PRIVATE": "true",
    }
    worker = await asyncio.to_thread(
        lambda: subprocess.Popen([MIPOINTS, "worker", "--data", roomy / "worker"], env={**os.environ, **variables})
    )
    await receiver.hears(1)
    worker.kill()
    worker.wait()
    receiver.silent = False

    assert await delivered(receiver.address()) == 0, "the lease of the dead still runs"
    await due_now()
    assert await delivered(receiver.address()) == 1

    first, second = receiver.heard
    assert first.body == second.body
    assert first.headers["mipoints-message"] == second.headers["mipoints-message"]
    assert await value(db, LEFT) == 0


async def test_a_worker_without_endpoints_sends_nothing(db: Db, receiver: Receiver) -> None:
    await told()

    async with Worker(read_settings()):
        await asyncio.sleep(0.3)

    assert receiver.heard == []
    assert await value(db, LEFT) == 1


@pytest.mark.parametrize(
    "variables",
    [
        {"webhook_urls": "https://shop.example"},
        {"webhook_urls": "http://shop.example", "webhook_secret": SECRET.decode()},
        {"webhook_urls": "ftp://shop.example", "webhook_secret": SECRET.decode(), "webhook_allow_private": True},
        {"webhook_urls": "https://ana:secret@shop.example", "webhook_secret": SECRET.decode()},
        {"webhook_urls": "https://shop.example/#part", "webhook_secret": SECRET.decode()},
        {"webhook_urls": "https://shop.example:99999", "webhook_secret": SECRET.decode()},
        {"webhook_urls": "https://", "webhook_secret": SECRET.decode()},
        {"webhook_urls": "https://[::1", "webhook_secret": SECRET.decode()},
        {"webhook_urls": "shop.example", "webhook_secret": SECRET.decode()},
        {"webhook_urls": "https://shop.example/" + "x" * 500, "webhook_secret": SECRET.decode()},
        {"webhook_urls": ",".join(f"https://{n}.example" for n in range(11)), "webhook_secret": SECRET.decode()},
        {"webhook_secret": "short"},
    ],
)
def test_wrong_settings_stop_the_start_with_the_name_and_never_the_value(variables: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="MIPOINTS_WEBHOOK_") as error:
        read_settings(**variables)

    assert "ana:secret" not in str(error.value)
    assert "shop.example" not in str(error.value)


def test_endpoints_are_separated_by_commas_and_each_counts_once() -> None:
    settings = read_settings(
        webhook_urls=" https://a.example/x , https://b.example:8443/?y=1,https://a.example/x,",
        webhook_secret=SECRET.decode(),
    )

    assert settings.webhooks == ("https://a.example/x", "https://b.example:8443/?y=1")


def test_the_web_processes_read_back_the_same_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = configured("http://127.0.0.1:9/x")

    for name, text in settings.environment().items():
        monkeypatch.setenv(name, text)

    assert read_settings() == settings
