"""Does every list give each of its things once, in both directions, whatever the pages?"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson
import pytest

from app.database import Db
from tests.api.asking import codes_of, read
from tests.api.lists import LISTS, Listed, ids_of
from tests.api.makers import enrolled, many_activities
from tests.client import STAFF

LENGTH = 7


async def grown(name: str, length: int = LENGTH) -> tuple[Listed, list[str]]:
    """A list with so many things and more, and their ids in the list's order."""
    listed = await LISTS[name]()
    for _ in range(length):
        await listed.more()
    page = await listed.page(first=100)
    ids = ids_of(page)
    assert len(ids) >= length
    assert not page["pageInfo"]["hasNextPage"]
    return listed, ids


def cursor(*parts: object) -> str:
    """A cursor as the lists write them, with parts of one's own."""
    return urlsafe_b64encode(orjson.dumps(list(parts))).decode().rstrip("=")


@pytest.mark.parametrize("name", LISTS)
async def test_walking_in_pages_of_any_size_gives_the_whole_list_once(programme: Db, name: str) -> None:
    listed, whole = await grown(name)

    assert len(set(whole)) == len(whole)
    for size in (1, 3, 100):
        assert await listed.forward(size) == whole
        assert await listed.backward(size) == whole


@pytest.mark.parametrize("name", LISTS)
async def test_what_arrives_meanwhile_hides_and_repeats_nothing(programme: Db, name: str) -> None:
    listed, whole = await grown(name, 6)

    forward = await listed.forward(3, between=listed.more if name != "members" else None)
    backward = await listed.backward(3, between=listed.more if name != "members" else None)

    for walked in (forward, backward):
        assert [id for id in walked if id in whole] == whole
        assert len(set(walked)) == len(walked)


async def test_a_member_who_enrols_meanwhile_comes_last(programme: Db) -> None:
    listed, whole = await grown("members", 5)
    first = await listed.page(first=3)

    newcomer = await enrolled()
    rest = await listed.page(first=100, after=first["pageInfo"]["endCursor"])

    assert ids_of(first) + ids_of(rest)[:-1] == whole
    [seen] = (await read("{ members(last: 1) { edges { node { miAccountId } } } }", as_=listed.who))["members"]["edges"]
    assert seen["node"]["miAccountId"] == newcomer.subject


@pytest.mark.parametrize("name", LISTS)
async def test_a_page_says_where_it_stands(programme: Db, name: str) -> None:
    listed, whole = await grown(name, 5)
    end = (await listed.page(first=100))["edges"]

    front, back = await listed.page(first=2), await listed.page(last=2)
    middle = await listed.page(first=2, after=end[0]["cursor"])
    between = await listed.page(first=100, after=end[0]["cursor"], before=end[-1]["cursor"])
    beyond = await listed.page(first=2, after=end[-1]["cursor"])

    assert (ids_of(front), ids_of(back)) == (whole[:2], whole[-2:])
    assert stands(front) == (False, True)
    assert stands(back) == (True, False)
    assert (ids_of(middle), stands(middle)) == (whole[1:3], (True, True))
    assert ids_of(between) == whole[1:-1]
    assert (beyond["edges"], stands(beyond)) == ([], (True, False))
    assert beyond["pageInfo"]["startCursor"] is None
    for page in (front, back, middle):
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == (cursors[0], cursors[-1])


def stands(page: Any) -> tuple[bool, bool]:
    """Whether more lies before and after a page."""
    return page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]


async def test_an_empty_list_is_an_empty_page(programme: Db) -> None:
    who = await enrolled()
    lists = [Listed(("me", name), who, enrolled) for name in ("coupons", "notices")]
    lists.append(Listed(("members",), STAFF, enrolled, ", market: GB"))

    for listed in lists:
        for paging in ({}, {"first": 3}, {"last": 3}):
            page = await listed.page(**paging)

            assert page["edges"] == []
            assert page["pageInfo"] == {
                "hasNextPage": False,
                "hasPreviousPage": False,
                "startCursor": None,
                "endCursor": None,
            }


async def test_a_page_has_twenty_when_nothing_is_said(programme: Db) -> None:
    who = await enrolled()
    await many_activities(who, 30)

    me = (await read("{ me { activities { edges { node { id } } pageInfo { hasNextPage } } } }", as_=who))["me"]

    assert len(me["activities"]["edges"]) == 20
    assert me["activities"]["pageInfo"]["hasNextPage"] is True


async def test_ties_are_walked_once_too(programme: Db) -> None:
    who = await enrolled()
    await many_activities(who, 250, apart="0 seconds")
    listed = Listed(("me", "activities"), who, enrolled)

    for size in (17, 100):
        forward, backward = await listed.forward(size), await listed.backward(size)

        assert len(set(forward)) == len(forward) == 251
        assert forward == backward


@pytest.mark.parametrize("name", LISTS)
async def test_a_page_that_cannot_be_is_refused(programme: Db, name: str) -> None:
    listed, _ = await grown(name, 1)
    own = (await listed.page(first=1))["pageInfo"]["startCursor"]
    foreign = cursor("elsewhere", 1)

    for paging in (
        {"first": 0},
        {"first": -1},
        {"first": 101},
        {"last": 0},
        {"last": 101},
        {"first": 2, "last": 2},
        {"first": 2, "after": foreign},
        {"last": 2, "before": foreign},
        {"first": 2, "after": own + "x"},
        {"first": 2, "after": own[:-4]},
    ):
        answer = await listed.answer(**paging)

        assert codes_of(answer) == ["BAD_USER_INPUT"], paging


@pytest.mark.parametrize("name", LISTS)
async def test_a_forged_cursor_is_refused_or_stands_somewhere_and_never_breaks(programme: Db, name: str) -> None:
    listed, _ = await grown(name, 1)
    own = (await listed.page(first=1))["pageInfo"]["startCursor"]
    genuine = orjson.loads(_unpadded(own))
    odd: list[object] = ["", 0, -1, 2**31, 2**40, 2**63, 1.5, True, None, [], {}, "2026-03-02", "2026-03-02T11:00:00"]
    odd += ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-03-02T11:00:00+00:00", "٣", "x" * 150]

    forged = [cursor(genuine[0], *genuine[1:place], part, *genuine[place + 1 :]) for place in (1, 2) for part in odd]
    forged += ["", "=", "%%%", "é", "bnVsbA", cursor(), cursor(genuine[0]), cursor(*genuine, 1), cursor({"a": 1})]

    for each in forged:
        answer = await listed.answer(first=1, after=each)

        assert codes_of(answer) in ([], ["BAD_USER_INPUT"]), orjson.loads(_unpadded(each))


def _unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_a_cursor_of_another_list_is_not_this_lists(programme: Db) -> None:
    lists = {name: (await grown(name, 1))[0] for name in LISTS}
    cursors = {name: (await listed.page(first=1))["pageInfo"]["startCursor"] for name, listed in lists.items()}

    for name, listed in lists.items():
        for other, foreign in cursors.items():
            answer = await listed.answer(first=1, after=foreign)

            assert codes_of(answer) == ([] if other == name else ["BAD_USER_INPUT"]), (name, other)
