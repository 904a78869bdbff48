"""The rows of api/routes.py that are about artists and albums."""

from api.albums import albums, artists
from api.limits import (
    CATALOG_LIST,
    CATALOG_WRITE,
    TRACK_READ,
)
from api.routing import Route
from api.schemas.albums import (
    AlbumDetail,
    AlbumItem,
    AlbumQuery,
    AlbumTracks,
    ChangeAlbum,
    CreateAlbum,
    DeletedAlbum,
    LibraryAlbums,
)
from api.schemas.artists import (
    ArtistItem,
    ArtistQuery,
    ChangeArtist,
    CreateArtist,
    DeletedArtist,
    LibraryArtists,
)

ARTISTS = "/api/v1/artists"
ARTIST = "/api/v1/artists/{id}"
ALBUMS = "/api/v1/albums"
ALBUM = "/api/v1/albums/{id}"

# fmt: off
ALBUM_ROUTES: tuple[Route, ...] = (
    Route("GET", ARTISTS, artists.list_artists, "optional", CATALOG_LIST,
          query=ArtistQuery, answer=ArtistItem, is_list=True),
    Route("POST", ARTISTS, artists.create_artist, "account", CATALOG_WRITE,
          body=CreateArtist, answer=ArtistItem),
    Route("GET", ARTIST, artists.get_artist, "optional", TRACK_READ, answer=ArtistItem),
    Route("PUT", ARTIST, artists.update_artist, "account", CATALOG_WRITE,
          body=ChangeArtist, answer=ArtistItem),
    Route("DELETE", ARTIST, artists.delete_artist, "account", CATALOG_WRITE,
          answer=DeletedArtist),
    Route("GET", "/api/artists", artists.list_library_artists, "session", CATALOG_LIST,
          query=LibraryArtists, answer=ArtistItem, is_list=True, bare=True),

    Route("GET", ALBUMS, albums.list_albums, "optional", CATALOG_LIST,
          query=AlbumQuery, answer=AlbumItem, is_list=True),
    Route("POST", ALBUMS, albums.create_album, "account", CATALOG_WRITE,
          body=CreateAlbum, answer=AlbumDetail),
    Route("GET", ALBUM, albums.get_album, "optional", TRACK_READ, answer=AlbumDetail),
    Route("PUT", ALBUM, albums.update_album, "account", CATALOG_WRITE,
          body=ChangeAlbum, answer=AlbumDetail),
    Route("PUT", f"{ALBUM}/tracks", albums.set_tracks, "account", CATALOG_WRITE,
          body=AlbumTracks, answer=AlbumDetail),
    Route("DELETE", ALBUM, albums.delete_album, "account", CATALOG_WRITE, answer=DeletedAlbum),
    Route("GET", "/api/albums", albums.list_library_albums, "session", CATALOG_LIST,
          query=LibraryAlbums, answer=AlbumItem, is_list=True, bare=True),
)
# fmt: on
