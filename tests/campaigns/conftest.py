"""What do the tests of campaigns share? The shipped programme, at noon of Monday 2 March 2026 in Madrid."""

from tests.api.conftest import programme, sent, statements_sent

__all__ = ["programme", "sent", "statements_sent"]
