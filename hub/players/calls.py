"""What a listener asks for and hears when he pulls a track over his socket."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from hub.calls.call import Shape
from media.player.chunks import Quality
from media.player.player import MAX_CREDITS, Granted
from rooms.feature import Limit
from rooms.ids import Uuid

PositionMs = Annotated[int, Meta(ge=0, le=2**53)]
Index = Annotated[int, Meta(ge=0, le=2**31)]
CodecName = Annotated[str, Meta(min_length=1, max_length=64)]
PlayContext = Literal["library", "room", "playlist", "search", "profile", "live", "other"]


class OpenPlayer(Struct, frozen=True, kw_only=True):
    """Opens a track for pulling: by itself, or as an item of a room's queue."""

    track_id: Uuid | None = None
    item_id: Uuid | None = None
    room_id: Uuid | None = None
    """The room that `item_id` is queued in."""
    live_id: Uuid | None = None
    """Refused: broadcasts play over HLS, see `live:watch`."""
    quality: Quality = "auto"
    position_ms: PositionMs = 0
    codecs: Annotated[tuple[CodecName, ...], Meta(max_length=16)] | None = None
    """RFC 6381 names that the client decodes in MP4, such as `fLaC`; null: all of ours."""


class RungView(Struct, frozen=True):
    """A rung that the client can play."""

    id: str
    codec: str
    """RFC 6381, for `audio/mp4; codecs="…"`."""
    bitrate_bps: int
    lossless: bool


class PlayerOpened(Struct, frozen=True, kw_only=True):
    """A player; it ends with its socket, and when nothing is asked of it until `expires_at`."""

    player_id: str
    track_id: str
    duration_ms: int
    chunk_ms: int
    """Length of a chunk but the last."""
    chunks: int
    from_index: int
    """The chunk that holds the position asked for."""
    rung: str
    rungs: tuple[RungView, ...]
    """Lowest bitrate first."""
    hls_url: str
    expires_at: str


class RequestChunks(Struct, frozen=True, kw_only=True):
    """Asks for chunks; one that goes on where the last ended adds to it, another replaces it."""

    player_id: Uuid
    from_index: Index
    credits: Annotated[int, Meta(ge=1, le=MAX_CREDITS)]
    """How many chunks; at most 8 are under way."""
    rung: Quality | None = None
    """From here on this one; `auto` leaves the choice to the hub again."""


class SeekPlayer(Struct, frozen=True):
    """Goes elsewhere; what was asked for before is not sent any more."""

    player_id: Uuid
    position_ms: PositionMs


class SoughtTo(Struct, frozen=True):
    """The chunk that holds the position, to be asked for next."""

    from_index: int
    start_ms: int


class ReportPlayer(Struct, frozen=True, kw_only=True):
    """How it goes: what the line carries, what is buffered, how often playback has run dry."""

    player_id: Uuid
    throughput_bps: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    """Of what has arrived since the last report; null when nothing did."""
    buffer_ms: Annotated[int, Meta(ge=0, le=2**53)]
    underruns: Annotated[int, Meta(ge=0, le=2**31)] = 0
    """Since the player was opened."""


class RungChosen(Struct, frozen=True):
    """The rung of the next chunk."""

    rung: str


class ClosePlayer(Struct, frozen=True):
    """Ends a player."""

    player_id: Uuid


class PlayerClosed(Struct, frozen=True):
    """The player that was ended."""

    player_id: str


class LogPlay(Struct, frozen=True, kw_only=True):
    """Says that a track was listened to; held to the hub's clock."""

    track_id: Uuid
    listened_ms: PositionMs
    completed: bool = False
    context: PlayContext = "other"


class PlayLogged(Struct, frozen=True):
    """What was written down."""

    listened_ms: int
    counted: bool
    """Whether it is one of the track's plays: 30 s, or half of a short track."""


class ChunkSent(Struct, frozen=True, kw_only=True):
    """A whole fragment of fMP4 as binary attachment, or a part of one that is too long for it."""

    player_id: str
    index: int
    start_ms: int
    duration_ms: int
    rung: str
    codec: str
    init: int | UnsetType = UNSET
    """The fragment begins with this many bytes of the rung's init segment: after a jump and when
    the rung has changed. Append it as it is; a new codec wants `changeType` first."""
    part: int | UnsetType = UNSET
    """From 0, when the fragment comes in `parts` pieces of at most 256 KiB, to be joined."""
    parts: int | UnsetType = UNSET
    last: bool | UnsetType = UNSET
    """The track ends with it."""


class RungChanged(Struct, frozen=True):
    """From this chunk on another rung is sent."""

    player_id: str
    rung: str
    from_index: int
    reason: Literal["up", "down"]


class PlayerEnded(Struct, frozen=True):
    """The last chunk has been sent and the player stays open; or nobody used it and it is gone."""

    player_id: str
    reason: Literal["finished", "expired"]


class PlayerFailed(Struct, frozen=True):
    """The player is gone: the track was deleted, made private or replaced, or cannot be read."""

    player_id: str
    code: str
    message: str


PLAYERS: Mapping[str, Shape] = {
    "player:open": Shape(OpenPlayer, Limit(20, 10), PlayerOpened),
    "player:request": Shape(RequestChunks, Limit(40, 1), Granted),
    "player:seek": Shape(SeekPlayer, Limit(40, 10), SoughtTo),
    "player:metrics": Shape(ReportPlayer, Limit(20, 5), RungChosen),
    "player:close": Shape(ClosePlayer, Limit(20, 10), PlayerClosed),
    "play:log": Shape(LogPlay, Limit(10, 60), PlayLogged),
}

PLAYER_EVENTS: tuple[tuple[str, type[Struct]], ...] = (
    ("media:chunk", ChunkSent),
    ("player:rung_changed", RungChanged),
    ("player:ended", PlayerEnded),
    ("player:failed", PlayerFailed),
)
"""They go to the player's own socket; `media:chunk` holds its binary attachment in `data`."""
