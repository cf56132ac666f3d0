"""Are all documents of a manifest taken or none, and is every fault told?"""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from app.database import Db, rows, transaction
from app.documents import load as loading
from app.documents.load import Judge, Untrusted, load, sound_documents
from app.documents.store import Trusted, find, listed, remove
from app.gateway.trusted import production_judge
from tests.ledger.makers import queued

HOME = "query Home { me { displayName } }"
OFFERS = "query Offers($n: Int) { couponOffers(first: $n) { edges { node { title } } } }"


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Judges by the production schema."""
    return production_judge(cost_limit=100)


def apollo(*operations: object, **changed: object) -> dict[str, object]:
    """A manifest of Apollo's."""
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": list(operations)} | changed


def operation(document_id: object, body: object) -> dict[str, object]:
    """An entry of one."""
    return {"id": document_id, "name": "Home", "type": "query", "body": body}


def written(folder: Path, manifest: object, name: str = "manifest.json") -> Path:
    """A file with this manifest."""
    path = folder / name
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest), encoding="utf-8")
    return path


def faults(judge: Judge, *files: Path) -> str:
    """What is said of files that are not taken."""
    with pytest.raises(Untrusted) as refused:
        sound_documents(files, judge)
    return "\n".join(refused.value.faults)


def test_both_forms_of_manifests_are_read(tmp_path: Path, judge: Judge) -> None:
    of_apollo = written(tmp_path, apollo(operation("sha256:abc", HOME), operation("def", OFFERS)), "apollo.json")
    of_codegen = written(tmp_path, {"1f2e3d": HOME, "operations": OFFERS}, "persisted-documents.json")

    assert sound_documents([of_apollo], judge) == [Trusted("abc", HOME, "Home"), Trusted("def", OFFERS, "Offers")]
    assert sound_documents([of_codegen], judge) == [
        Trusted("1f2e3d", HOME, "Home"),
        Trusted("operations", OFFERS, "Offers"),
    ]


def test_a_document_without_a_name_and_one_that_comes_twice_are_taken(tmp_path: Path, judge: Judge) -> None:
    files = [written(tmp_path, {"a": "{ me { id } }"}, name) for name in ("one.json", "two.json")]

    assert sound_documents(files, judge) == [Trusted("a", "{ me { id } }", None)]


@pytest.mark.parametrize(
    ("manifest", "fault"),
    [
        ("{", "not valid JSON"),
        ("\ud800", "not valid JSON"),
        ("[]", "not a manifest"),
        (apollo(operation("a", HOME), version=2), "format is not known"),
        (apollo(operation("a", HOME), format="other"), "format is not known"),
        (apollo("a"), "not an object"),
        (apollo(operation("a", None)), "not a string"),
        (apollo(operation(5, HOME)), "not a string"),
        ({"a": [HOME]}, "not a string"),
        (apollo(operation("a", HOME), operation("a", OFFERS)), "a: two different texts have this id"),
        ({"no id": HOME}, "no id: An id has 1 to 128"),
        ({"": HOME}, ": An id has 1 to 128"),
        ({"a": "{ me {"}, "a: Syntax Error: Expected Name, found <EOF>. (line 1, column 7)"),
        ({"a": "{ me { displayNam } }"}, "a: Cannot query field 'displayNam' on type 'Member'. Did you mean"),
        ({"a": "mutation { advanceClock(input: {by: \"P1D\"}) { now } }"}, "a: Cannot query field 'advanceClock'"),
        ({"a": "{ __schema { description } }"}, "a: GraphQL introspection has been disabled"),
        ({"a": "{" + " ".join(f"a{at}: me {{ id }}" for at in range(201)) + "}"}, "a: The number of aliases"),
        ({"a": OFFERS.replace("$n: Int", "").replace("()", "").replace("$n", "100")}, "a: It costs 301 units"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_file_and_its_document(
    tmp_path: Path, judge: Judge, manifest: object, fault: str
) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes((manifest if isinstance(manifest, str) else json.dumps(manifest)).encode(errors="surrogatepass"))

    told = faults(judge, path)

    assert told.startswith("manifest.json: ")
    assert fault in told


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path, judge: Judge) -> None:
    one = written(tmp_path, {"a": "{ nothing { of: this } }", "b": HOME, "c": "query { me { x y } }"}, "one.json")
    two = written(tmp_path, {"b": OFFERS}, "two.json")
    three = written(tmp_path, "", "three.json")

    told = faults(judge, one, two, three).split("\n")

    assert [line.split("'")[0] for line in told[:3]] == [
        "one.json: a: Cannot query field ",
        "one.json: c: Cannot query field ",
        "one.json: c: Cannot query field ",
    ]
    assert told[3] == "two.json: b: two different texts have this id."
    assert told[4].startswith("three.json: it is not valid JSON")


def test_files_and_the_number_of_documents_have_their_bounds(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [written(tmp_path, {f"{at}": HOME}, f"{at}.json") for at in range(3)]

    monkeypatch.setattr(loading, "MOST_DOCUMENTS", 3)
    assert len(sound_documents(files, judge)) == 3
    monkeypatch.setattr(loading, "MOST_DOCUMENTS", 2)
    assert faults(judge, *files) == "At most 2 documents are loaded at once, here are 3."
    monkeypatch.setattr(loading, "FILE_BYTES", 10)
    assert faults(judge, files[0]) == "0.json: a file has at most 10 bytes."


async def brought(*documents: Trusted) -> int:
    """How many of these are new when they are loaded."""
    async with transaction() as db:
        return await load(db, documents)


async def test_loading_again_changes_nothing(db: Db) -> None:
    home, offers = Trusted("a", HOME, "Home"), Trusted("b", OFFERS, None)

    assert [await brought(home), await brought(offers, home), await brought(home, offers)] == [1, 1, 0]

    assert (await find("a"), await find("b"), await find("c")) == (HOME, OFFERS, None)
    assert await brought() == 0


async def test_another_text_under_an_id_is_refused_and_nothing_is_stored(db: Db) -> None:
    await brought(Trusted("a", HOME, "Home"))

    with pytest.raises(Untrusted) as refused:
        await brought(Trusted("new", HOME, "Home"), Trusted("a", OFFERS, "Offers"))

    assert refused.value.faults == ["a: another text is trusted under this id."]
    assert (await find("a"), await find("new")) == (HOME, None)


async def test_of_two_who_load_at_once_one_waits_and_both_are_right(db: Db, database_url: str) -> None:
    other = await asyncpg.connect(database_url)
    loading_too = other.transaction()
    await loading_too.start()
    insert = "INSERT INTO trusted_document (id, text, loaded_at) VALUES ($1, $2, now())"
    await other.execute(insert, "a", HOME)

    waiting = asyncio.create_task(brought(Trusted("b", HOME, None), Trusted("a", HOME, None)))
    await queued(db)
    await other.execute(insert, "b", HOME)
    await loading_too.commit()
    await other.close()

    assert await waiting == 0


async def test_documents_are_listed_by_the_page_and_removed_one_by_one(db: Db) -> None:
    await brought(*(Trusted(document_id, HOME, name) for document_id, name in (("c", "Home"), ("a", None), ("b", "B"))))
    await rows(db, "UPDATE trusted_document SET loaded_at = '2026-03-31T22:30:00Z'")

    first = await listed(db, after="", most=2)
    rest = await listed(db, after="b", most=2)

    assert list(map(str, first)) == ["a - 2026-03-31T22:30:00Z", "b B 2026-03-31T22:30:00Z"]
    assert list(map(str, rest)) == ["c Home 2026-03-31T22:30:00Z"]
    assert [await remove(db, "c"), await remove(db, "c")] == [True, False]
    assert await find("c") is None
