"""What does production hide that development shows?"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.gateway.rates import Buckets, MemoryBuckets, SharedBuckets
from app.gateway.routes import buckets_of
from app.gateway.tokens import DevelopmentKeys, TokenRefused, mint
from app.settings import Settings
from tests.gateway.shop import Door, open_door

INTROSPECTION = "{ __schema { queryType { name } } }"
MISTYPED = "{ doubel(points: 1) }"
MISTYPED_VALUE = "query($level: Fuel!) { fuel(level: $level) }"


@pytest.fixture(scope="module")
def production(settings: Settings) -> Settings:
    """The production profile."""
    return settings.model_copy(update={"profile": "production"})


@pytest.fixture(scope="module")
def strict(production: Settings, keys: DevelopmentKeys) -> Iterator[Door]:
    """A server in the production profile."""
    with open_door(production, keys) as door:
        yield door


def test_introspection_is_for_development(door: Door, strict: Door) -> None:
    assert door.ask(INTROSPECTION).json()["data"]["__schema"]["queryType"] == {"name": "Query"}
    assert strict.code(strict.ask(INTROSPECTION)) == "GRAPHQL_VALIDATION_FAILED"
    assert strict.ask("{ __typename }").json()["data"] == {"__typename": "Query"}


def test_suggestions_are_for_development(door: Door, strict: Door) -> None:
    assert "Did you mean" in door.ask(MISTYPED).text
    assert "Did you mean" in door.ask(MISTYPED_VALUE, {"level": "FUL"}).text
    assert "Did you mean" not in strict.ask(MISTYPED).text
    refused = strict.ask(MISTYPED_VALUE, {"level": "FUL"})
    assert strict.code(refused) == "BAD_USER_INPUT"
    assert "Did you mean" not in refused.text


def test_a_browser_gets_no_page_in_production(strict: Door) -> None:
    answer = strict.client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_nothing_is_minted_in_production(production: Settings) -> None:
    with pytest.raises(TokenRefused, match="MIPOINTS_ISSUER"):
        mint(production, "member", "mi-1", timedelta(hours=1))


@pytest.mark.parametrize(
    ("workers", "store", "kept"),
    [(1, None, MemoryBuckets), (2, None, SharedBuckets), (1, "database", SharedBuckets), (2, "memory", MemoryBuckets)],
)
def test_several_processes_count_rates_together_unless_told_otherwise(
    settings: Settings, workers: int, store: str | None, kept: type[Buckets]
) -> None:
    assert isinstance(buckets_of(settings.model_copy(update={"workers": workers, "rate_store": store})), kept)
