"""Is a client told to ask again where that helps, and only there?"""

import asyncpg
import pytest
from graphql import GraphQLError

from app.gateway.answers import describe, status_of
from app.gateway.media import JSON
from app.pool import DatabaseBusy
from app.requests.once import TooBusy

PASSING = (
    ConnectionRefusedError("/tmp/.s.PGSQL.5432"),
    DatabaseBusy("No connection came free."),
    TooBusy("the request lost its race"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
    asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
    asyncpg.DiskFullError("could not extend file"),
)
STAYING = (
    RuntimeError("a bug"),
    asyncpg.UndefinedColumnError("column does not exist"),
    asyncpg.UniqueViolationError("duplicate key"),
    asyncpg.CheckViolationError("a balance below zero"),
    asyncpg.DataError("invalid input for query argument $1"),
)


def told(error: Exception) -> dict[str, object]:
    return describe(GraphQLError("tapFuel", path=["tapFuel"], original_error=error), suggestions=False)


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_passes_is_unavailable_and_says_what_to_do(error: Exception) -> None:
    seen = told(error)

    assert seen["extensions"] == {"code": "UNAVAILABLE", "id": seen["extensions"]["id"]}  # type: ignore[index]
    assert "same idempotency key" in str(seen["message"])
    assert str(error) not in str(seen)
    assert status_of({"errors": [seen]}, JSON) == 503


@pytest.mark.parametrize("error", STAYING, ids=lambda error: type(error).__name__)
def test_what_stays_is_internal(error: Exception) -> None:
    seen = told(error)

    assert (seen["message"], seen["extensions"]["code"]) == ("Internal error", "INTERNAL")  # type: ignore[index]
    assert status_of({"errors": [seen]}, JSON) == 500
