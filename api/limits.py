"""How often each address may be asked; figures of the specification where it has some."""

from msgspec import Struct

from rooms.feature import Limit

MINUTE_S = 60
HOUR_S = 3600


class Allowance(Struct, frozen=True):
    """A limit and the name it is counted under; routes that share a name share the count."""

    name: str
    limit: Limit


REGISTER = Allowance("register", Limit(20, MINUTE_S))
LOGIN = Allowance("login", Limit(30, MINUTE_S))
"""By address; each account is guarded by its lockout besides."""
REFRESH = Allowance("refresh", Limit(60, MINUTE_S))
GUEST = Allowance("guest", Limit(30, MINUTE_S))
CHECK_USERNAME = Allowance("check-username", Limit(60, MINUTE_S))
CHAT_TOKEN = Allowance("chat-token", Limit(60, MINUTE_S))
STREAM_TOKEN = Allowance("stream-token", Limit(120, MINUTE_S))

TRACK_LIST = Allowance("tracks", Limit(100, MINUTE_S))
TRACK_READ = Allowance("track", Limit(200, MINUTE_S))
TRACK_SEARCH = Allowance("track-search", Limit(50, MINUTE_S))
TRACK_STREAM = Allowance("track-stream", Limit(300, MINUTE_S))
TRACK_UPLOAD = Allowance("track-upload", Limit(5, HOUR_S))
TRACK_UPDATE = Allowance("track-update", Limit(20, MINUTE_S))
TRACK_DELETE = Allowance("track-delete", Limit(10, HOUR_S))

CATALOG_LIST = Allowance("catalog-list", Limit(100, MINUTE_S))
CATALOG_WRITE = Allowance("catalog-write", Limit(120, MINUTE_S))
"""Changes to playlists, albums and artists, together."""
CHAT_READ = Allowance("chat-read", Limit(300, MINUTE_S))
CHAT_WRITE = Allowance("chat-write", Limit(120, MINUTE_S))
CHAT_SEND = Allowance("chat-send", Limit(5, 5))
"""As `message:create` by socket."""
CHAT_SEARCH = Allowance("chat-search", Limit(60, MINUTE_S))
ATTACHMENT_UPLOAD = Allowance("attachment-upload", Limit(30, MINUTE_S))
NOTIFICATIONS = Allowance("notifications", Limit(120, MINUTE_S))
PRESENCE_READ = Allowance("presence", Limit(120, MINUTE_S))
PRESENCE_WRITE = Allowance("presence-change", Limit(20, MINUTE_S))
REPORTS = Allowance("reports", Limit(10, MINUTE_S))

PLAYLIST_SHARED = Allowance("playlist-shared", Limit(60, MINUTE_S))
"""By address: who guesses tokens is slowed down."""
