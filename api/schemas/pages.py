"""Where a page of a list stands."""

from typing import Any

from msgspec import Struct


class PageMeta(Struct, frozen=True, kw_only=True):
    """Where a page stands in its list."""

    page: int
    per_page: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool
    filters_applied: dict[str, Any]
