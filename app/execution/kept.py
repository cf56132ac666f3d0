"""Which objects are the same for many requests, so that what a plan makes of one need not be made again?"""

from typing import Any, TypeVar

MOST_ANSWERS = 64  # of one object: one for each selection of it
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


def keep(made: Made) -> Made:
    """From here on plans remember what they make of this object."""
    answers: dict[object, Any] = {}
    made.kept_answers = answers  # type: ignore[assignment]
    return made
