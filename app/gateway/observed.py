"""What is known of a request when it has its answer, for the log, the metrics and the trace?"""

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from app.api.errors import UserErrorCode

_chance = random.Random()  # noqa: S311 - a request is found by its id, which is no secret
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{8,128}")


@dataclass(slots=True)
class Observed:
    """One request; each part is filled in when it is known. Never a variable, a token, or the text of a document.

    `transport`: http, sse or websocket. `status`: of HTTP; 0 for a message on a WebSocket. `principal`: a keyed hash.
    `codes`: of top-level errors and of refusals. `seconds`: from the request's first byte to its answer.
    """

    request_id: str
    transport: str = "http"
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    operation: str | None = None
    kind: str | None = None
    sha256: str | None = None
    cost: int = 0
    principal: str | None = None
    codes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def answered(self, body: Mapping[str, Any]) -> None:
        """Notes the codes that an answer's body holds."""
        self.codes += [error["extensions"]["code"] for error in body.get("errors", ())]
        if self.kind == "mutation":
            self.codes += _refusals((body.get("data") or {}).values())


Observer = Callable[[Observed], None]

_under_way: ContextVar[str | None] = ContextVar("id of the request under way", default=None)


class UnderWay:
    """What is logged while the block runs bears the id of this request."""

    __slots__ = ("_before", "_request_id")

    def __init__(self, observed: Observed) -> None:
        self._request_id = observed.request_id

    def __enter__(self) -> None:
        self._before = _under_way.set(self._request_id)

    def __exit__(self, *error: object) -> None:
        _under_way.reset(self._before)


def request_id_under_way() -> str | None:
    """The id of the request that this task serves; None where it serves none."""
    return _under_way.get()


def request_id_of(given: str | None) -> str:
    """The id that a request brings along, where it is one; else a new one."""
    return given if given is not None and REQUEST_ID.fullmatch(given) else f"{_chance.getrandbits(128):032x}"


def _refusals(payloads: Iterable[Any]) -> Iterable[str]:
    """The codes of user errors; a client's alias may put anything in their place, which must not be told on."""
    for payload in payloads:
        refusals = payload.get("userErrors") if isinstance(payload, dict) else None
        for refusal in refusals if isinstance(refusals, list) else ():
            code = refusal.get("code") if isinstance(refusal, dict) else None
            if isinstance(code, str) and code in UserErrorCode.__members__:
                yield code
