"""How does one GraphQL request become one answer or a stream of them, whichever way it came?"""

import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, aclosing
from functools import lru_cache, partial
from typing import Any, NamedTuple, Protocol, cast

from graphql import OperationType
from strawberry import Schema

from app.execution.executor import Executor
from app.gateway.answers import Result, body_of, fault_body, invalid_body
from app.gateway.asked import Asked
from app.gateway.documents import PREPARED, Document, Documents, InvalidDocument, PreparedDocument
from app.gateway.faults import Fault, unauthenticated, unavailable
from app.gateway.identity import MOST_PROOFS, InvalidToken, Principal
from app.gateway.keys import Keys, KeysUnavailable
from app.gateway.limits import LimitExceeded, check_variables
from app.gateway.observed import Observed, Observer
from app.gateway.tracing import NoTracer, Tracer
from app.gateway.visitors import Meter, Visitor

# Strawberry logs every field error, refusals too, and without an id; the gateway logs what it masks.
logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL)

Body = dict[str, Any]


class MakeContext(Protocol):
    """Builds the context of one request: who asks, and in which languages they read."""

    def __call__(self, *, principal: Principal | None, accept_language: str | None) -> Awaitable[object]:
        """Called once a request, before its operation runs."""


class Prepared(NamedTuple):
    """An operation that may run: allowed in size and rate, for this visitor, in these languages."""

    document: Document
    name: str | None
    kind: OperationType
    variables: dict[str, Any]
    cost: int
    public_s: int
    visitor: Visitor
    accept_language: str | None


class Operations:
    """One schema, and everything that stands between a request and its execution."""

    def __init__(
        self,
        schema: Schema,
        make_context: MakeContext,
        keys: Keys,
        documents: Documents,
        meter: Meter,
        *,
        cost_limit: int,
        suggestions: bool,
        pseudonym_key: bytes,
        observers: tuple[Observer, ...] = (),
        tracer: Tracer | None = None,
    ) -> None:
        if PreparedDocument not in schema.extensions:
            schema.extensions = (*schema.extensions, PreparedDocument)
        if set(schema.extensions) != {PreparedDocument}:
            raise ValueError("compiled execution would not call the extensions of the schema")
        self.suggestions = suggestions
        self._schema = schema
        self._executor = Executor(schema, guard=getattr(schema.execution_context_class, "guard", None))
        self._make_context = make_context
        self._keys = keys
        self._documents = documents
        self._meter = meter
        self._cost_limit = cost_limit
        self._pseudonym = lru_cache(MOST_PROOFS)(partial(pseudonym, hashlib.sha256(pseudonym_key).digest()))
        self._observers = observers
        self._tracer = tracer or NoTracer()

    def traced(
        self, observed: Observed, headers: Mapping[str, str], method: str | None = None
    ) -> AbstractContextManager[None]:
        """What is traced while the block runs belongs to this request; `method` is None on a WebSocket."""
        return self._tracer.request(observed, headers, method)

    async def visitor(
        self,
        authenticate: Callable[[Keys], Awaitable[Principal | None]],
        address: str,
        observed: Observed,
        *,
        has_token: bool,
    ) -> Visitor:
        """Who asks. Raises Fault 401 for a token that is not valid, 429 after too many of those, 503 without keys."""
        if has_token:
            await self._meter.admit(address)
        try:
            principal = await authenticate(self._keys)
        except InvalidToken as error:
            await self._meter.failed(address)
            raise unauthenticated("The token is not valid") from error
        except KeysUnavailable as error:
            raise unavailable("Tokens cannot be checked for the moment") from error
        if principal is not None:
            observed.principal = self._pseudonym(principal.name)
        return Visitor(principal, address)

    async def charge(self, visitor: Visitor, units: int) -> None:
        """Takes what something else than an operation costs. Raises Fault 429 and 503."""
        await self._meter.charge(visitor, units, 0)

    async def prepare(
        self, asked: Asked, visitor: Visitor, accept_language: str | None, observed: Observed
    ) -> Prepared:
        """What is to run. Raises InvalidDocument for what cannot, and Fault for what may not now."""
        with self._tracer.part("prepare"):
            return await self._prepare(asked, visitor, accept_language, observed)

    async def _prepare(
        self, asked: Asked, visitor: Visitor, accept_language: str | None, observed: Observed
    ) -> Prepared:
        try:
            document = await self._documents.asked(asked)
        except InvalidDocument as refused:
            await self._meter.charge(visitor, refused.cost, 0)
            raise
        observed.sha256 = document.sha256
        operation = document.operation(asked.operation_name)
        name = operation.name.value if operation.name else None
        observed.operation, observed.kind = name, operation.operation.value
        try:
            check_variables(asked.variables)
            cost = document.cost(operation, asked.variables)
            observed.cost = cost
            if cost > self._cost_limit:
                raise LimitExceeded("cost", self._cost_limit, cost)
        except LimitExceeded as error:
            raise InvalidDocument(error.code, [error]) from error
        measures = document.of(operation)
        await self._meter.charge(visitor, cost, measures.codes)
        public_s = measures.public_s if visitor.principal is None else 0
        return Prepared(document, name, operation.operation, asked.variables, cost, public_s, visitor, accept_language)

    async def run(self, prepared: Prepared) -> Body:
        """The body of the answer to a query or a mutation."""
        with self._tracer.part("execute"):
            result = await self._executor.execute(
                prepared.document.ast,
                operation_name=prepared.name,
                variables=prepared.variables,
                context=await self._context(prepared),
            )
        return self._body(result, prepared)

    async def bodies(self, prepared: Prepared) -> AsyncGenerator[Body, None]:
        """The bodies of what a subscription tells, as it happens."""
        results = await self._schema.subscribe(
            prepared.document.text,
            variable_values=prepared.variables,
            context_value=await self._context(prepared),
            operation_name=prepared.name,
            operation_extensions={PREPARED: prepared.document.ast},
        )
        async with aclosing(results):
            async for result in results:
                yield self._body(cast(Result, result), prepared)

    def refusal(self, refused: InvalidDocument | Fault, observed: Observed) -> Body:
        """The body of what cannot or may not run."""
        if isinstance(refused, InvalidDocument):
            return self._with_cost(invalid_body(refused), observed.cost)
        return fault_body(refused)

    def observe(self, observed: Observed, body: Mapping[str, Any] | None) -> None:
        """Tells those who look on that a request has its answer."""
        if body is not None:
            observed.answered(body)
        for observer in self._observers:
            observer(observed)

    async def _context(self, prepared: Prepared) -> object:
        return await self._make_context(principal=prepared.visitor.principal, accept_language=prepared.accept_language)

    def _body(self, result: Result, prepared: Prepared) -> Body:
        return self._with_cost(body_of(result, suggestions=self.suggestions), prepared.cost)

    def _with_cost(self, body: Body, cost: int) -> Body:
        if not cost:
            return body
        told = {"requested": cost, "maximum": self._cost_limit}
        return {**body, "extensions": {**body.get("extensions", {}), "cost": told}}


def pseudonym(key: bytes, name: str) -> str:
    """What tells principals apart in the log, and tells nobody who they are."""
    return hashlib.blake2b(name.encode(), key=key, digest_size=8).hexdigest()
