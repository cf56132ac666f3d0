"""What has an id of its own, and how do its fields show what stands behind it?"""

from operator import attrgetter
from typing import Any

import strawberry

from app.execution.rules import PATH

OPAQUE = "The opaque global id."


@strawberry.interface(description="Anything with a global id; `node(id:)` finds it again.")
class Node:
    id: strawberry.ID = strawberry.field(description=OPAQUE)


def seen(path: str, *, description: str) -> Any:
    """A field that shows what the object has at this path, such as `row.points`, when it is asked for."""
    found = attrgetter(path)

    def read(self: Any):  # type: ignore[no-untyped-def]  # the field itself is annotated
        return found(self)

    return strawberry.field(resolver=read, description=description, metadata={PATH: path})
