"""In what code and facts does the engine say something, before any language?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

JsonScalar = str | int | bool | None

NO_FACTS: Mapping[str, JsonScalar] = MappingProxyType({})


@dataclass(frozen=True)
class Text:
    """A sentence not yet in any language: `code` in UPPER_SNAKE, `facts` whose names carry their unit.

    `*_minor` is money in minor units (beside a `currency` fact), `*_on` an ISO date, `*_at` an ISO instant, `*_rate` a
    decimal number as text; plain ints are numbers, the rest are strings. What is stored is this; the reader's language
    is chosen when it is read.
    """

    code: str
    facts: Mapping[str, JsonScalar] = field(default_factory=lambda: NO_FACTS)
