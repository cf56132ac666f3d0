"""What is a request that can be sent again?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.client import Who

ACTIVITY = "activity { id } member { id }"


@dataclass(frozen=True)
class Request:
    """A mutation with its input, the ids that it answers, a change of the input, and defaults that may be said."""

    who: Who
    mutation: str
    given: Mapping[str, Any]
    ids: str
    changed: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    other: Who | None = None
