"""Does today's schema keep all that clients were shown, but for what they were warned of in time?

A field, argument, input field or enum value may go, or become another, once `published.graphql` has it deprecated with
a reason that ends "Kept until 2027-06-30." and that day has passed; a type goes with the last of them that leads to it.
What implements an interface is found through it and stays. What is new is owed from the next `scripts/publish-schema`
on.
"""

import re
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from graphql import (
    REMOVE,
    DirectiveNode,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    StringValueNode,
    Visitor,
    build_ast_schema,
    build_schema,
    parse,
    print_ast,
    visit,
)
from graphql.utilities import BreakingChangeType, DangerousChangeType, find_schema_changes

from app.api.schema import sdl

PUBLISHED = Path(__file__).with_name("published.graphql")
HEAD = "# The schema as it was published last, without descriptions; `scripts/publish-schema` renews it.\n\n"
DATED = re.compile(r"\S.*\. Kept until (\d{4}-\d{2}-\d{2})\.", re.DOTALL)
# To clients that leave a value out another default is another answer.
OTHER_DEFAULTS = (DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE, DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE)


def broken(published: str, now: str, today: date) -> list[str]:
    """What a schema has to keep and another does not, in sentences."""
    changes = find_schema_changes(owed(published, today), build_schema(now))
    return [
        change.description
        for change in changes
        if isinstance(change.type, BreakingChangeType) or change.type in OTHER_DEFAULTS
    ]


def owed(published: str, today: date) -> GraphQLSchema:
    """A published schema without what may be gone by now, and without the types that only this led to."""
    left = build_ast_schema(visit(parse(published), _Overdue(today)), assume_valid=True)
    found_through_interfaces = [
        kind for kind in left.type_map.values() if isinstance(kind, GraphQLObjectType) and kind.interfaces
    ]
    return GraphQLSchema(
        left.query_type, left.mutation_type, left.subscription_type, found_through_interfaces, assume_valid=True
    )


def kept_until(reason: str) -> date | None:
    """The last day of what is deprecated for a reason; None where it says none, or no reason."""
    dated = DATED.fullmatch(reason)
    try:
        return date.fromisoformat(dated[1]) if dated else None
    except ValueError:
        return None


def undated(text: str) -> list[str]:
    """The reasons of a schema that say no day, or nothing but a day."""
    reasons = _Reasons()
    visit(parse(text), reasons)
    return [reason for reason in reasons.met if kept_until(reason) is None]


def publish(to: Path, now: str, today: date) -> list[str]:
    """Takes a schema for published, unless it breaks what is owed, or would by a day already past: what it breaks."""
    kept = print_ast(visit(parse(now), _Overdue(today)))
    lost = broken(to.read_text(encoding="utf-8"), kept, today)
    if not lost:
        to.write_text(HEAD + print_ast(visit(parse(now), _Undescribed())) + "\n", encoding="utf-8")
    return lost


class _Overdue(Visitor):
    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today

    def enter(self, node: Node, *_: Any) -> Any:
        days = [kept_until(_reason(mark)) for mark in getattr(node, "directives", None) or () if _deprecates(mark)]
        return REMOVE if any(day is not None and day < self.today for day in days) else None


class _Reasons(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.met: list[str] = []

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if _deprecates(node):
            self.met.append(_reason(node))


class _Undescribed(Visitor):
    def leave(self, node: Any, *_: Any) -> Any:
        return replace(node, description=None) if getattr(node, "description", None) else None


def _deprecates(mark: DirectiveNode) -> bool:
    return mark.name.value == "deprecated"


def _reason(mark: DirectiveNode) -> str:
    given = [argument.value for argument in mark.arguments or () if argument.name.value == "reason"]
    return given[0].value if given and isinstance(given[0], StringValueNode) else ""


if __name__ == "__main__":
    sys.exit("\n".join(publish(PUBLISHED, sdl(), datetime.now(UTC).date())) or 0)
