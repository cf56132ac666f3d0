"""Is the gateway clean to what schemathesis makes of its schema? `scripts/prove schemathesis` asks far more."""

import asyncio
from pathlib import Path

from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.gateway.fuzz import ROLES, cases
from tests.gateway.proving_schemathesis import disagreement, faults_in, words_of
from tests.served import serving

CASES, SEED = 150, 1


async def test_every_answer_is_clean_and_the_ledger_agrees_afterwards(cluster: EmbeddedPostgres, roomy: Path) -> None:
    async with fresh_database(cluster) as url, serving(roomy, "--demo", database_url=url) as served:
        asked = cases(words_of(served), CASES, SEED)

        found, answered = await asyncio.to_thread(faults_in, served, asked)

        assert len(asked) == CASES
        assert {case.role for case in asked} == set(ROLES)
        assert found == []
        assert answered["200"] > CASES / 10
        assert await asyncio.to_thread(disagreement, served.data_dir, DATABASE_URL=url) == ""
