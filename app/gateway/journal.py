"""What does the log say, and how is it written?

One JSON object a line, on standard error. What a caller sent is never in it: no variables, no tokens, no texts. Errors
often quote the value that they are about, so a line tells which error it was and where; what the error says is told at
level debug alone. Other libraries speak from warnings on: Tortoise's debug lines hold the parameters of statements.
"""

import logging
import logging.config
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from app.gateway.answers import FAILURES
from app.gateway.observed import Observed, request_id_under_way
from app.settings import Settings

log = logging.getLogger("mipoints.requests")

NAME_CHARACTERS = 100
LONGEST_CHAIN, MOST_FRAMES = 10, 40
OURS = ("app", "mipoints")
REQUEST = "told_of_request"  # the attribute of a record that is a request's line


def write(observed: Observed) -> None:
    """One line for a request that has its answer; a warning where the fault is ours. `duration_ms` is in ms."""
    level = logging.WARNING if observed.status >= 500 or FAILURES.intersection(observed.codes) else logging.INFO
    if not log.isEnabledFor(level):
        return
    told = {
        "request_id": observed.request_id,
        "transport": observed.transport,
        "status": observed.status,
        "operation": observed.operation and observed.operation[:NAME_CHARACTERS],
        "kind": observed.kind,
        "document": observed.sha256,
        "cost": observed.cost,
        "duration_ms": round(observed.seconds * 1000, 1),
        "principal": observed.principal,
        "codes": sorted(set(observed.codes)),
    }
    log.log(level, "request", extra={REQUEST: told})


def logging_config(settings: Settings) -> dict[str, Any]:
    """What `logging.config.dictConfig` takes, here and in each web process: uvicorn hands it on to those."""
    level = settings.log_level.upper()
    line = {"()": f"{__name__}.Line", "outspoken": settings.log_level == "debug"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "ERROR" if level == "ERROR" else "WARNING"},
        "loggers": {name: {"level": level} for name in OURS},
    }


def configure_logging(settings: Settings) -> None:
    """From here on this process logs as `logging_config` says; no line names a thread or a line of ours."""
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # documented: nobody looks for who wrote a line
    logging.config.dictConfig(logging_config(settings))


class Line(JsonFormatter):
    """One record as one line of ASCII, with the id of the request that is under way.

    Only requests' lines, of which each part is ours, go by orjson: it raises on a lone surrogate and on an integer of
    more than 64 bits, and logging itself then writes the parts of the record to standard error, in many lines.
    `outspoken`: errors and libraries say all that they have to.
    """

    def __init__(self, *, outspoken: bool) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "error"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
            timestamp="at",
        )
        self._outspoken = outspoken

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        told: dict[str, Any] | None = getattr(record, REQUEST, None)
        if told is None:
            return str(super().format(record))
        at = datetime.fromtimestamp(record.created, UTC)
        about = {"level": record.levelname, "logger": record.name, "message": record.msg, "at": at}
        return orjson.dumps(about | told).decode()

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Adds the request's id. Only the first line of a message is ours: what asyncio appends quotes exceptions."""
        under_way = request_id_under_way()
        if under_way is not None:
            log_data.setdefault("request_id", under_way)
        if not self._outspoken:
            log_data["message"] = log_data["message"].partition("\n")[0]
        return log_data

    def formatException(self, ei: Any) -> str:
        """Which error, and where."""
        if self._outspoken:
            return str(super().formatException(ei))
        return "".join(told(ei[1])) if ei[1] is not None else ""


def told(error: BaseException, longest: int = LONGEST_CHAIN) -> Iterator[str]:
    """Which error it was and where, after what led to it; never what it says, which may quote a value."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and longest:
        yield from told(cause, longest - 1)
        yield "which led to\n"
    yield from frames(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}{place(error)}\n"
    if isinstance(error, BaseExceptionGroup) and longest:
        for part in error.exceptions[:longest]:
            yield from told(part, longest - 1)


def frames(raised: TracebackType | None) -> list[str]:
    """The innermost places, by file, line and function, with the line of the source."""
    return traceback.format_tb(raised, limit=-MOST_FRAMES)


def place(error: BaseException) -> str:
    """What PostgreSQL names of a fault: its code and the table, column or constraint."""
    names = [getattr(error, part, None) for part in ("sqlstate", "table_name", "column_name", "constraint_name")]
    known = ", ".join(str(name) for name in names if name)
    return f" ({known})" if known else ""
