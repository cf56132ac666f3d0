"""Is this text a document that our schema can run, and which of its operations is meant?"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence

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
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.gateway.faults import bad_operation

MAX_TOKENS = 2_000
MAX_COMMENTS = 500
MAX_VALIDATION_ERRORS = 20
CACHED_TOKENS = 60_000  # a token of a parsed document takes about 550 bytes: 33 MB at most
PREPARED = "mipoints.document"


class InvalidDocument(Exception):
    """The text does not parse (`GRAPHQL_PARSE_FAILED`) or does not fit the schema (`GRAPHQL_VALIDATION_FAILED`)."""

    def __init__(self, code: str, errors: Sequence[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


class Documents:
    """Texts to documents, parsed and validated once; the ones used last are kept, up to CACHED_TOKENS tokens."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool, suggestions: bool) -> None:
        self._schema = schema
        self._suggestions = suggestions
        hidden: tuple[type[ASTValidationRule], ...] = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self._rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, *hidden)
        self._known: OrderedDict[str, DocumentNode] = OrderedDict()
        self._tokens = 0

    def find(self, text: str) -> DocumentNode:
        """The validated document of this text; raises InvalidDocument. Only valid documents are remembered."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        document = self._validated(text)
        self._remember(text, document)
        return document

    def _validated(self, text: str) -> DocumentNode:
        try:
            document = parse(text, max_lexical_tokens=MAX_TOKENS, max_comments=MAX_COMMENTS)
        except GraphQLError as error:
            raise InvalidDocument("GRAPHQL_PARSE_FAILED", [error]) from error
        errors = validate(
            self._schema, document, self._rules, MAX_VALIDATION_ERRORS, hide_suggestions=not self._suggestions
        )
        if errors:
            raise InvalidDocument("GRAPHQL_VALIDATION_FAILED", errors)
        return document

    def _remember(self, text: str, document: DocumentNode) -> None:
        self._known[text] = document
        self._tokens += document.token_count
        while self._tokens > CACHED_TOKENS:
            _, oldest = self._known.popitem(last=False)
            self._tokens -= oldest.token_count


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run: the named one, or the only one; raises Fault 400 when that is not exactly one."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) == 1:
            return operations[0]
        raise bad_operation("The document holds several operations: say which one to run with operationName")
    for operation in operations:
        if operation.name is not None and operation.name.value == name:
            return operation
    raise bad_operation("The document holds no operation of the name given in operationName")


class PreparedDocument(SchemaExtension):
    """Hands the schema a document that was parsed and validated here, so that it does neither again."""

    def on_parse(self) -> Iterator[None]:
        """Puts the document of this request, where there is one, in the place of parsing and validation."""
        prepared = (self.execution_context.operation_extensions or {}).get(PREPARED)
        if isinstance(prepared, DocumentNode):
            self.execution_context.graphql_document = prepared
            self.execution_context.pre_execution_errors = []
        yield
