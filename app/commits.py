"""Whom has a transaction touched, and which points did it move? Told once it has committed, never before.

What is noted belongs to the transaction under way. A savepoint's notes join those of its transaction when it is
released, and are forgotten with it when it is rolled back.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Committed:
    """What a transaction did: whose accounts it held, which points it moved, by kind of entry, and the catalogue's."""

    members: frozenset[int]
    points: Mapping[str, int]
    catalogue: bool = False


@dataclass
class Notes:
    """What a transaction under way has done so far."""

    members: set[int] = field(default_factory=set)
    points: Counter[str] = field(default_factory=Counter)
    catalogue: bool = False


OnCommit = Callable[[Committed], None]

_under_way: ContextVar[Notes | None] = ContextVar("notes of the transaction under way", default=None)
_listeners: list[OnCommit] = []


def on_commit(listener: OnCommit) -> Callable[[], None]:
    """Has `listener` told of every commit of this process that noted something; the answer ends that.

    It is called by the task that committed: it is quick, and it never raises.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def note_member(member_id: int) -> None:
    """The transaction under way holds this member's account: it may change it."""
    if (notes := _under_way.get()) is not None:
        notes.members.add(member_id)


def note_points(kind: str, points: int) -> None:
    """The transaction under way moves so many points by an entry of this kind."""
    if (notes := _under_way.get()) is not None:
        notes.points[kind] += points


def note_catalogue() -> None:
    """The transaction under way changes what is offered: offers or campaigns, but not what is left of them."""
    if (notes := _under_way.get()) is not None:
        notes.catalogue = True


def under_way() -> bool:
    """Is this task in a transaction?"""
    return _under_way.get() is not None


def begin() -> tuple[Notes, Notes | None]:
    """New notes for a transaction or savepoint that begins, and those of the one around it."""
    outer = _under_way.get()
    notes = Notes()
    _under_way.set(notes)
    return notes, outer


def end(notes: Notes, outer: Notes | None, *, committed: bool) -> None:
    """Hand on what was noted: to the transaction around it, or from the outermost one to everybody who listens."""
    # Not by a token: an asynchronous generator may be closed by another task than the one that began it.
    _under_way.set(outer)
    if not committed:
        return
    if outer is not None:
        outer.members |= notes.members
        outer.points += notes.points
        outer.catalogue |= notes.catalogue
    elif notes.members or notes.points or notes.catalogue:
        told = Committed(frozenset(notes.members), dict(notes.points), notes.catalogue)
        for listener in tuple(_listeners):
            listener(told)
