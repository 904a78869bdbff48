"""A track's row in the shapes of its answers. Pure."""

import html
import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from msgspec import UNSET

from api.schemas.search import Highlighted, SearchResult
from api.schemas.track_changes import LoggedChange, UpdatedTrack
from api.schemas.tracks import (
    AudioInfo,
    DetailedAudioInfo,
    DetailedStats,
    Fault,
    Processing,
    Stats,
    Task,
    TaskStatus,
    TrackItem,
    TrackState,
    Uploader,
    Urls,
)
from api.schemas.uploads import ProcessingStatus, UploadedTrack
from api.times import utc
from storage.tracks.found import Hit
from storage.tracks.rows import Track
from storage.tracks.tracks import Updated

TASKS = ("audio_analysis", "waveform_generation", "thumbnail_creation", "quality_variants")
"""As the specification lists them."""
WORK_ORDER = ("audio_analysis", "quality_variants", "waveform_generation", "thumbnail_creation")
"""As a worker does them: what can be heard comes before what can be seen."""
BASE_ESTIMATE_S = 10
BYTES_PER_ESTIMATED_S = 1_000_000
"""A worker takes about a second for each megabyte of an MP3."""


def stream_url(track: Track) -> str | None:
    """The playlist of all rungs; None until there is one."""
    return None if track.media_prefix is None else f"/api/v1/tracks/{track.id}/hls/master.m3u8"


def waveform_url(track: Track) -> str | None:
    """Peaks for the player's picture."""
    return f"/api/v1/tracks/{track.id}/waveform" if track.has_waveform else None


def thumbnail_url(track: Track) -> str | None:
    """The small cover; the album's when the track has none (C17)."""
    return f"/api/v1/tracks/{track.id}/thumbnail" if track.has_cover else track.album_cover_url


def artwork_url(track: Track) -> str | None:
    """The large cover."""
    return f"/api/v1/tracks/{track.id}/cover" if track.has_cover else track.album_cover_url


def item(track: Track, *, with_status: bool = False) -> TrackItem:
    """A track in a list."""
    return TrackItem(
        id=track.seq_id,
        uuid=track.id,
        title=track.title,
        artist=track.artist,
        filename=track.filename,
        duration_seconds=track.duration,
        tags=track.tags,
        is_public=track.is_public,
        uploader_id=track.creator_seq_id,
        uploader_uuid=track.creator_id,
        uploader_name=track.creator_display_name,
        created_at=utc(track.created_at),
        updated_at=utc(track.updated_at),
        stream_url=stream_url(track),
        waveform_url=waveform_url(track),
        thumbnail_url=thumbnail_url(track),
        stats=Stats(track.play_count, track.like_count, track.download_count, track.share_count),
        audio_info=AudioInfo(
            track.format, track.bitrate, track.sample_rate, track.channels, track.file_size
        ),
        status=track.status if with_status else UNSET,
        duration_ms=track.duration_ms if with_status else UNSET,
        processing=_processing(track) if with_status else UNSET,
        failure=fault(track) if with_status else UNSET,
    )


def uploader(track: Track, *, in_full: bool = False) -> Uploader:
    """Who uploaded it."""
    return Uploader(
        id=track.creator_seq_id,
        uuid=track.creator_id,
        username=track.creator_username,
        display_name=track.creator_display_name,
        avatar_url=track.creator_avatar if in_full else UNSET,
        is_verified=track.creator_is_verified if in_full else UNSET,
        follower_count=0 if in_full else UNSET,  # there is no following yet, so nobody is followed
    )


def urls(track: Track) -> Urls:
    """Where its files are."""
    return Urls(
        stream=stream_url(track),
        waveform=waveform_url(track),
        thumbnail=thumbnail_url(track),
        artwork=artwork_url(track),
    )


def audio_info(track: Track) -> DetailedAudioInfo:
    """What the original is, in full."""
    return DetailedAudioInfo(
        format=track.format,
        bitrate=track.bitrate,
        sample_rate=track.sample_rate,
        channels=track.channels,
        file_size=track.file_size,
        codec=track.codec,
        quality=track.quality,
        loudness_lufs=None if track.loudness_lufs is None else round(track.loudness_lufs, 2),
    )


def stats(track: Track) -> DetailedStats:
    """Its counters."""
    return DetailedStats(
        plays=track.play_count,
        unique_listeners=track.unique_listeners,
        likes=track.like_count,
        dislikes=track.dislike_count,
        downloads=track.download_count,
        shares=track.share_count,
        comments=track.comment_count,
        reposts=track.repost_count,
    )


def state(track: Track) -> TrackState:
    """How far its processing is."""
    return TrackState(
        id=track.seq_id,
        uuid=track.id,
        status=track.status,
        progress=100 if track.status == "completed" else track.processing_percent,
        step=track.processing_step,
        tasks=_tasks(track),
        error=fault(track),
        stream_url=stream_url(track),
        duration_ms=track.duration_ms,
        updated_at=utc(track.updated_at),
    )


def uploaded(track: Track) -> UploadedTrack:
    """A track that has just been uploaded."""
    estimate_s = BASE_ESTIMATE_S + (track.file_size or 0) / BYTES_PER_ESTIMATED_S
    return UploadedTrack(
        id=track.seq_id,
        uuid=track.id,
        title=track.title,
        artist=track.artist,
        filename=track.filename,
        duration_seconds=track.duration,
        tags=track.tags,
        genre=track.genre,
        bpm=track.bpm,
        key=track.musical_key,
        is_public=track.is_public,
        is_downloadable=track.is_downloadable,
        license=track.license,
        uploader_id=track.creator_seq_id,
        uploader_uuid=track.creator_id,
        created_at=utc(track.created_at),
        updated_at=utc(track.updated_at),
        urls=urls(track),
        processing_status=ProcessingStatus(
            estimated_completion=utc(track.created_at + timedelta(seconds=estimate_s)), tasks=TASKS
        ),
    )


def updated(update: Updated) -> UpdatedTrack:
    """A track that has just been changed."""
    track = update.track
    changed_at = utc(track.updated_at)
    return UpdatedTrack(
        id=track.seq_id,
        uuid=track.id,
        title=track.title,
        artist=track.artist,
        description=track.description,
        tags=track.tags,
        genre=track.genre,
        bpm=track.bpm,
        key=track.musical_key,
        is_public=track.is_public,
        is_downloadable=track.is_downloadable,
        license=track.license,
        uploader_id=track.creator_seq_id,
        uploader_uuid=track.creator_id,
        updated_at=changed_at,
        change_log=[
            LoggedChange(
                "key" if change.field == "musical_key" else change.field,
                change.old_value,
                change.new_value,
                changed_at,
            )
            for change in update.changes
        ],
    )


def search_result(track: Track, hit: Hit, words: Sequence[str]) -> SearchResult:
    """A track that a search has found."""
    return SearchResult(
        id=track.seq_id,
        uuid=track.id,
        title=track.title,
        artist=track.artist,
        score=hit.score,
        match_reasons=hit.reasons,
        highlighted=Highlighted(
            highlight(track.title, words),
            None if track.artist is None else highlight(track.artist, words),
            [highlight(tag, words) for tag in track.tags],
        ),
        duration_seconds=track.duration,
        genre=track.genre,
        bpm=track.bpm,
        key=track.musical_key,
        thumbnail_url=thumbnail_url(track),
        stream_url=stream_url(track),
        uploader=uploader(track),
        stats={"plays": track.play_count, "likes": track.like_count},
    )


def highlight(text: str, words: Sequence[str]) -> str:
    """`text` as HTML, each word that one of `words` begins in <em>; all else is escaped."""
    begun = tuple(folded(word) for word in words)
    if not begun:
        return html.escape(text)
    return "".join(
        f"<em>{html.escape(part)}</em>" if folded(part).startswith(begun) else html.escape(part)
        for part in re.split(r"(\w+)", text)
    )


def folded(word: str) -> str:
    """Lower case without accents, as the database compares."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()


def fault(track: Track) -> Fault | None:
    """Why it failed, if it did."""
    if track.status != "failed":
        return None
    return Fault(
        track.failure_code or "PROCESSING_ERROR",
        track.status_message or "This file could not be made playable.",
    )


def _processing(track: Track) -> Processing:
    return Processing(
        track.processing_step, 100 if track.status == "completed" else track.processing_percent
    )


def _tasks(track: Track) -> list[Task]:
    """The four steps the specification names, read off where the worker is."""
    return [Task(name, *_progress_of(name, track)) for name in TASKS]


def _progress_of(name: str, track: Track) -> tuple[TaskStatus, int]:
    if track.status == "completed":
        return "completed", 100
    current = WORK_ORDER.index(track.processing_step) if track.processing_step in TASKS else -1
    place = WORK_ORDER.index(name)
    if place < current:
        return "completed", 100
    if track.status == "failed":
        return "failed", 0
    if place == current:
        return "processing", track.processing_percent
    return "pending", 0
