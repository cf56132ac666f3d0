"""What is known of a request when it has its answer, for the log, the metrics and the trace?"""

import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

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


def request_id_of(given: str | None) -> str:
    """The id that a request brings along, where it is one; else a new one."""
    return given if given is not None and REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


def _refusals(payloads: Iterable[Any]) -> Iterable[str]:
    for payload in payloads:
        for refusal in (payload.get("userErrors") or ()) if isinstance(payload, dict) else ():
            if isinstance(refusal, dict) and isinstance(refusal.get("code"), str):
                yield refusal["code"]
