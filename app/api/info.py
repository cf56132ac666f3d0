"""What is `info` in this house?"""

from collections.abc import Awaitable

from strawberry import Info as StrawberryInfo

from app.api.context import Context

Info = StrawberryInfo[Context, None]


def begin_moment(info: Info, **arguments: object) -> Awaitable[object] | None:
    """Who asks is read before anything is resolved: see `app.execution.ahead`."""
    return info.context.begin()
