"""The library's tracks (specification, part C): integer ids, `skip` and `limit`, nothing around."""

from typing import Annotated

from msgspec import Meta, Struct

from api.paging import PageSize
from api.schemas.tracks import Words


class LibraryTracks(Struct, frozen=True, kw_only=True):
    """GET /api/tracks."""

    skip: Annotated[int, Meta(ge=0, le=10**9)] = 0
    limit: PageSize = 100
    artist: Words | None = None
    genre: Words | None = None
    search: Words | None = None
