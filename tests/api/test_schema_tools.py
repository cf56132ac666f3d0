"""Do the tools that clients build with take the schema, and would they say if it were at fault?"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.node import PEERS, run_node

SCHEMA = Path(__file__).resolve().parents[2] / "schema.graphql"
TOOLS = Path(__file__).with_name("tools")
TSC = PEERS / "node_modules" / ".bin" / "tsc"

# Where a rule of graphql-eslint does not fit. All but the last are names of the contract.
EXCEPTED = {
    "no-typename-prefix Order.orderId",  # the shop's own number, beside the global `id`
    "relay-arguments CampaignPreview.examples",  # paged by the arguments of `previewCampaign`
    "relay-arguments Programme.exclusions",  # paged forward only
    "relay-edge-types ExclusionEdge",  # what is left out is a product or a category: it has no id
    "relay-edge-types ParkedOperationEdge",  # read by staff, in its list only: `node` does not find it
}


@pytest.fixture(scope="module")
async def lint() -> dict[str, Any]:
    """What graphql-eslint finds in the schema and in the faulty ones."""
    # It keeps what it knows of the first schema for all others, but in tests.
    printed = await run_node(TOOLS / "lint.mjs", str(SCHEMA), str(TOOLS / "faults.graphql"), env={"NODE_ENV": "test"})
    found: dict[str, Any] = json.loads(printed)
    return found


def app(name: str, folder: Path, schema: str | None = None) -> Path:
    """A copy of one of the small apps, with a schema, where the tools may write."""
    copied = copytree(TOOLS / name, folder / name)
    (copied / "schema.graphql").write_text(schema or SCHEMA.read_text(encoding="utf-8"), encoding="utf-8")
    (copied / "node_modules").symlink_to(PEERS / "node_modules")
    return copied


def without(line: str) -> str:
    """The schema without one of its lines, wherever it stands."""
    text = SCHEMA.read_text(encoding="utf-8")
    assert f"  {line}\n" in text
    return text.replace(f"  {line}\n", "  gone: Int\n")


def read(path: Path) -> Mapping[str, str]:
    known: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return known


async def test_eslint_finds_nothing_where_its_rules_fit(lint: dict[str, Any]) -> None:
    assert set(lint["schema"]) == EXCEPTED


async def test_every_rule_of_eslint_finds_the_fault_that_it_is_for(lint: dict[str, Any]) -> None:
    blind = [
        rule
        for rule in lint["rules"]
        if not any(found.startswith((f"{rule} ", "unreadable: ")) for found in lint["faults"].get(rule, []))
    ]

    assert blind == []
    assert lint["rules"]


async def test_relay_compiles_an_app(tmp_path: Path) -> None:
    folder = app("relay", tmp_path)

    await run_node(TOOLS / "relay.mjs", str(folder))

    assert {path.name.removesuffix(".graphql.js") for path in folder.glob("__generated__/*")} == {
        *("Account_balance", "Account_member", "Activities_member", "Offers_query"),
        *("AccountRefetchQuery", "ActivitiesPageQuery", "HomeQuery", "OffersPageQuery"),
        *("AccountSubscription", "ActivitiesSubscription", "OffersRedeemMutation"),
    }
    documents = read(folder / "documents.json")
    assert len(documents) == 7
    assert all(sha256(text.encode()).hexdigest() == key for key, text in documents.items())


@pytest.mark.parametrize("line", ["endCursor: String", "activityRecorded: Activity", "tappedToday: Boolean!"])
async def test_relay_refuses_a_schema_that_lacks_what_the_app_needs(tmp_path: Path, line: str) -> None:
    folder = app("relay", tmp_path, without(line))

    with pytest.raises(AssertionError, match=line.partition(":")[0]):
        await run_node(TOOLS / "relay.mjs", str(folder))


async def test_codegen_makes_types_that_typescript_takes(tmp_path: Path) -> None:
    folder = app("client", tmp_path, without("postsBy: DateTime"))

    refused = await run_node(TOOLS / "codegen.mjs", str(folder), str(SCHEMA), str(folder / "schema.graphql"))

    await run_node(TSC, "--project", str(folder))
    documents = read(folder / "gql" / "persisted-documents.json")
    assert len(documents) == 2
    assert all(f"sha256:{sha256(text.encode()).hexdigest()}" == key for key, text in documents.items())
    assert 'Cannot query field "postsBy" on type "Activity"' in refused


async def inspect(older: Path, newer: Path) -> dict[str, list[str]]:
    """What graphql-inspector says of two schemas, and of the client's documents against the newer one."""
    printed = await run_node(TOOLS / "inspect.mjs", str(older), str(newer), str(TOOLS / "client" / "home.graphql"))
    said: dict[str, list[str]] = json.loads(printed)
    return said


async def test_inspector_finds_the_schema_like_itself_and_takes_documents() -> None:
    assert await inspect(SCHEMA, SCHEMA) == {"changes": [], "refused": []}


async def test_inspector_finds_what_is_gone(tmp_path: Path) -> None:
    newer = tmp_path / "schema.graphql"
    newer.write_text(without("available: Int!"), encoding="utf-8")

    said = await inspect(SCHEMA, newer)

    assert "BREAKING: Field 'available' was removed from object type 'Balance'" in said["changes"]
    assert said["refused"] == ['Cannot query field "available" on type "Balance".']
