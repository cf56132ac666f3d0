"""How does a statement read the rows that it is given in one JSON document, its only parameter?

A document holds a list of rows for each thing that the statement writes: one value to send, whatever is written, and
parts of a statement can be put together without counting parameters.
"""

# No limit that anything reaches. It makes the planner think of ten rows where it would think of a hundred, for which it
# would rather read a table of ten thousand accounts than look up the few that are meant.
_FEW = "LIMIT (SELECT 1000000)"


def given(name: str, columns: str) -> str:
    """The rows of the document's list `name`, with these columns ("id bigint, at timestamptz")."""
    return f"(SELECT * FROM jsonb_to_recordset($1::jsonb -> '{name}') AS given ({columns}) {_FEW})"


def how_many(name: str) -> str:
    """The length of the document's list `name`."""
    return f"jsonb_array_length($1::jsonb -> '{name}')"
