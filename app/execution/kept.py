"""Which objects are the same for many requests, so that what a plan makes of one need not be made again?"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

MOST_ANSWERS = 64  # of one object: for each selection of it, and for each state of what varies below it
FIXED_IF = (
    "fixed_if"  # metadata of a field whose resolver takes `info`: the attribute that says that it does not matter
)

Made = TypeVar("Made", bound="Keepable")


class Keepable:
    """A base of types some of whose objects are kept.

    A kept object never changes, nor does what it leads to, nor what those of its fields answer that take neither `info`
    nor arguments that a request may choose.
    """

    kept_answers = None
    kept_varies = None


def keep(made: Made, varies: Callable[[Any], Hashable | None] | None = None) -> Made:
    """From here on plans remember what they make of this object.

    `varies(context)`: all that the FIXED_IF fields of it and of what it leads to come from in a request; None where
    that is not known. Without it nothing is remembered of an object below which such a field stands.
    """
    answers: dict[object, Any] = {}
    made.kept_answers = answers  # type: ignore[assignment]
    made.kept_varies = varies  # type: ignore[assignment]
    return made
