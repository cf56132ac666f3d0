"""How does a gateway of several web workers notice that one of them has ended, or says nothing any more?

uvicorn's own supervisor asks one worker after the other and waits for each answer: while it waits for one that has yet
to start, or that was killed when it was asked, nobody looks after the others, and no signal is heeded. This one asks
and goes on; what was answered it sees the next time that it looks, twice a second.
"""

import logging
import time
from collections.abc import MutableMapping
from weakref import WeakKeyDictionary

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

log = logging.getLogger("mipoints.gateway")

PING = b"ping"


class Supervisor(Multiprocess):
    """uvicorn's supervisor that never waits for a worker: one that has ended, or is hung, is replaced at once.

    A worker is hung that was silent for `timeout_worker_healthcheck`. One that cannot start ends all of them.
    """

    def init_processes(self) -> None:
        self._asked: MutableMapping[Process, float] = WeakKeyDictionary()  # since when each owes an answer
        super().init_processes()

    def keep_subprocess_alive(self) -> None:
        for place, worker in enumerate(self.processes):
            if worker.process.is_alive() and not self._is_hung(worker):
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                log.error("web worker %s cannot start: the gateway stops", worker.pid)
                self.should_exit.set()
                return
            log.warning("web worker %s ended by %s: another one starts", worker.pid, worker.exitcode)
            self.processes[place] = another = Process(self.config, self.sockets)
            another.start()

    def _is_hung(self, worker: Process) -> bool:
        since = self._asked.get(worker)
        if since is None:
            worker.parent_conn.send(PING)
            self._asked[worker] = time.monotonic()
        elif worker.parent_conn.poll():
            worker.parent_conn.recv()
            del self._asked[worker]
        else:
            return time.monotonic() - since > self.config.timeout_worker_healthcheck
        return False
