"""Who may keep an answer, and whose pages may read it?"""

import httpx
import pytest

from tests.gateway.shop import Door


def test_a_query_by_get_that_is_known_already_is_not_sent_again(door: Door, member_token: str) -> None:
    def read(**headers: str) -> httpx.Response:
        return door.client.get("/graphql", params={"query": "{ who }"}, headers=headers)

    first = read(authorization=f"Bearer {member_token}")
    known = {"if-none-match": first.headers["etag"]}
    again = read(authorization=f"Bearer {member_token}", **known)
    other = read(**known)

    assert (first.headers["cache-control"], again.headers["cache-control"]) == ("private, no-cache",) * 2
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status_code, other.json()["data"]) == (200, {"who": None})


@pytest.mark.parametrize("query", ["{ broken }", "{ whom }", "{ who"])
def test_an_answer_with_errors_is_never_kept(door: Door, query: str) -> None:
    answer = door.client.get("/graphql", params={"query": query})

    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers


def test_what_is_the_same_for_all_may_be_kept_by_shared_caches_unless_somebody_asks(
    door: Door, member_token: str
) -> None:
    def kept(query: str, **headers: str) -> str:
        return door.client.get("/graphql", params={"query": query}, headers=headers).headers["cache-control"]

    assert kept("{ terms }") == "public, max-age=60"
    assert kept("{ terms __typename ...{ again: terms } }") == "public, max-age=60"
    assert kept("{ terms offers { title } }") == "public, max-age=10"
    assert kept("{ offers { affordable } }") == "private, no-cache"
    assert kept("{ terms who }") == "private, no-cache"
    assert kept("{ terms }", authorization=f"Bearer {member_token}") == "private, no-cache"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_page_of_another_site_is_refused(door: Door, headers: dict[str, str]) -> None:
    read = door.client.get("/graphql", params={"query": "{ who }"}, headers=headers)
    wrote = door.client.post("/graphql", json={"query": "mutation { visit }"}, headers=headers)

    assert [(answer.status_code, door.code(answer)) for answer in (read, wrote)] == [(403, "FORBIDDEN")] * 2
    assert door.seen.visits == 0


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_a_page_of_our_own_may_ask(door: Door, site: str) -> None:
    url = str(door.client.base_url).rstrip("/")

    assert door.ask("{ who }", origin=url, sec_fetch_site=site).status_code == 200
