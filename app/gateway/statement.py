"""How does one HTTP request to /statement become a file that proves itself?"""

import math
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.gateway.answers import HEADERS, answer_fault, answer_surprise, fault_body, surprise_body
from app.gateway.faults import Fault, bad_request, method_not_allowed, unauthenticated
from app.gateway.identity import authenticate, is_subject
from app.gateway.incoming import Incoming
from app.gateway.media import JSON
from app.gateway.observed import Observed, UnderWay, request_id_of
from app.gateway.operations import Operations
from app.gateway.origins import Origins
from app.gateway.patience import Patience
from app.gateway.streams import Seats, life_of
from app.gateway.visitors import Visitor, network_of
from app.ledger.proof import written
from app.members.statement import Statement, statement_of

PATH = "/statement"
MEDIA = "application/x-ndjson"
COST = 200  # units, as a mutation: what the clock has changed is written first
ENTRIES_A_UNIT = 100


@dataclass(frozen=True)
class StatementEndpoint:
    """The ASGI application behind `Route("/statement")`: GET with a token; staff name a member by `miAccountId`.

    A request has `timeout_s` seconds until its file begins; then it lasts as long as its reader takes it and the token
    is good. A file that could not be finished has no end, and `mipoints verify` says so.
    """

    operations: Operations
    origins: Origins
    seats: Seats
    key: Ed25519PrivateKey
    timeout_s: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Incoming(scope, receive)
        observed = Observed(request_id_of(request.headers.get("x-request-id")), operation="statement", kind="download")
        with UnderWay(observed), self.operations.traced(observed, request.headers, request.method):
            try:
                with Patience(self.timeout_s):
                    visitor, statement = await self._asked(request, observed)
                with self.seats.stream(visitor):
                    response = _file(statement, visitor, observed)
                    with suppress(ClientDisconnect):
                        await _named(response, observed)(scope, receive, send)
            except Fault as fault:
                observed.answered(fault_body(fault))
                await _named(answer_fault(fault, JSON), observed)(scope, receive, send)
            except Exception as error:  # the edge: whatever failed, a client sees an id and nothing else
                body = surprise_body(error)
                observed.answered(body)
                await _named(answer_surprise(body, JSON), observed)(scope, receive, send)
            observed.seconds = time.perf_counter() - observed.started
            self.operations.observe(observed, None)

    async def _asked(self, request: Incoming, observed: Observed) -> tuple[Visitor, Statement]:
        if request.method != "GET":
            raise method_not_allowed("A statement is got by GET", allow="GET")
        self.origins.require(request.headers)
        visitor = await self.operations.visitor(
            lambda keys: authenticate(request.headers.every("authorization"), keys),
            network_of(request.host),
            observed,
            has_token="authorization" in request.headers,
        )
        mi_account_id, actor = _whose(visitor, request.query.get("miAccountId"))
        await self.operations.charge(visitor, COST)
        statement = await statement_of(mi_account_id, self.key, actor=actor)
        if statement is None:
            raise Fault(404, "NOT_ENROLLED", "This Mi Account is not a member")
        observed.cost = COST + statement.entries // ENTRIES_A_UNIT
        await self.operations.charge(visitor, observed.cost - COST)
        return visitor, statement


def _whose(visitor: Visitor, named: str | None) -> tuple[str, str | None]:
    """Whose statement this visitor may have, and who of staff asks for it. Raises Fault 400, 401 and 403."""
    principal = visitor.principal
    if principal is None:
        raise unauthenticated("A statement needs a token")
    if "staff" in principal.roles and named is not None:
        if not is_subject(named):
            raise bad_request("The parameter miAccountId must have 1 to 128 characters and no control characters")
        return named, principal.subject
    if "member" not in principal.roles:
        raise Fault(403, "FORBIDDEN", "A member has their own statement, staff that of the member in `miAccountId`")
    if named not in (None, principal.subject):
        raise Fault(403, "FORBIDDEN", "A member has their own statement only")
    return principal.subject, None


def _file(statement: Statement, visitor: Visitor, observed: Observed) -> Response:
    name = f"statement-{statement.head['memberId']}-{statement.entries}.ndjson"
    response = StreamingResponse(_until_its_end(statement, visitor, observed), media_type=MEDIA)
    response.raw_headers += [
        *HEADERS,
        (b"content-disposition", f'attachment; filename="{name}"'.encode()),
    ]
    return response


async def _until_its_end(statement: Statement, visitor: Visitor, observed: Observed) -> AsyncIterator[bytes]:
    """The pieces of the file, or in the place of its end what went wrong."""
    life_s = life_of(visitor)
    ends = time.monotonic() + life_s if life_s is not None else math.inf
    try:
        async with aclosing(statement.pieces()) as pieces:
            async for piece in pieces:
                yield piece
                if time.monotonic() > ends:
                    raise unauthenticated("The token has expired")
    except Fault as fault:
        observed.answered(fault_body(fault))
        yield written(fault_body(fault))
    except Exception as error:  # the edge: whatever failed, a reader sees an id and nothing else
        body = surprise_body(error)
        observed.answered(body)
        yield written(body)


def _named(response: Response, observed: Observed) -> Response:
    """The response with the id under which it stands in the log."""
    observed.status = response.status_code
    response.raw_headers.append((b"x-request-id", observed.request_id.encode()))
    return response
