"""Who may ask for this field? Declared once per root field, enforced here and nowhere else."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.api.errors import ApiError

ROLES = "roles"
MEMBER, SERVICE, STAFF = "member", "service", "staff"
ROOTS = ("Query", "Mutation", "Subscription")


def everyone() -> Mapping[str, frozenset[str]]:
    """Metadata of a field that may be asked without a token."""
    return {ROLES: frozenset()}


def only(*roles: str) -> Mapping[str, frozenset[str]]:
    """Metadata of a field that needs one of these roles."""
    return {ROLES: frozenset(roles)}


def declared_roles(schema: GraphQLSchema) -> dict[tuple[str, str], frozenset[str] | None]:
    """What every root field declares: its roles, an empty set for everyone, None for no declaration (a bug)."""
    declared: dict[tuple[str, str], frozenset[str] | None] = {}
    for root in ROOTS:
        for name, field in _fields(schema, root).items():
            definition = field.extensions.get("strawberry-definition")
            declared[root, name] = definition.metadata.get(ROLES) if definition is not None else None
    return declared


def guard_sources(schema: GraphQLSchema) -> None:
    """Have each subscription refuse whom its roles leave out, before it reads or watches anything.

    graphql-core calls the source of a subscription without `execute_field`; each of its events goes through that too.
    """
    for name, field in _fields(schema, "Subscription").items():
        assert field.subscribe is not None
        field.subscribe = _guarded(name, field, field.subscribe)


def _guarded(name: str, field: GraphQLField, subscribe: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if (refusal := denial(name, field, info.context.roles)) is not None:
            raise refusal
        return subscribe(source, info, **arguments)

    return guarded


def _fields(schema: GraphQLSchema, root: str) -> Mapping[str, GraphQLField]:
    return cast(GraphQLObjectType, schema.type_map[root]).fields if root in schema.type_map else {}


def denial(name: str, field: GraphQLField, roles: frozenset[str] | None) -> ApiError | None:
    """Why who has these `roles` (None: without a token) may not ask for a root field; None where they may."""
    allowed: frozenset[str] = field.extensions["strawberry-definition"].metadata[ROLES]
    if not allowed:
        return None
    if roles is None:
        return ApiError("UNAUTHENTICATED", f"`{name}` needs a token")
    if not roles & allowed:
        return ApiError("FORBIDDEN", f"`{name}` needs the role {' or '.join(sorted(allowed))}")
    return None


def guard(context: Any, root: GraphQLObjectType, name: str) -> ApiError | None:
    """The same of whoever has this context, as compiled execution asks for it."""
    field = root.fields[name]
    return denial(name, field, context.roles) if field.extensions["strawberry-definition"].metadata[ROLES] else None


class RoleEnforcingExecution(StrawberryGraphQLCoreExecutionContext):
    """Runs an operation; a root field whose roles the asker lacks is null beside an error, and is never resolved."""

    guard = staticmethod(guard)

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Path, position_context: Any
    ) -> Any:
        name = field_details_list[0].node.name.value
        if parent_type.name in ROOTS and not name.startswith("__"):
            field = parent_type.fields.get(name)
            refusal = denial(name, field, self.context_value.roles) if field is not None else None
            if field is not None and refusal is not None:
                self.handle_field_error(refusal, field.type, field_details_list, path)
                return None
        return super().execute_field(parent_type, source, field_details_list, path, position_context)
