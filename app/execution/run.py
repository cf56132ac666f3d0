"""How is one request run by a compiled plan, and what becomes of what is unusual in it?

What is unusual goes to graphql-core with the value that was resolved already: errors, their places and the nulls in
their stead are its own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from contextvars import Context, copy_context
from types import CoroutineType
from typing import TYPE_CHECKING, Any, cast

from graphql import ExecutionResult, GraphQLError, GraphQLNonNull, GraphQLResolveInfo, located_error
from graphql.execution import Executor as CoreExecutor
from graphql.execution.values import VariableValues, get_argument_values

from app.execution.carriers import Carrier, Waiting
from app.execution.records import Completer, Field, Place, is_under, path_of, type_at

if TYPE_CHECKING:
    from app.execution.plans import Plan


class Run:
    """One execution of a plan. Made, run once and thrown away."""

    def __init__(self, plan: Plan, root: Any, context: Any, variables: VariableValues) -> None:
        self.plan = plan
        self.root = root
        self.context = context
        self.variables = variables
        self.plain = plan.rules.plain
        self.is_awaitable = plan.rules.is_awaitable
        self.called_core: CoreExecutor[Any] | None = None
        self._arguments: dict[Field, dict[str, Any]] = {}
        self._answer: dict[str, Any] = {}
        self._waiting: dict[Waiting, None] = {}
        self._given_up: list[Waiting] = []
        self._below: dict[Place, list[Waiting]] | None = None  # who waits at or below a place
        self._all_there: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._current = asyncio.current_task(self._loop)
        self._context = copy_context()
        self._next: Context | None = None  # of the next resolver

    async def execute(self) -> ExecutionResult:
        """The answer; one part after the other where the plan has several (a mutation)."""
        data: dict[str, Any] | None
        try:
            for part in self.plan.parts:
                self._answer.update(part(self.root, None, self))
                if self._waiting:
                    self.tie(self._answer)
                    await self._settle()
            data = self._answer
        except GraphQLError as error:
            self.core.collected_errors.add(error, None)
            data = None
        finally:
            if self._waiting or self._given_up:
                await self._stop()
        errors = self.called_core.collected_errors.errors if self.called_core is not None else None
        return ExecutionResult(data, errors or None)

    def tie(self, home: dict[str, Any] | list[Any]) -> None:
        """Tell those that wait where their values belong."""
        for value in home.values() if isinstance(home, dict) else home:
            if type(value) is Waiting:
                value.home = home

    @property
    def core(self) -> CoreExecutor[Any]:
        """Graphql-core's executor of this request, for all that is unusual."""
        if self.called_core is None:
            self.called_core = self.plan.core(self)
        return self.called_core

    def raw(self, field: Field, place: Place) -> GraphQLResolveInfo[Any]:
        """Graphql-core's info of a field."""
        path = path_of(place)
        assert path is not None
        return self.core.build_resolve_info(field.definition, field.nodes, field.parent, path)

    def arguments(self, field: Field, info: Any) -> dict[str, Any]:
        """The arguments of a field as its resolver takes them. Raises what coercing and converting them raises."""
        known = self._arguments.get(field)
        if known is None:
            known, is_constant = self.plan.rules.arguments(field, self.variables, info)
            if is_constant:
                self._arguments[field] = known
        return known

    def generic(self, field: Field, source: Any, place: Place) -> Any:
        """What a field gives whose resolver is wrapped in something: called as graphql-core calls it."""
        given = {}
        if field.definition.args:
            given = get_argument_values(
                field.definition, field.nodes[0], self.variables, None, self.core.hide_suggestions
            )
        resolve = field.definition.resolve or self.core.field_resolver
        return resolve(source, self.raw(field, place), **given)

    def odd(self, completer: Completer, value: Any, place: Place) -> Any:
        """What a value becomes that a field or a list gave and whose class is not known as plain."""
        if not self.is_awaitable(value):
            return self.complete(completer, value, place)
        if type(value) is CoroutineType:
            return self.step(completer, value, place)
        if not asyncio.isfuture(value):
            return self.step(completer, _awaited(value), place)
        if value.done():
            return self.complete(completer, value.result(), place)
        return self._wait_for(completer, value, place)

    def odd_field(self, completer: Completer, value: Any, parent: Place | None) -> Any:
        """As `odd`, at a field of a parent."""
        return self.odd(completer, value, (parent, completer.field.key, completer.field))

    def complete(self, completer: Completer, value: Any, place: Place) -> Any:
        """What a resolved value becomes; one that could be awaited still is taken as it is."""
        if type(value) in self.plain or self.plan.rules.is_plain(value):
            return completer.function(value, place, self)
        if value is None and completer.nullable:
            return None
        return self.by_core(completer, value, place)

    def by_core(self, completer: Completer, value: Any, place: Place) -> Any:
        """What graphql-core makes of a resolved value."""
        field, path = completer.field, path_of(place)
        assert path is not None
        info = self.raw(field, place)
        completed = self.core.complete_value(completer.type, field.details, info, path, value, None)
        if self.is_awaitable(completed):
            return self.step(completer, cast(Coroutine[Any, Any, Any], completed), place, final=True)
        return completed

    def afresh(self, completer: Completer, value: Any, place: Place, found: Any) -> Any:
        """As `by_core`, which finds out again what was found out about the type of a value and is of no use here."""
        if type(found) is CoroutineType:
            found.close()
        return self.by_core(completer, value, place)

    def step(
        self, completer: Completer, coroutine: Coroutine[Any, Any, Any], place: Place, *, final: bool = False
    ) -> Any:
        """What a coroutine gives, completed unless it is `final`; or who stands for it while it waits."""
        if type(coroutine) is not CoroutineType:
            return self.odd(completer, coroutine, place)
        rules = self.plan.rules
        carrier = rules.carrier
        if carrier is None or carrier.is_over or carrier.loop is not self._loop:
            carrier = rules.carrier = Carrier(self._loop)
        context = self._next = self._next or self._context.copy()
        try:
            waited = carrier.start(coroutine, context, self._current)
        except StopIteration as stop:
            value = stop.value
        else:
            self._next = rules.carrier = None
            waiting = self._begin(completer, place, final=final)
            carrier.keep(self, coroutine, context, waited, waiting)
            return waiting
        return value if final else self.complete(completer, value, place)

    def failed(self, completer: Completer, place: Place) -> None:
        """Notes the exception under way at a place, which is null then; raises GraphQLError where it must not be."""
        error = sys.exception()
        assert isinstance(error, Exception)
        if self._waiting:
            self._give_up_last(place)
        path = path_of(place)
        assert path is not None
        self.core.handle_field_error(error, completer.type, completer.field.details, path)

    def failed_field(self, completer: Completer, parent: Place | None) -> None:
        """As `failed`, at a field of a parent."""
        self.failed(completer, (parent, completer.field.key, completer.field))

    def failed_item(self, completer: Completer, place: Place, items: Any) -> None:
        """As `failed`; where the list ends with it, the coroutines after it are closed."""
        try:
            self.failed(completer, place)
        except GraphQLError:
            for item in items[int(place[1]) + 1 :]:
                if type(item) is CoroutineType:
                    item.close()
            raise

    def arrived(self, waiting: Waiting, value: Any, error: BaseException | None) -> None:
        """Go on with what was waited for: it is there, or failed. Whoever brings it goes on, as in graphql-core."""
        all_there = self._all_there
        if all_there is None or all_there.done() or waiting not in self._waiting:
            return  # nobody waits for it any more
        del self._waiting[waiting]
        self._current = asyncio.current_task(self._loop)
        try:
            self._put(waiting, value, error)
        except BaseException as fatal:  # raised where the run waits
            all_there.set_exception(fatal)
        else:
            if not self._waiting:
                all_there.set_result(None)

    def _wait_for(self, completer: Completer, future: asyncio.Future[Any], place: Place) -> Waiting:
        waiting = self._begin(completer, place, final=False)

        def landed(future: asyncio.Future[Any]) -> None:
            error = asyncio.CancelledError() if future.cancelled() else future.exception()
            self.arrived(waiting, future.result() if error is None else None, error)

        future.add_done_callback(landed)
        return waiting

    async def _settle(self) -> None:
        """Wait until nothing waits any more."""
        self._all_there = self._loop.create_future()
        await self._all_there
        self._current = asyncio.current_task(self._loop)

    def _put(self, waiting: Waiting, value: Any, error: BaseException | None) -> None:
        try:
            if error is not None:
                raise error
            if not waiting.final:
                value = self.complete(waiting.completer, value, waiting.place)
        except Exception as fault:
            self._fell(waiting, fault)
            return
        if type(value) is Waiting:
            value.home = waiting.home
        waiting.home[waiting.place[1]] = value

    def _fell(self, waiting: Waiting, fault: Exception) -> None:
        """Put null where a value failed, or at the nearest place above that may be null; raise where none may."""
        place: Place | None = waiting.place
        type_ = waiting.completer.type
        assert place is not None
        path = path_of(place)
        assert path is not None
        error = located_error(fault, waiting.completer.field.nodes, path.as_list())
        while isinstance(type_, GraphQLNonNull):
            place = place[0]
            if place is None:
                raise error
            type_ = type_at(place)
        self._give_up(place)
        home: Any = self._answer
        for key in path_of(place).as_list()[:-1]:  # type: ignore[union-attr]
            home = home[key]
        home[place[1]] = None
        self.core.collected_errors.add(error, path_of(place))

    def _give_up_last(self, place: Place) -> None:
        """Wait no longer for what was started since the value of a place was begun."""
        while self._waiting and is_under((last := next(reversed(self._waiting))).place, place):
            del self._waiting[last]
            self._given_up.append(last)

    def _give_up(self, place: Place) -> None:
        """Wait no longer for anything at a place or below it."""
        if self._below is None:  # only now somebody asks; a search for each of many errors would take its square
            self._below = {}
            for waiting in self._waiting:
                self._note(self._below, waiting)
        for waiting in self._below.pop(place, ()):
            if waiting in self._waiting:
                del self._waiting[waiting]
                self._given_up.append(waiting)

    def _note(self, below: dict[Place, list[Waiting]], waiting: Waiting) -> None:
        place: Place | None = waiting.place
        while place is not None:
            below.setdefault(place, []).append(waiting)
            place = place[0]

    def _begin(self, completer: Completer, place: Place, *, final: bool) -> Waiting:
        """Note that the value of a place is waited for."""
        waiting = Waiting(completer, place, final=final)
        self._waiting[waiting] = None
        if self._below is not None:
            self._note(self._below, waiting)
        return waiting

    async def _stop(self) -> None:
        """End what nobody waits for any more."""
        left = [one.task for one in (*self._waiting, *self._given_up) if one.task is not None and not one.task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.gather(*left, return_exceptions=True)


async def _awaited(value: Any) -> Any:
    return await value
