"""Does a gateway end whose web workers cannot start?"""

import subprocess
import sys

PATIENCE_SECONDS = 120
BROKEN = """
import socket
import uvicorn
from app.supervisor import Supervisor

with socket.create_server(("127.0.0.1", 0)) as listener:
    config = uvicorn.Config("tests.nowhere:app", workers=2, log_level="critical", timeout_worker_healthcheck=60)
    supervisor = Supervisor(config, sockets=[listener])
    supervisor.run()
    print([worker.exitcode for worker in supervisor.processes])
"""


def test_web_workers_that_cannot_start_end_their_gateway() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BROKEN], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    )

    assert "3" in ended.stdout.strip("[]\n").split(", ")
    assert "cannot start: the gateway stops" in ended.stderr
