"""Who takes the gateway's webhooks in a soak? A shop that is sometimes slow, and sometimes fails."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from tests.notices.receiver import SERVER_ERROR, Receiver

SECRET = "what the shop and the gateway know in a soak"
RATES = {  # greater than anybody needs: rates are counted, and refuse nobody
    "MIPOINTS_RATE_LIMIT": "100000000",
    "MIPOINTS_RATE_LIMIT_CODES": "1000000",
    "MIPOINTS_RATE_LIMIT_TOKENS": "1000000",
}
SLOW, SLOW_S, FAILING = 0.02, 1.0, 0.01  # shares of the messages


class SlowShop(Receiver):
    """It keeps nothing of what it hears but the number."""

    messages = 0

    @property
    def settings(self) -> dict[str, str]:
        """Those of a gateway that tells this shop."""
        return {
            **RATES,
            "MIPOINTS_WEBHOOK_URLS": self.address(),
            "MIPOINTS_WEBHOOK_SECRET": SECRET,
            "MIPOINTS_WEBHOOK_ALLOW_PRIVATE": "true",
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hears one message, in its own time."""
        if random.random() < SLOW:
            await asyncio.sleep(SLOW_S)
        if random.random() < FAILING:
            self.answers = [SERVER_ERROR]
        await super().serve(reader, writer)
        self.messages += 1
        self.heard.clear()


@contextlib.asynccontextmanager
async def slow_shop() -> AsyncIterator[SlowShop]:
    """One on a free port of 127.0.0.1."""
    shop = SlowShop()
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0)
    shop.port = server.sockets[0].getsockname()[1]
    try:
        yield shop
    finally:
        server.close()
        await server.wait_closed()
