"""How long may a client keep a connection without doing its part: sending a request, taking what is sent?

Uvicorn waits for both without an end, and keeps what a client goes on sending meanwhile. Here a connection is dropped
when the head of a request does not come within HEAD_S seconds, when a request is longer on the wire than any that we
serve, and when nothing of what waits for the client was taken for UNREAD_S seconds.
"""

import asyncio
import logging
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from app.gateway.asked import BODY_BYTES

log = logging.getLogger("mipoints.gateway")

HEAD_S = 10.0
UNREAD_S = 10.0
HEAD_BYTES = 1024  # so much may wait, so that the head of an answer goes with its body
SENDING_BYTES = 128 * 1024  # left to itself the system keeps 4 MB a client, and seldom says how much was taken
REQUEST_BYTES = 10 * BODY_BYTES  # head, body, and what chunks of one byte each add to it
MOST_FRAGMENTS = 1_000  # of one message on a WebSocket; empty ones never reach its greatest size
ENDLESS = "mipoints.endless"  # an extension of the scope; an answer that notes it there ends when the server stops


class Reading(asyncio.Protocol):
    """A connection that is dropped when its client takes nothing of what waits for it."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The system takes little, and little waits beyond: `pause_writing` then means that the client is behind."""
        super().connection_made(transport)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENDING_BYTES)
        self.transport.set_write_buffer_limits(high=HEAD_BYTES)

    def pause_writing(self) -> None:
        """From now on the client is waited for."""
        super().pause_writing()
        self._wait_for_less_than(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Everything was taken."""
        super().resume_writing()
        self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    @property
    def is_behind(self) -> bool:
        """Does something wait for the client?"""
        return self._unread is not None

    def _wait_for_less_than(self, waiting: int) -> None:
        self._unread = self.loop.call_later(UNREAD_S, self._look, waiting)

    def _look(self, waiting: int) -> None:
        still = self.transport.get_write_buffer_size()
        if still < waiting:
            self._wait_for_less_than(still)
            return
        log.info("a client that does not read was cut off")
        self.transport.abort()  # closing would wait for it

    def _wait_no_more(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class HttpConnection(Reading, HttpToolsProtocol):
    """One HTTP connection."""

    _no_head: asyncio.TimerHandle | None = None
    _received_bytes = 0  # of the request that is coming

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first head is due."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Takes what has come; what goes on after an answer is the next head, and due in time as well."""
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        self._received_bytes += len(data)
        if self._received_bytes > REQUEST_BYTES:
            self.transport.abort()
        elif self.cycle is not None and self.cycle.response_complete:
            self._expect_head()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._received_bytes = 0
        self.scope["extensions"] = {}

    def on_headers_complete(self) -> None:
        """The head is here."""
        self._expect_no_head()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on another protocol minds the connection."""
        super().handle_websocket_upgrade()
        self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._expect_no_head()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: a request is answered to its end, a stream that has none ends here."""
        super().shutdown()
        if self.is_behind:
            self.transport.abort()
        elif self.cycle is not None and ENDLESS in self.cycle.scope["extensions"]:
            self.transport.close()

    def _expect_head(self) -> None:
        if self._no_head is None:
            self._no_head = self.loop.call_later(HEAD_S, self.transport.abort)

    def _expect_no_head(self) -> None:
        if self._no_head is not None:
            self._no_head.cancel()
            self._no_head = None


class SocketConnection(Reading, WebSocketsSansIOProtocol):
    """One WebSocket, after the request for it."""

    def handle_ping(self) -> None:
        """A client that is behind gets no pong: else one that only sends could have us keep any number of them."""
        if self.is_behind:
            self.conn.data_to_send()
        else:
            super().handle_ping()

    def handle_cont(self, event: Frame) -> None:
        """Bounds the number of fragments."""
        if len(self.frames) < MOST_FRAGMENTS:
            super().handle_cont(event)
        elif not self.close_sent:
            self.conn.fail(CloseCode.POLICY_VIOLATION, "Too many fragments")
            self.handle_parser_exception()

    def shutdown(self) -> None:
        """The server stops: the client is told so (1012) and may come again, unless it does not read."""
        super().shutdown()
        if self.is_behind:
            self.transport.abort()


# For uvicorn.Config. Messages are short and many connections are open: compression would take more than it gives.
# A server that closes an idle connection before its clients do (balancers wait 60 seconds, as a rule) loses the request
# that is on its way at that instant.
OPTIONS: dict[str, Any] = {
    "http": HttpConnection,
    "ws": SocketConnection,
    "timeout_keep_alive": 75,
    "ws_max_size": BODY_BYTES,
    "ws_per_message_deflate": False,
}
