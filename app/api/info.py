"""What is `info` in this house?"""

from strawberry import Info as StrawberryInfo

from app.api.context import Context

Info = StrawberryInfo[Context, None]
