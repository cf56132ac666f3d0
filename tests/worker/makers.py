"""Who is there to be swept?"""

from app.worker import sweep
from tests.ledger.makers import Person, bought, enrolled

WRITTEN = "SELECT available FROM account WHERE member_id = $1"


async def swept() -> int:
    """Sweeps until nothing is due; how many members were settled."""
    settled = 0
    while many := await sweep():
        settled += many
    return settled


async def buyers(many: int, euros: int = 29) -> list[Person]:
    people = [await enrolled() for _ in range(many)]
    for person in people:
        await bought(person, euros)
    return people
