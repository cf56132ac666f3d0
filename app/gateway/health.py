"""Is the process up, and can it serve?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

log = logging.getLogger("mipoints.gateway")

READY_TIMEOUT_S = 2.0
NO_STORE = {"Cache-Control": "no-store"}


def health_routes(check: Callable[[], Awaitable[object]], *, timeout_s: float = READY_TIMEOUT_S) -> list[Route]:
    """`GET /healthz` and `GET /readyz`; `check` returns when database, schema and guards are as they must be."""

    async def healthz(request: Request) -> JSONResponse:
        return JSONResponse({"status": "up"}, headers=NO_STORE)

    async def readyz(request: Request) -> JSONResponse:
        try:
            async with asyncio.timeout(timeout_s):
                await check()
        except Exception as error:  # the edge: whatever is wrong, the answer is "not ready"
            log.warning("not ready: %s: %s", type(error).__name__, error)
            return JSONResponse(
                {"status": "not ready", "reason": type(error).__name__}, status_code=503, headers=NO_STORE
            )
        return JSONResponse({"status": "ready"}, headers=NO_STORE)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
