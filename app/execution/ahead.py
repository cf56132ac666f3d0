"""What may be begun before a plan runs, so that its resolvers need not wait one after the other?

A field may name in its metadata, under BEGIN, a function that begins to read what its resolver will ask for:
`begin(info, **arguments)`, with the arguments of the resolver. It answers a future or None, and must leave what it
began where the resolver finds it. It is called for fields of the query itself, and of objects whose own field begins
something. The plan runs when all that was begun is there, or has failed, which is the resolvers' to say; so they raise
what `begin` raised.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType, get_nullable_type, is_object_type
from graphql.execution.collect_fields import FieldDetails

from app.execution.infos import LazyInfo
from app.execution.records import Field, Place

if TYPE_CHECKING:
    from app.execution.plans import Plan
    from app.execution.run import Run

BEGIN = "begin"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A field that begins something, where it stands, and below which field of the query.

    `given`: its arguments where no variable decides on them.
    """

    root: Field
    field: Field
    place: Place
    begin: Any
    given: Mapping[str, Any] | None

    def begun(self, run: "Run") -> Any:
        """What it began in this run; None for nothing."""
        info = LazyInfo(run, self.field, self.place)
        guard = run.plan.rules.guard
        try:
            if guard is not None and guard(run.context, self.root.parent, self.root.name) is not None:
                return None
            given = self.given if self.given is not None else run.arguments(self.field, info)
            return self.begin(info, **given)
        except Exception:  # the resolver will raise it
            return None


def beginnings(
    plan: "Plan", parent: GraphQLObjectType, group: Mapping[str, list[FieldDetails]], above: Beginning | None = None
) -> Iterator[Beginning]:
    """Those of a selection and of what lies below their fields, parents first."""
    rules = plan.rules
    for key, details in group.items():
        definition = rules.schema.get_field(parent, details[0].node.name.value)
        if definition is None:
            continue
        field = Field(key, details, definition, parent)
        begin = field.strawberry.metadata.get(BEGIN) if field.strawberry is not None else None
        if begin is None or rules.resolver(field) is None:
            continue
        assert field.strawberry is not None
        root, place = (field, None) if above is None else (above.root, above.place)
        given = rules.constant_arguments(field) if field.strawberry.arguments else {}
        made = Beginning(root, field, (place, key, field), begin, given)
        yield made
        bare: Any = get_nullable_type(definition.type)
        if is_object_type(bare):
            yield from beginnings(plan, bare, plan.subfields(field, bare).grouped_field_set, made)


async def all_begun(run: "Run", beginnings: Sequence[Beginning]) -> None:
    """Begin what can be begun before anything is resolved, and wait until it is there or has failed."""
    begun = [future for one in beginnings if (future := one.begun(run)) is not None]
    try:
        for future in begun:
            with suppress(Exception):
                await future
    except BaseException:
        for future in begun:
            future.cancel()
        raise
