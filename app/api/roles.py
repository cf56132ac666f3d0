"""Who may ask for this field? Declared once per root field, enforced here and nowhere else."""

from collections.abc import Mapping
from typing import Any, cast

from graphql import GraphQLObjectType, GraphQLSchema, Undefined
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.api.errors import ApiError

ROLES = "roles"
MEMBER, SERVICE, STAFF = "member", "service", "staff"
ROOTS = ("Query", "Mutation")


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
        for name, field in cast(GraphQLObjectType, schema.type_map[root]).fields.items():
            definition = field.extensions.get("strawberry-definition")
            declared[root, name] = definition.metadata.get(ROLES) if definition is not None else None
    return declared


class RoleEnforcingExecution(StrawberryGraphQLCoreExecutionContext):
    """Runs an operation; a root field whose roles the asker lacks is null beside an error, and is never resolved."""

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Path, position_context: Any
    ) -> Any:
        name = field_details_list[0].node.name.value
        if parent_type.name in ROOTS and not name.startswith("__"):
            denial = self._denial(parent_type, name)
            if denial is not None:
                field = self.schema.get_field(parent_type, name)
                if field is None:
                    return Undefined
                self.handle_field_error(denial, field.type, field_details_list, path)
                return None
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    def _denial(self, parent_type: GraphQLObjectType, name: str) -> ApiError | None:
        field = parent_type.fields.get(name)
        if field is None:
            return None
        allowed: frozenset[str] = field.extensions["strawberry-definition"].metadata[ROLES]
        roles = self.context_value.roles
        if not allowed:
            return None
        if roles is None:
            return ApiError("UNAUTHENTICATED", f"`{name}` needs a token")
        if not roles & allowed:
            return ApiError("FORBIDDEN", f"`{name}` needs the role {' or '.join(sorted(allowed))}")
        return None
