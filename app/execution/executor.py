"""How does a Strawberry schema run the documents that come again and again?

`Executor(schema).execute(document, ...)` answers what `graphql.execute` would. From its second run on an operation is
run by a plan: generated Python for just this selection. Validation, limits and who may ask are the caller's concern,
except for `guard`, which is asked for every root field.

What nobody is promised differs: in which order siblings begin and report errors where resolvers wait, and which of
several errors below the same null are told. Resolvers that wait begin sooner, so loaders batch at least as much. What a
resolver sets in its context variables reaches no other resolver.
"""

import logging
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionNode,
    VariableNode,
    execute,
    get_variable_values,
)
from graphql.execution.values import VariableValues
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.utils.await_maybe import await_maybe

from app.execution.ahead import all_begun
from app.execution.plans import CannotCompile, Plan
from app.execution.rules import Guard, Rules
from app.execution.run import Run

log = logging.getLogger("mipoints.execution")

MOST_VARIANTS = 8  # plans of one operation: one for each set of values that decides what is left out
MOST_FIELDS = 50_000  # of all plans together, about 2 kB each
MOST_COERCION_ERRORS = 50  # as graphql-core

_NO_VALUES = VariableValues({}, {})


class Operation:
    """One operation of a document: how often it ran, and its plans."""

    def __init__(self, node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self.node = node
        self.fragments = fragments
        self.switches = tuple(sorted(set(_switches(node, fragments))))
        self.runs = 0
        self.plans: dict[tuple[Any, ...], Plan | None] = {}

    @property
    def fields(self) -> int:
        """How many fields its plans have."""
        return sum(plan.fields for plan in self.plans.values() if plan is not None)


Operations = dict[str | None, Operation | None]


class Executor:
    """Runs queries and mutations of one schema; its schema extensions are not called.

    `guard(context, root type, field name)` answers why a root field may not be asked for; it is null then, beside this
    error. An executor class that the schema has for such a purpose must do the same: it runs what no plan does, and
    without a guard it runs everything.
    An operation is run by graphql-core `runs_before` times before it is worth a plan: most floods never come again.
    """

    def __init__(self, schema: strawberry.Schema, *, guard: Guard | None = None, runs_before: int = 1) -> None:
        self._runs_before = runs_before
        self._rules = Rules(schema, guard)
        # An executor class of the schema's own may refuse what a plan without a guard would run.
        is_own = schema.execution_context_class is not StrawberryGraphQLCoreExecutionContext
        is_incremental = schema.config.enable_experimental_incremental_execution
        self._may_compile = not is_incremental and (guard is not None or not is_own)
        self._documents: OrderedDict[int, tuple[weakref.ref[DocumentNode], Operations]] = OrderedDict()
        self._gone: list[int] = []  # keys of documents that nobody keeps any more

    async def execute(
        self,
        document: DocumentNode,
        *,
        operation_name: str | None = None,
        variables: dict[str, Any] | None = None,
        context: Any = None,
        root: Any = None,
    ) -> ExecutionResult:
        """The answer to a valid document. An exception becomes an error without data, as Strawberry has it."""
        try:
            operation = self._operation(document, operation_name)
            if operation is not None:
                if operation.runs >= self._runs_before:
                    return await self._run(document, operation, operation_name, variables, context, root)
                operation.runs += 1
            return await self._by_core(document, operation_name, variables, context, root)
        except Exception as error:
            known = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            return ExecutionResult(None, [known])

    async def _run(
        self,
        document: DocumentNode,
        operation: Operation,
        operation_name: str | None,
        variables: dict[str, Any] | None,
        context: Any,
        root: Any,
    ) -> ExecutionResult:
        values = _NO_VALUES
        if operation.node.variable_definitions:
            coerced = get_variable_values(
                self._rules.schema,
                operation.node.variable_definitions,
                variables or {},
                max_errors=MOST_COERCION_ERRORS,
            )
            if isinstance(coerced, list):
                return ExecutionResult(None, coerced)
            values = coerced
        plan = self._plan(document, operation, values)
        if plan is None:
            return await self._by_core(document, operation_name, variables, context, root)
        run = Run(plan, root, context, values)
        if plan.beginnings:
            await all_begun(run, plan.beginnings)
        return await run.execute()

    def _plan(self, document: DocumentNode, operation: Operation, values: VariableValues) -> Plan | None:
        """The plan for these values of the variables that decide what is left out; None where there is none."""
        chosen = tuple(values.coerced.get(name) for name in operation.switches)
        if chosen in operation.plans:
            return operation.plans[chosen]
        if len(operation.plans) >= MOST_VARIANTS or not all(type(value) is bool for value in chosen):
            return None
        switching = VariableValues(
            {name: values.sources[name] for name in operation.switches},
            {name: values.coerced[name] for name in operation.switches},
        )
        plan: Plan | None = None
        try:
            plan = Plan(self._rules, operation.node, operation.fragments, switching)
        except (CannotCompile, RecursionError, GraphQLError):
            log.debug("graphql-core runs an operation that plans are not made for", exc_info=True)
        except Exception:  # a fault of ours must not be one of the operation
            log.exception("an operation could not be compiled")
        operation.plans[chosen] = plan
        self._make_room()
        return plan

    def _make_room(self) -> None:
        """Forget the plans of the documents that ran longest ago, until the rest is few enough."""

        def fields(operations: Operations) -> int:
            return sum(operation.fields for operation in operations.values() if operation is not None)

        total = sum(fields(operations) for _, operations in self._documents.values())
        while total > MOST_FIELDS and len(self._documents) > 1:
            _, (_, operations) = self._documents.popitem(last=False)
            total -= fields(operations)

    def _operation(self, document: DocumentNode, name: str | None) -> Operation | None:
        """What is known of an operation of a document that somebody keeps; None where no plan may run it."""
        if not self._may_compile:
            return None
        while self._gone:
            gone_key = self._gone.pop()
            if gone_key in self._documents and self._documents[gone_key][0]() is None:
                del self._documents[gone_key]
        key = id(document)
        known = self._documents.get(key)
        if known is None or known[0]() is not document:
            # The end of a document may come in the midst of anything, so it is only noted.
            gone = self._gone
            known = self._documents[key] = weakref.ref(document, lambda _: gone.append(key)), {}
        self._documents.move_to_end(key)
        operations = known[1]
        if name not in operations:
            found = _find(document, name)
            if found is None:
                return None  # a name that is not there is not remembered
            operations[name] = found
        return operations[name]

    async def _by_core(
        self,
        document: DocumentNode,
        operation_name: str | None,
        variables: dict[str, Any] | None,
        context: Any,
        root: Any,
    ) -> ExecutionResult:
        own: dict[str, Any] = {"operation_extensions": None}
        return await await_maybe(
            execute(
                self._rules.schema,
                document,
                root_value=root,
                context_value=context,
                variable_values=variables,
                operation_name=operation_name,
                executor_class=self._rules.strawberry.execution_context_class,
                is_awaitable=self._rules.is_awaitable,  # type: ignore[arg-type]
                **own,
            )
        )


def _find(document: DocumentNode, name: str | None) -> Operation | None:
    """The named operation, or the only one."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is not None:
        operations = [node for node in operations if node.name is not None and node.name.value == name]
    if len(operations) != 1:
        return None
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    return Operation(operations[0], fragments)


def _switches(node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[str]:
    """The names of the variables that @skip and @include look at, anywhere in a document."""
    left: list[SelectionNode] = [*node.selection_set.selections]
    for fragment in fragments.values():
        left.extend(fragment.selection_set.selections)
    while left:
        selection = left.pop()
        for directive in selection.directives or ():
            if directive.name.value in ("skip", "include"):
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        yield argument.value.name.value
        below = getattr(selection, "selection_set", None)
        if below is not None:
            left.extend(below.selections)
