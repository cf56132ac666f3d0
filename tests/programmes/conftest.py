"""What do the tests of programmes share? A memory of the revisions that does not outlive its database."""

import pytest

from app.programmes import store


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process serves one database; here each test has its own, with the same row ids."""
    monkeypatch.setattr(store, "_book", store.Book(0, {}))
