"""What does graphql-core leave behind, whose tests are these not?"""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

# A field that fails leaves its siblings' coroutines to the garbage, which may be looked through in any later test.
FORGOTTEN = r"coroutine '.*(_async_resolver|get_results)' was never awaited"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Plans call resolvers themselves: coroutines of this name are Strawberry's, made for graphql-core."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings(f"ignore:{FORGOTTEN}:RuntimeWarning"))


@pytest.fixture(autouse=True, scope="module")
async def forgotten_coroutines() -> AsyncIterator[None]:
    """They go with the module that made them, once the loop has let go of the tasks that stood ready."""
    yield
    await asyncio.sleep(0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", FORGOTTEN, RuntimeWarning)
        gc.collect()
