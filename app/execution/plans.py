"""How does a selection of a document become a program: which function runs it, and which its parts?"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from graphql.execution import Executor as CoreExecutor
from graphql.execution import default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from app.execution.ahead import Beginning, beginnings
from app.execution.carriers import Waiting
from app.execution.infos import LazyInfo
from app.execution.leaves import UNUSUAL
from app.execution.records import Completer, Field, Function, Part
from app.execution.rules import Rules
from app.execution.run import Run
from app.execution.source import Source

MOST_FIELDS = 2_000  # of one plan; an operation with more is run by graphql-core


class CannotCompile(Exception):
    """The operation holds what plans do not know; graphql-core runs it."""


class Plan:
    """One operation with one set of values of the variables that decide what is left out.

    `parts` are called one after the other, each with the root value, None and the run; of a query, `beginnings` before
    them. `definitions`: the document's fragments by name.
    """

    def __init__(
        self,
        rules: Rules,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self.rules = rules
        self.fields = 0
        self.beginnings: tuple[Beginning, ...] = ()
        self._operation = operation
        self.definitions = dict(fragments)
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._variables = variables
        self.source = Source(
            rules, PLAIN=rules.plain, UNDEFINED=Undefined, INFINITE=float("inf"), W=Waiting, I=LazyInfo
        )
        names = self._compile_roots()
        made = self.source.make()
        self.parts: list[Function] = [made[name] for name in names]

    def core(self, run: Run) -> CoreExecutor[Any]:
        """Graphql-core's executor for a run, as Strawberry would set it up."""
        executor: type[CoreExecutor[Any]] = self.rules.strawberry.execution_context_class
        own: dict[str, Any] = {"operation_extensions": None}
        return executor(
            self.rules.schema,
            self.definitions,
            self._fragments,
            run.root,
            run.context,
            self._operation,
            run.variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=self.rules.is_awaitable,  # type: ignore[arg-type]
            **own,
        )

    def branch(self, completer: Completer, branches: dict[str, Function], name: Any) -> Function | None:
        """How a value of an abstract type becomes an answer, its class being known by name; None where it is wrong."""
        abstract: Any = get_nullable_type(completer.type)
        found = self.rules.schema.get_type(name) if isinstance(name, str) else None
        if not isinstance(found, GraphQLObjectType) or not self.rules.schema.is_sub_type(abstract, found):
            return None
        try:
            function = self._object(completer, found)
        except CannotCompile:
            branches[name] = partial(_by_core, completer)
        else:
            branches[name] = self.source.make()[function]
        return branches[name]

    def _compile_roots(self) -> list[str]:
        root = self.rules.schema.get_root_type(self._operation.operation)
        if root is None or self._operation.directives or self._operation.operation is OperationType.SUBSCRIPTION:
            raise CannotCompile("no plain query or mutation")
        if any(node.variable_definitions for node in self.definitions.values()):
            raise CannotCompile("fragments with variables")
        collected = collect_fields(self.rules.schema, self._fragments, self._variables, root, self._operation)
        if self._operation.operation is OperationType.MUTATION:
            groups = [{key: details} for key, details in collected.grouped_field_set.items()]
        else:
            groups = [collected.grouped_field_set]
            self.beginnings = tuple(beginnings(self, root, collected.grouped_field_set))
        return [self._selection(root, group, guarded=True) for group in groups]

    def _selection(
        self,
        parent: GraphQLObjectType,
        group: Mapping[str, list[FieldDetails]],
        *,
        guarded: bool = False,
        require: Sequence[str] = (),
    ) -> str:
        self.fields += len(group)
        if self.fields > MOST_FIELDS:
            raise CannotCompile("too many fields")
        parts: list[Part] = []
        for key, details in group.items():
            name = details[0].node.name.value
            definition = self.rules.schema.get_field(parent, name)
            if definition is None or name in ("__schema", "__type"):
                raise CannotCompile(f"the field {name}")
            if name == "__typename":
                parts.append((key, None, None))
                continue
            field = Field(key, details, definition, parent)
            completer, function = self._completer(field, definition.type)
            parts.append((key, completer, function))
        return self.source.selection(parent, parts, guarded=guarded, require=require)

    def _completer(self, field: Field, type_: GraphQLOutputType) -> tuple[Completer, str]:
        """How a value of a type is completed, and the name of the function that does it for plain values."""
        completer = Completer(field, type_)
        bare: Any = get_nullable_type(type_)
        if is_leaf_type(bare):
            completer.function = self._leaf(completer, bare)
            return completer, ""  # its lines stand where the value is resolved
        if is_list_type(bare):
            function = self._list(completer, bare)
        elif is_object_type(bare):
            function = self._object(completer, bare)
        else:
            function = self._abstract(completer, bare)
        self.source.give(completer, function)
        return completer, function

    def _leaf(self, completer: Completer, type_: GraphQLLeafType) -> Function:
        leaf = self.rules.leaf(type_)

        def function(value: Any, place: Any, run: Run) -> Any:
            answered = leaf(value)
            return run.by_core(completer, value, place) if answered is UNUSUAL else answered

        return function

    def _list(self, completer: Completer, type_: GraphQLList[Any]) -> str:
        item, function = self._completer(completer.field, type_.of_type)
        return self.source.list_of(completer, item, function)

    def _object(self, completer: Completer, type_: GraphQLObjectType) -> str:
        collected = self.subfields(completer.field, type_)
        require = self.source.of_its_type(completer, type_)
        return self._selection(type_, collected.grouped_field_set, require=require)

    def _abstract(self, completer: Completer, type_: GraphQLAbstractType) -> str:
        branches: dict[str, Function] = {}

        def branch(name: Any) -> Function | None:
            return self.branch(completer, branches, name)

        return self.source.abstract_of(completer, type_, branches, branch)

    def subfields(self, field: Field, type_: GraphQLObjectType) -> CollectedFields:
        """What is selected of an object below a field."""
        return collect_subfields(
            self.rules.schema, self._fragments, self._variables, self._operation, type_, field.details
        )


def _by_core(completer: Completer, value: Any, place: Any, run: Run) -> Any:
    return run.by_core(completer, value, place)
