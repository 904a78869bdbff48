"""A track's sound over REST: signed addresses (A7), the files behind them, plays, downloads (C42).

HLS is media/hls/delivery.py's.
"""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

from aiohttp import web

from api.auth.principals import caller, maybe_caller
from api.bodies import read_json, read_query
from api.claims import AudioGrant
from api.disposition import attachment
from api.envelope import ok
from api.parts import Api
from api.ranges import LongBody, send, wanted_span
from api.refs import as_ref
from api.schemas.listening import (
    AudioQuery,
    PlayAnswer,
    PlayLog,
    StreamAnswer,
    StreamingInfo,
    StreamQuery,
)
from api.times import utc_of_s
from api.tracks.changes import TrackProcessing
from api.tracks.progressive import closest
from api.tracks.tracks import track_not_found, visible_track
from rooms.access import Principal, may_download
from rooms.errors import Forbidden, Gone, NotFound
from storage.objects.objects import ObjectMissing
from storage.tracks.media import TrackMedia
from storage.tracks.plays import Play

SIGNED_S = 3_600
"""How long an address with a token holds, if the sign-in it was made for lasts as long."""

_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}


async def stream_track(request: web.Request, api: Api) -> web.Response:
    """Where to play a track from: a file behind a signed address, or HLS (A7)."""
    query = read_query(request, StreamQuery)
    track = await visible_track(request, api)
    media = await api.find_media(track.id)
    if media is None:
        raise track_not_found()
    rung = closest(media.rungs, query.quality)
    if media.prefix is None or rung is None:
        raise _not_playable(media)
    hls_url = f"/api/v1/tracks/{track.id}/hls/master.m3u8"
    url, expires_at = hls_url, None
    is_file = query.format in (None, "m4a") and media.stream_status == "ready"
    if is_file:
        expires_s = api.now_ms() // 1000 + SIGNED_S
        expires_at = utc_of_s(expires_s)
        url = _signed(api, track.seq_id, media, rung.name, expires_s, maybe_caller(request))
        if query.range is not None:
            url += "&" + urlencode({"range": query.range})
    answer = StreamAnswer(
        track_id=track.seq_id,
        track_uuid=track.id,
        stream_url=url,
        expires_at=expires_at,
        quality=rung.name,
        format="m4a" if is_file else "hls",
        codec=rung.codecs,
        bitrate=round(rung.bitrate_bps / 1_000),
        estimated_size=rung.size_bytes,
        duration=None if media.duration_ms is None else media.duration_ms / 1_000,
        streaming_info=StreamingInfo(hls_url=hls_url),
    )
    return ok(answer, "Stream URL generated successfully", headers={"Cache-Control": "no-store"})


async def send_audio(request: web.Request, api: Api) -> web.StreamResponse:
    """The file behind a signed address, whole or a range of it."""
    query = read_query(request, AudioQuery)
    _refuse_hot_link(request, api.allowed_origins)
    grant = api.tokens.read_audio(query.token)
    media = await _media(request, api)
    given = (request.match_info["quality"], request.match_info["ext"], query.expires)
    if media is None or media.id != grant.tid or given != (grant.q, grant.fmt, grant.exp):
        raise Forbidden("This address is not valid.", "UNAUTHORIZED_ACCESS")
    # An address ends with the sign-in it was made for; a stranger's has none to end with.
    if grant.sid and not await api.sessions.is_alive(grant.sid):
        raise Forbidden("The sign-in of this address has ended.", "UNAUTHORIZED_ACCESS")
    await api.hearing.require(media, _granted(grant))
    rung = next((rung for rung in media.rungs if rung.name == grant.q), None)
    if media.prefix is None or rung is None:
        raise _not_playable(media)
    layout = await api.progressive.layout(media, rung)

    def read(start: int, end: int) -> AsyncIterator[bytes]:
        return api.progressive.read(layout, start, end)

    body = LongBody(
        size_bytes=layout.size_bytes,
        content_type="audio/mp4",
        etag=f"{media.version}-{rung.name}",
        read=read,
        headers={"Cache-Control": f"private, max-age={SIGNED_S}"},
    )
    return await send(request, body, wanted_span(request, body, query.range))


async def play_track(request: web.Request, api: Api) -> web.Response:
    """Note that the caller has played a track; the server's clock says how much he can have."""
    body = await read_json(request, PlayLog, optional=True)
    track = await visible_track(request, api)
    length_ms = track.duration_ms or 0
    listened_ms = length_ms if body.duration is None else body.duration * 1_000
    logged = await api.plays.add(
        Play(
            track_id=track.id,
            user_id=caller(request).user_id,
            listened_ms=listened_ms,
            is_completed=listened_ms >= length_ms,
            context="other",
            device=body.device,
            ip_address=request.remote,
        )
    )
    if logged is None:
        raise Gone("Track deleted", "TRACK_DELETED")
    return ok(PlayAnswer(logged.counted, logged.listened_ms // 1_000), "Play recorded")


async def download_track(request: web.Request, api: Api) -> web.StreamResponse:
    """The original file, when its owner allows it (C42)."""
    track = await visible_track(request, api)
    principal = maybe_caller(request)
    if not may_download(track.is_downloadable, track.creator_id, principal):
        raise Forbidden("This track cannot be downloaded.", "UNAUTHORIZED_ACCESS")
    original = await api.originals.get(track.id)
    if original is None:
        raise NotFound("This track has no original file.")
    try:
        stat = await api.objects.stat(original.key)
    except ObjectMissing as exc:
        raise NotFound("This track has no original file.") from exc
    body = LongBody(
        size_bytes=stat.size_bytes,
        content_type=_TYPES.get(original.format or "", "application/octet-stream"),
        etag=stat.etag if original.sha256 is None else original.sha256.hex(),
        read=lambda start, end: api.objects.stream(original.key, start, end),
        headers={
            "Content-Disposition": attachment(original.filename),
            "Cache-Control": f"{'public' if track.is_public else 'private'}, no-cache",
        },
    )
    span = wanted_span(request, body)
    if request.method == "GET" and span is not None and span.start == 0:
        # Further ranges belong to the download that began at the first byte.
        await api.originals.note_download(track.id, _account(principal))
    return await send(request, body, span)


def _signed(
    api: Api,
    seq_id: int,
    media: TrackMedia,
    quality: str,
    expires_s: int,
    principal: Principal | None,
) -> str:
    grant = AudioGrant(
        sub="anon" if principal is None else principal.user_id,
        role="guest" if principal is None else principal.role,
        tid=media.id,
        q=quality,
        fmt="m4a",
        exp=expires_s,
        sid="" if principal is None else principal.session_id,
    )
    query = urlencode({"token": api.tokens.issue_audio(grant), "expires": expires_s})
    return f"/audio/{seq_id}/{quality}.m4a?{query}"


def _granted(grant: AudioGrant) -> Principal | None:
    """Whom the address was made for: he may lose the right to hear while it still holds."""
    if grant.sub == "anon":
        return None
    return Principal(
        user_id=grant.sub, session_id=grant.sid, username="", display_name="", role=grant.role
    )


async def _media(request: web.Request, api: Api) -> TrackMedia | None:
    ref = as_ref(request.match_info["id"])
    return None if ref is None else await api.find_media(str(ref))


def _not_playable(media: TrackMedia) -> NotFound | TrackProcessing:
    if media.stream_status == "error":
        return NotFound(media.failure_message or "The track could not be processed.")
    return TrackProcessing("Track is being processed")


def _refuse_hot_link(request: web.Request, allowed_origins: tuple[str, ...]) -> None:
    """Pages of others do not play our files; who sends no referrer, such as a player, may."""
    referrer = request.headers.get("Referer")
    if not referrer:
        return
    scheme, _, rest = referrer.lower().partition("://")
    host = rest.partition("/")[0]
    if host != request.host.lower() and not {f"{scheme}://{host}", "*"} & set(allowed_origins):
        raise Forbidden("This address cannot be used on other sites.", "UNAUTHORIZED_ACCESS")


def _account(principal: Principal | None) -> str | None:
    return None if principal is None else principal.user_id
