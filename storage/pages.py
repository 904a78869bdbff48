"""One page of a list: which rows, and how many there are in all."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from storage.postgres import Postgres
from storage.tracks.lists import QUERY_DEADLINE_S, Conditions

Order = Literal["asc", "desc"]


class PageOfRows(Struct, frozen=True):
    """Rows of one page, and the total."""

    rows: list[Any]
    total: int


async def read_page(
    postgres: Postgres,
    select: str,
    where: Conditions,
    order_by: Sequence[str],
    order: Order,
    *,
    limit: int,
    offset: int,
) -> PageOfRows:
    """Rows from `offset` on, in a total order; counts only what the page itself does not tell.

    Args:
        postgres: where to ask.
        select: SELECT and FROM of the list.
        where: what to narrow it to.
        order_by: expressions of our own, never a caller's text; the last one is a key.
        order: the direction of all of them.
        limit: rows a page.
        offset: rows before it.
    """
    direction = "ASC" if order == "asc" else "DESC"
    sql = "\n".join(
        [
            select,
            f"WHERE {where.sql}",
            "ORDER BY " + ", ".join(f"{each} {direction} NULLS LAST" for each in order_by),
            f"LIMIT {int(limit)} OFFSET {int(offset)}",
        ]
    )
    rows = await postgres.rows(sql, *where.args, timeout_s=QUERY_DEADLINE_S)
    if 0 < len(rows) < limit or (not rows and offset == 0):
        return PageOfRows(rows, offset + len(rows))
    counted = "\n".join(["SELECT count(*) FROM (", select, f"WHERE {where.sql}", ") AS counted"])
    return PageOfRows(rows, int(await postgres.value(counted, *where.args)))


def containing(text: str) -> str:
    """A LIKE pattern for names that have `text` somewhere in them, as it stands."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
