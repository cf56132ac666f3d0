"""Which reads do the tests of gathering send?"""

from collections.abc import Callable

from app.reads import Read

FROM = "FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (key, number)"
# Not those that have only prepared their statement: between that and the sleep they are idle for a moment.
_SLEEPERS = """FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(asked%'
AND wait_event = 'PgSleep'"""
SLEEPING = f"SELECT count(*) {_SLEEPERS}"
CUT_OFF = f"SELECT pg_terminate_backend(pid) {_SLEEPERS}"


def read_of(sql: str) -> Read[int, list[int]]:
    """A read by a number that answers a list of numbers."""
    return Read(f"SELECT asked.number, {sql}", lambda keys: (list(keys),), lambda _, found: [line[1] for line in found])


DOUBLE = read_of(f"asked.key * 2 {FROM}")
UP_TO = read_of(f"n {FROM} CROSS JOIN LATERAL generate_series(1, asked.key) AS n ORDER BY n")
SQUARE = read_of(f"asked.key * asked.key {FROM} ORDER BY random()")
PLAIN: Read[int, list[int]] = Read(
    f"SELECT asked.number, n, CASE WHEN n % 2 = 0 THEN 'even' END {FROM}"
    " CROSS JOIN LATERAL generate_series(2, asked.key) AS n ORDER BY n",
    lambda keys: (list(keys),),
    lambda _, found: [n if word is None else -n for _, n, word in found],
    plain=3,
)
KINDS: list[tuple[Read[int, list[int]], Callable[[int], list[int]]]] = [
    (DOUBLE, lambda n: [2 * n]),
    (UP_TO, lambda n: list(range(1, n + 1))),
    (SQUARE, lambda n: [n * n]),
    (PLAIN, lambda n: [m if m % 2 else -m for m in range(2, n + 1)]),
]
SHARE = read_of(f"60 / asked.key {FROM}")
SLEEP = read_of(f"(SELECT asked.key FROM pg_sleep(asked.key / 1000.0)) {FROM}")  # milliseconds
NOTE = read_of(f"note.value {FROM} JOIN note ON note.id = asked.key")
SUM: Read[tuple[int, int], int] = Read(
    "SELECT number, a + b FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS asked (a, b, number)",
    lambda keys: ([a for a, _ in keys], [b for _, b in keys]),
    lambda _, found: found[0][1],
)
