"""What do flags of the commands look like, and which do several commands have?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import isodate


class Duration(click.ParamType[timedelta]):
    """An ISO 8601 duration of days and smaller, such as PT1H."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            length = value if isinstance(value, timedelta) else isodate.parse_duration(value)
        except (isodate.ISO8601Error, ArithmeticError):
            length = None
        if not isinstance(length, timedelta) or length <= timedelta(0):
            self.fail(f"{value!r} is not a duration; write it like PT1H or P7D.", param, ctx)
        return length


class Instant(click.ParamType[datetime]):
    """An ISO 8601 instant with a zone, such as 2026-01-01T09:00:00Z."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant; write it like 2026-01-01T09:00:00Z.", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no zone; write it like 2026-01-01T09:00:00Z.", param, ctx)
        return instant.astimezone(UTC)


def with_data(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command `--data DIR`."""
    help_text = "Folder of the embedded database and the development key.  [default: .data]"
    return click.option("--data", "data_dir", type=click.Path(path_type=Path, file_okay=False), help=help_text)(command)
