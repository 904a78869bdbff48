"""Answers about who likes a track and what was done to it."""

from msgspec import Struct

from api.paging import PageNumber, PageSize


class PeopleQuery(Struct, frozen=True, kw_only=True):
    """A page of them."""

    page: PageNumber = 1
    limit: PageSize = 20


class LikerEntry(Struct, frozen=True, kw_only=True):
    """Somebody who likes the track."""

    id: str
    """UUID."""
    username: str
    display_name: str
    avatar_url: str | None
    liked_at: str


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """What was done to the track."""

    action: str
    username: str | None
    created_at: str
