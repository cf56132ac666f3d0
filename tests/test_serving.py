"""Does `serve` leave its web processes the time that they need to start?"""

import contextlib
import os
from typing import Any

import pytest

from app import serving
from app.serving import listening, run_server
from app.settings import Settings

TOO_SHORT_SECONDS = 5  # uvicorn's own: on a busy machine a process was killed and begun anew again and again


def test_a_web_process_that_starts_slowly_is_not_killed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []

    class Supervisor:
        def __init__(self, config: Any, sockets: object) -> None:
            chosen.append(config)

        def run(self) -> None:
            pass

    monkeypatch.setattr(serving, "Supervisor", Supervisor)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with contextlib.closing(listening("127.0.0.1", 0, "--port")) as listener:
        run_server(Settings(workers=2), listener)

    assert chosen[0].timeout_worker_healthcheck > 3 * TOO_SHORT_SECONDS
