"""Pages of lists: what a caller may ask for, and `meta` of the answer."""

from typing import Annotated, Any

from msgspec import Meta

from api.schemas.pages import PageMeta

PageNumber = Annotated[int, Meta(ge=1, le=1_000_000)]
PageSize = Annotated[int, Meta(ge=1, le=100)]


def page_meta(page: int, limit: int, total: int, applied: dict[str, Any] | None = None) -> PageMeta:
    """Where page `page` (from 1) stands; of `applied` what is None was not asked for."""
    return PageMeta(
        page=page,
        per_page=limit,
        total=total,
        total_pages=-(-total // limit),
        has_next=page * limit < total,
        has_prev=page > 1,
        filters_applied={k: v for k, v in (applied or {}).items() if v is not None},
    )
