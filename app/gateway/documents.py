"""Is this a document that our schema can run, and which of its operations is meant?"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    value_from_ast_untyped,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.gateway.asked import Asked
from app.gateway.faults import bad_operation, bad_request
from app.gateway.limits import MAX_COMMENTS, MAX_TOKENS, LimitExceeded, Measures, measure

MAX_VALIDATION_ERRORS = 20
CACHED_TOKENS = 60_000  # a token of a parsed document takes about 550 bytes: 33 MB at most
PREPARED = "mipoints.document"
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"  # the message that clients look for
NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED", "Only trusted documents are run here: send the id of one"

# The most comparisons of fields that may be selected under one name; the default lets a document use seconds of CPU.
overlapping.MAX_COMPLEXITY_BUDGET = 10_000


class InvalidDocument(Exception):
    """The text does not parse (`GRAPHQL_PARSE_FAILED`), is too large (`LIMIT_EXCEEDED`) or does not fit the schema
    (`GRAPHQL_VALIDATION_FAILED`); or there is none of this id (`PERSISTED_QUERY_NOT_FOUND`, `DOCUMENT_NOT_TRUSTED`).
    """

    def __init__(self, code: str, errors: Sequence[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Document:
    """A sound document: its SHA-256, its text, what it parses to, and what each of its operations comes to."""

    sha256: str
    text: str
    ast: DocumentNode
    measures: Mapping[str | None, Measures]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run: the named one, or the only one; raises Fault 400 when that is not exactly one."""
        operations = [node for node in self.ast.definitions if isinstance(node, OperationDefinitionNode)]
        if name is None:
            if len(operations) == 1:
                return operations[0]
            raise bad_operation("The document holds several operations: say which one to run with operationName")
        for operation in operations:
            if operation.name is not None and operation.name.value == name:
                return operation
        raise bad_operation("The document holds no operation of the name given in operationName")

    def of(self, operation: OperationDefinitionNode) -> Measures:
        """What an operation of this document comes to."""
        return self.measures[operation.name.value if operation.name else None]

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """What an operation of this document costs with these variables; see `app.gateway.costs`."""
        cost = self.of(operation).cost
        if not cost.variables:
            return cost.units
        defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None and node.variable.name.value in cost.variables
        }
        return cost.total({**defaults, **variables})


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
    ) -> None:
        self._schema = schema
        self._suggestions = suggestions
        hidden: tuple[type[ASTValidationRule], ...] = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self._rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, *hidden)
        self._trusted = trusted
        self._trusted_only = trusted_only
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._tokens = 0

    async def asked(self, asked: Asked) -> Document:
        """The document that a request names by id, brings along, or both.

        Raises InvalidDocument for a text that cannot be run, and Fault for an id that is unknown or is not the text's.
        """
        if asked.document_id is not None:
            return await self._by_id(asked.document_id, asked.text)
        if asked.text is None:
            raise bad_request("The member query must be a string that holds a GraphQL document")
        if self._trusted_only:
            raise _refused(*NOT_TRUSTED)
        return self.find(asked.text)

    def find(self, text: str) -> Document:
        """The sound document of this text; raises InvalidDocument. Only sound documents are remembered."""
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        known = self._recall(sha256)
        if known is not None:
            return known
        document = self._sound(sha256, text)
        self._remember(sha256, document)
        return document

    async def _by_id(self, document_id: str, text: str | None) -> Document:
        if text is not None and not self._trusted_only:
            document = self.find(text)
            if document.sha256 != document_id:
                raise bad_request("The hash is not the SHA-256 of the query", "PERSISTED_QUERY_HASH_MISMATCH")
            return document
        known = self._recall(document_id)
        if known is not None:
            return known
        trusted = await self._trusted(document_id) if self._trusted is not None else None
        if trusted is None:
            raise _refused(*(NOT_TRUSTED if self._trusted_only else NOT_FOUND))
        document = self._sound(hashlib.sha256(trusted.encode()).hexdigest(), trusted)
        self._remember(document_id, document)
        return document

    def _sound(self, sha256: str, text: str) -> Document:
        try:
            ast = parse(text, max_lexical_tokens=MAX_TOKENS, max_comments=MAX_COMMENTS)
        except GraphQLError as error:
            raise InvalidDocument("GRAPHQL_PARSE_FAILED", [error]) from error
        try:
            measures = measure(ast, self._schema)
        except LimitExceeded as error:
            raise InvalidDocument(error.code, [error]) from error
        errors = validate(self._schema, ast, self._rules, MAX_VALIDATION_ERRORS, hide_suggestions=not self._suggestions)
        if errors:
            raise InvalidDocument("GRAPHQL_VALIDATION_FAILED", errors)
        return Document(sha256, text, ast, measures)

    def _recall(self, document_id: str) -> Document | None:
        known = self._known.get(document_id)
        if known is not None:
            self._known.move_to_end(document_id)
        return known

    def _remember(self, document_id: str, document: Document) -> None:
        self._known[document_id] = document
        self._tokens += document.ast.token_count
        while self._tokens > CACHED_TOKENS:
            _, oldest = self._known.popitem(last=False)
            self._tokens -= oldest.ast.token_count


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
