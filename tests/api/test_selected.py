"""Are awards read with their activities where a document shows them, and not at all where it does not?"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from app.database import Db
from tests.api.asking import read
from tests.api.makers import bought, enrolled, tapped

Counted = Callable[[], AbstractContextManager[list[str]]]

PAGE = "{ me { activities(first: 5) { edges { node { %s } } } } }"


@pytest.mark.parametrize(
    ("document", "reads_awards"),
    [
        (PAGE % "id kind points", False),
        (PAGE % "postsBy", True),
        (PAGE % "earned: awards { points }", True),
        (PAGE % "... on Activity { ... { awards { points } } }", True),
        (PAGE % "...One" + " fragment One on Activity { id ...Two } fragment Two on Activity { postsBy }", True),
        ("{ me { ...Mine } } fragment Mine on Member { activities { edges { node { points } } } }", False),
    ],
)
async def test_awards_come_with_their_activities_where_they_are_shown(
    programme: Db, counted: Counted, document: str, reads_awards: bool
) -> None:
    who = await enrolled()
    await bought(who, "20.00")
    await tapped(who)

    with counted() as statements:
        seen = await read(document, as_=who)

    assert len(seen["me"]["activities"]["edges"]) == 3
    assert len(statements) == 2
    assert any("FROM award" in sql for sql in statements) is reads_awards
