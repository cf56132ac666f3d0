"""What if Hypothesis chooses what happens? A failure is then made smaller, deed by deed.

The machine is synchronous, as Hypothesis wants it: each example runs on an event loop of its own. What Hypothesis draws
for a step is the seed of its choices, so that a run by it and a run by a seed do the same deeds equally often.
"""

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from app.postgres import EmbeddedPostgres
from tests.model.choosing import Choose
from tests.model.running import Run, example


def machine_of(cluster: EmbeddedPostgres, tally: Counter[tuple[str, str]]) -> type[RuleBasedStateMachine]:
    """The machine on this cluster, whose template is prepared; what was done is counted in `tally`."""

    class Programme(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.loop = asyncio.new_event_loop()
            self.example: AbstractAsyncContextManager[Run] = example(cluster)
            self.run: Run = self.loop.run_until_complete(self.example.__aenter__())

        @rule(seed=st.integers(0, 2**64 - 1))
        def something_happens(self, seed: int) -> None:
            try:
                self.loop.run_until_complete(self.run.step(Choose(seed)))
            except Exception:
                note(self.run.told())
                raise

        def teardown(self) -> None:
            tally.update(self.run.tally)
            self.loop.run_until_complete(self.example.__aexit__(None, None, None))
            self.loop.close()

    return Programme
