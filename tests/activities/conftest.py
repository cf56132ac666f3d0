"""What do the tests of activities share? A database for each module."""

from tests.ledger.conftest import db, shared, shared_url

__all__ = ["db", "shared", "shared_url"]
