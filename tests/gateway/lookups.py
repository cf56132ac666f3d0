"""Which clock and which trusted documents do tests of the gateway's memory use?"""


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.seconds


class Trusted:
    """Trusted documents by their ids, and how often one was looked up."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.looked_up = 0

    async def __call__(self, document_id: str) -> str | None:
        """The text of an id."""
        self.looked_up += 1
        return self.texts.get(document_id)
