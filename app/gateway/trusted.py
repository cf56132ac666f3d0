"""May clients name this document, and could it be run in production?"""

from collections.abc import Iterator

from graphql import GraphQLError

from app.api.schema import build_schema
from app.documents.load import Judge, Judged
from app.gateway.asked import DOCUMENT_ID
from app.gateway.documents import Document, Documents, InvalidDocument


def production_judge(cost_limit: int) -> Judge:
    """Judges documents as a server does, by the schema of the production profile."""
    documents = Documents(build_schema("production")._schema, introspection=False, suggestions=True)

    def judge(document_id: str, text: str) -> Judged:
        if not DOCUMENT_ID.fullmatch(document_id):
            return Judged(None, ("An id has 1 to 128 letters, digits and marks of . _ : -",))
        try:
            document = documents.find(text)
        except InvalidDocument as invalid:
            return Judged(None, tuple(map(_said, invalid.errors)))
        first = document.operations[0]
        return Judged(first.name.value if first.name else None, tuple(_too_costly(document, cost_limit)))

    return judge


def _said(error: GraphQLError) -> str:
    place = error.locations[0] if error.locations else None
    return f"{error.message} (line {place.line}, column {place.column})" if place else error.message


def _too_costly(document: Document, cost_limit: int) -> Iterator[str]:
    """A sentence for each operation that costs too much whatever its variables are."""
    for operation in document.operations:
        cost = document.of(operation).cost
        if not cost.variables and cost.units > cost_limit:
            yield f"It costs {cost.units} units, of which MIPOINTS_COST_LIMIT allows {cost_limit}"
