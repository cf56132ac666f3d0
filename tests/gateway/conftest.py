"""What do the tests of the HTTP door share?"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.gateway.tokens import DevelopmentKeys, development_key, mint
from app.settings import Settings
from tests.gateway.shop import Door, development_settings, open_door


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The development profile over a data folder of its own."""
    return development_settings(tmp_path_factory.mktemp("gateway"))


@pytest.fixture(scope="session")
def keys(settings: Settings) -> DevelopmentKeys:
    """The development key of that folder."""
    return DevelopmentKeys(development_key(settings))


@pytest.fixture(scope="session")
def member_token(settings: Settings) -> str:
    """A token of member mi-1."""
    return mint(settings, "member", "mi-1", timedelta(hours=1))


@pytest.fixture(scope="session")
def running(settings: Settings, keys: DevelopmentKeys) -> Iterator[Door]:
    """One server for all tests of the door."""
    with open_door(settings, keys) as door:
        yield door


@pytest.fixture
def door(running: Door) -> Iterator[Door]:
    """The server with nothing seen yet; every seat that the test took is given back."""
    running.seen.forget()
    yield running
    running.wait_until_empty()
