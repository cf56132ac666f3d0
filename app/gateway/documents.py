"""Is this a document that our schema can run, and which of its operations is meant?"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import max_introspection_depth_rule as introspecting
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.gateway.asked import Asked
from app.gateway.faults import bad_operation, bad_request, unavailable
from app.gateway.limits import MAX_COMMENTS, MAX_TOKENS, LimitExceeded, Measures, check_text, measure
from app.gateway.places import Lines
from app.pool import LOST, DatabaseBusy

MAX_VALIDATION_ERRORS = 5
SUGGESTED_CHARACTERS = 2_000  # a longer document gets no suggestions: each compares a name with all that there are
CACHED_TOKENS = 60_000  # a token of a parsed document takes about 600 bytes: 36 MB at most
TRUSTED_S = 60.0  # after which a trusted document is looked up again: it may have been removed
MOST_IDS = 10_000
REFUSED = 100  # units: reading and refusing a text takes up to 100 ms, about as long as answering so many fields
PREPARED = "mipoints.document"
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"  # the message that clients look for
NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED", "Only trusted documents are run here: send the id of one"

# The most comparisons of fields that may be selected under one name; the default lets a document use seconds of CPU.
overlapping.MAX_COMPLEXITY_BUDGET = 14_000
# Fields of types of fields multiply without an end; tools ask for the fields of all types once.
introspecting.MAX_LIST_DEPTH = 2


class InvalidDocument(Exception):
    """The text does not parse (`GRAPHQL_PARSE_FAILED`), is too large (`LIMIT_EXCEEDED`) or does not fit the schema
    (`GRAPHQL_VALIDATION_FAILED`); or there is none of this id (`PERSISTED_QUERY_NOT_FOUND`, `DOCUMENT_NOT_TRUSTED`).
    """

    def __init__(self, code: str, errors: Sequence[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors

    @property
    def cost(self) -> int:
        """What finding out is charged at, in units: a text was read, an id was only looked up."""
        return 1 if self.code in (NOT_FOUND[0], NOT_TRUSTED[0]) else REFUSED


@dataclass(frozen=True, slots=True)
class Document:
    """A sound document: its SHA-256, its text, what it parses to, and what each of its operations comes to.

    `named`: its operations by name, in their order; None is the name of one without, which is then the only one.
    """

    sha256: str
    text: str
    ast: DocumentNode
    measures: Mapping[str | None, Measures]
    named: Mapping[str | None, OperationDefinitionNode] = field(init=False)

    def __post_init__(self) -> None:
        operations = [node for node in self.ast.definitions if isinstance(node, OperationDefinitionNode)]
        named = {node.name.value if node.name else None: node for node in operations}
        object.__setattr__(self, "named", named)

    @property
    def weight(self) -> int:
        """How much memory it takes, in tokens; its text counts, and what every document has."""
        return 10 + self.ast.token_count + len(self.text) // 128

    @property
    def operations(self) -> list[OperationDefinitionNode]:
        """Its operations, at least one, in their order."""
        return list(self.named.values())

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run: the named one, or the only one; raises Fault 400 when that is not exactly one."""
        if name is None and len(self.named) == 1:
            return next(iter(self.named.values()))
        if name in self.named:
            return self.named[name]
        if name is None:
            raise bad_operation("The document holds several operations: say which one to run with operationName")
        raise bad_operation("The document holds no operation of the name given in operationName")

    def of(self, operation: OperationDefinitionNode) -> Measures:
        """What an operation of this document comes to."""
        return self.measures[operation.name.value if operation.name else None]

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """What an operation of this document costs with these variables; see `app.gateway.costs`."""
        return self.of(operation).cost.total(operation, variables)


Lookup = Callable[[str], Awaitable[str | None]]


class Documents:
    """Documents by the SHA-256 of their text, parsed and validated once.

    The ones used last are kept, up to CACHED_TOKENS tokens: this is also the memory of automatic persisted queries.
    `trusted` finds the text of a trusted document by its id; with `trusted_only` no other is run.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        introspection: bool,
        suggestions: bool,
        trusted: Lookup | None = None,
        trusted_only: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._schema = schema
        self._suggestions = suggestions
        hidden: tuple[type[ASTValidationRule], ...] = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self._rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, *hidden)
        self._trusted = trusted
        self._trusted_only = trusted_only
        self._monotonic = monotonic
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._weight = 0
        self._ids: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def asked(self, asked: Asked) -> Document:
        """The document that a request names by id, brings along, or both.

        Raises InvalidDocument for a text that cannot be run, and Fault for an id that is unknown or is not the text's.
        """
        if self._trusted_only:
            if asked.document_id is None:
                raise _refused(*NOT_TRUSTED)
            return await self._trusted_document(asked.document_id)
        if asked.text is None:
            if asked.document_id is None:
                raise bad_request("The member query must be a string that holds a GraphQL document")
            return self._recall(asked.document_id) or await self._trusted_document(asked.document_id)
        if asked.document_id not in (None, _sha256(asked.text)):
            raise bad_request("The hash is not the SHA-256 of the query", "PERSISTED_QUERY_HASH_MISMATCH")
        return self.find(asked.text)

    def find(self, text: str) -> Document:
        """The sound document of this text; raises InvalidDocument. Only sound documents are remembered."""
        sha256 = _sha256(text)
        known = self._recall(sha256)
        if known is not None:
            return known
        document = self._sound(sha256, text)
        self._remember(document)
        return document

    async def _trusted_document(self, document_id: str) -> Document:
        sha256, until = self._ids.get(document_id, ("", 0.0))
        known = self._recall(sha256) if self._monotonic() < until else None
        if known is not None:
            return known
        text = await self._look_up(document_id)
        if text is None:
            raise _refused(*(NOT_TRUSTED if self._trusted_only else NOT_FOUND))
        document = self.find(text)
        self._ids[document_id] = document.sha256, self._monotonic() + TRUSTED_S
        self._ids.move_to_end(document_id)
        if len(self._ids) > MOST_IDS:
            self._ids.popitem(last=False)
        return document

    async def _look_up(self, document_id: str) -> str | None:
        try:
            return await self._trusted(document_id) if self._trusted is not None else None
        except (DatabaseBusy, *LOST) as error:
            raise unavailable("Documents cannot be looked up for the moment") from error

    def _sound(self, sha256: str, text: str) -> Document:
        try:
            check_text(text)
            ast = parse(Lines(text), max_lexical_tokens=MAX_TOKENS, max_comments=MAX_COMMENTS)
            measures = measure(ast, self._schema)
        except LimitExceeded as error:
            raise InvalidDocument(error.code, [error]) from error
        except GraphQLError as error:
            raise InvalidDocument("GRAPHQL_PARSE_FAILED", [error]) from error
        hidden = not self._suggestions or len(text) > SUGGESTED_CHARACTERS
        errors = validate(self._schema, ast, self._rules, MAX_VALIDATION_ERRORS, hide_suggestions=hidden)
        if errors:
            raise InvalidDocument("GRAPHQL_VALIDATION_FAILED", errors)
        return Document(sha256, text, ast, measures)

    def _recall(self, sha256: str) -> Document | None:
        known = self._known.get(sha256)
        if known is not None:
            self._known.move_to_end(sha256)
        return known

    def _remember(self, document: Document) -> None:
        self._known[document.sha256] = document
        self._weight += document.weight
        while self._weight > CACHED_TOKENS:
            _, oldest = self._known.popitem(last=False)
            self._weight -= oldest.weight


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _refused(code: str, message: str) -> InvalidDocument:
    return InvalidDocument(code, [GraphQLError(message)])


class PreparedDocument(SchemaExtension):
    """Hands the schema a document that was parsed and validated here, so that it does neither again."""

    def on_parse(self) -> Iterator[None]:
        """Puts the document of this request, where there is one, in the place of parsing and validation."""
        prepared = (self.execution_context.operation_extensions or {}).get(PREPARED)
        if isinstance(prepared, DocumentNode):
            self.execution_context.graphql_document = prepared
            self.execution_context.pre_execution_errors = []
        yield
