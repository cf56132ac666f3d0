"""How is a gateway set up to be attacked, and is it well after an attack?"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.client import SHOP, Client, client_of, fresh, member
from tests.gateway.target import ATTACKER, Answer, Attack, Target, internals_in
from tests.journeys.makers import ADULT, TERMS
from tests.served import serving

QUICKLY = {"MIPOINTS_REQUEST_TIMEOUT_S": "4"}  # a body that does not come is given up in two
HOME = """
query Home($market: MarketCode!) {
  me {
    market status
    balance { available pending reserved debt value { amount currency } }
    activities(first: 3) { edges { node { kind title points status } } }
    coupons(first: 3) { edges { node { status } } }
  }
  couponOffers(first: 3) { edges { node { title price affordable } } }
  campaigns(first: 3) { edges { node { title } } }
  programme(market: $market) { termsVersion minimumToPossess pointValue { amount } }
}
"""


class Besieged:
    """A gateway of two members: who attacks, and who goes on reading their home screen meanwhile."""

    def __init__(self, client: Client, bystander: str) -> None:
        self.client = client
        self.target = Target(client.served)
        self._bystander = member(bystander)
        self._home: Any = None
        self._rows: dict[str, int] = {}

    async def settle(self) -> list[str]:
        """Remembers how everything is; what has changed since the last time."""
        home = await self.client.send(self._bystander, HOME, {"market": "ES"})
        rows = await self.client.rows_by_table()
        found = [f"rows of {table} came" for table, number in rows.items() if self._rows.get(table, number) != number]
        found += ["the bystander's home is another"] if self._home not in (None, home) else []
        self._home, self._rows = home, rows
        return found

    async def faults(self, attack: Attack, answers: Sequence[Answer]) -> list[str]:
        """What an attack achieved that it must not."""
        return [fault for answer in answers for fault in self.faults_in(answer, attack.refused)] + await self.settle()

    def faults_in(self, answer: Answer, refused: str) -> list[str]:
        """What is wrong with one answer that should be a refusal."""
        found = self.tales_in(answer)
        if answer.refusal != refused:
            found.append(f"{answer.refusal} in the place of {refused}: {answer.text[:300]}")
        if answer.told:
            found.append(f"it is told {str(answer.told)[:300]}")
        return found

    def tales_in(self, answer: Answer) -> list[str]:
        """What no answer may be or hold, whatever it answers."""
        found = [f"it tells of {inside}" for inside in internals_in(answer.text)]
        found += ["it tells a secret" for secret in self.target.secrets if secret in answer.text]
        if 500 <= answer.status < 600:
            found.append(f"the status is {answer.status}")
        return found


@asynccontextmanager
async def besieged(url: str, roomy: Path, **variables: str) -> AsyncIterator[Besieged]:
    """A gateway on this database, with these settings."""
    async with (
        serving(roomy, "--empty", database_url=url, variables=variables) as served,
        client_of(served, url) as client,
    ):
        bystander = fresh("mi")
        for mi_account_id in (ATTACKER, bystander):
            given = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": mi_account_id}
            await client.done(SHOP, "enrolMember", **given)
        ready = Besieged(client, bystander)
        await ready.settle()
        yield ready
