"""What if Hypothesis chooses what happens? A machine with a rule for each kind of deed; a failure is made smaller.

The machine is synchronous, as Hypothesis wants it: each step runs on an event loop of its own example.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from app.postgres import EmbeddedPostgres
from tests.model.choosing import Drawn
from tests.model.running import WEIGHTS, Run, example

MOST_RULES_OF_A_KIND = 4


def machine_of(cluster: EmbeddedPostgres, tally: Counter[tuple[str, str]]) -> type[RuleBasedStateMachine]:
    """The machine on this cluster, whose template is prepared; what was done is counted in `tally`."""

    class Programme(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.loop = asyncio.new_event_loop()
            self.example: AbstractAsyncContextManager[Run] = example(cluster)
            self.run: Run = self.loop.run_until_complete(self.example.__aenter__())

        def teardown(self) -> None:
            tally.update(self.run.tally)
            self.loop.run_until_complete(self.example.__aexit__(None, None, None))
            self.loop.close()

    for kind, weight in WEIGHTS.items():
        for number in range(1, min(MOST_RULES_OF_A_KIND, 1 + weight // 4) + 1):
            name = f"{kind.replace(' ', '_')}_{number}"
            setattr(Programme, name, precondition(_possible(kind))(rule(data=st.data())(_step(kind, name))))
    return Programme


def _possible(kind: str) -> Callable[[Any], bool]:
    return lambda self: kind in self.run.possible()


def _step(kind: str, name: str) -> Callable[[Any, st.DataObject], None]:
    def step(self: Any, data: st.DataObject) -> None:
        self.loop.run_until_complete(self.run.step(kind, Drawn(data)))

    step.__name__ = step.__qualname__ = name
    return step
