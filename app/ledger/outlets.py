"""Which endpoints outside hear what members are told?

Each process that may write says so once, before it writes: the messages are then part of the transaction of their
cause (`posting.announce`), and `app.notices` delivers them.
"""

from collections.abc import Sequence

_endpoints: tuple[str, ...] = ()


def tell_endpoints(endpoints: Sequence[str]) -> None:
    """From here on every notice that this process writes is also written for each of these addresses."""
    global _endpoints
    _endpoints = tuple(endpoints)


def told_endpoints() -> list[str]:
    """The addresses that hear of every notice."""
    return list(_endpoints)
