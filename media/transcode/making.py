"""One attempt at a track: follows what the child says, stores it, and lets listeners in."""

from collections.abc import AsyncIterator
from time import monotonic

from media.child.messages import (
    Analysed,
    Described,
    InitMade,
    Message,
    Progressed,
    RefusedMessage,
    SegmentMade,
    Transcoded,
)
from media.child.refusal import Refused
from media.transcode.progress import Progress, Superseded
from media.transcode.track_files import OutOfOrder, TrackFiles
from storage.backends import Pool
from storage.uploads import transcodes
from storage.uploads.media_facts import FileFacts, MediaFacts
from storage.uploads.transcodes import Attempt

PLAYLISTS_EVERY_S = 1.0
"""How often growing playlists are written anew; a segment is four seconds of music."""


class Making:
    """What has been made of one track so far."""

    def __init__(
        self,
        pool: Pool,
        attempt: Attempt,
        progress: Progress,
        described: Described,
        files: TrackFiles,
    ) -> None:
        self._pool = pool
        self._attempt = attempt
        self._progress = progress
        self._described = described
        self._files = files
        self._analysed: Analysed | None = None
        self._transcoded: Transcoded | None = None
        self._are_listeners_in = False
        self._playlists_at_s = 0.0

    async def describe(self) -> None:
        """Write down what the file is, so that its title is shown while the rest is made."""
        if not await transcodes.describe(
            self._pool,
            self._attempt,
            file_facts(self._described),
            self._described.source.claimed_duration_ms,
        ):
            raise Superseded

    async def follow(self, messages: AsyncIterator[Message]) -> None:
        """Store what comes until the child has made everything.

        Raises:
            Refused: the file turned out to be unusable.
            OutOfOrder: the child says what it cannot mean.
            Superseded: somebody else has the track.
        """
        async for message in messages:
            match message:
                case InitMade():
                    await self._files.put_init(message)
                case SegmentMade():
                    await self._files.put_segment(message)
                case Progressed():
                    pass  # a sign of life; what is encoded counts
                case Analysed():
                    await self._take_analysis(message)
                case Transcoded():
                    self._transcoded = message
                    return
                case RefusedMessage():
                    raise Refused(message.message, message.code)
                case _:
                    raise OutOfOrder(type(message).__name__)
            await self._advance()

    def facts(self, *, has_cover: bool) -> MediaFacts:
        """All of it, once everything is there."""
        if self._analysed is None or self._transcoded is None:
            raise OutOfOrder("the track ended without its analysis")
        rate_hz = self._transcoded.sample_rate_hz
        loudness = self._analysed.loudness
        return MediaFacts(
            rungs=self._files.facts(),
            duration_ms=round(self._transcoded.duration_samples * 1_000 / rate_hz),
            integrated_lufs=loudness.integrated_lufs,
            range_lu=loudness.range_lu,
            true_peak_dbtp=loudness.true_peak_dbtp,
            has_cover=has_cover,
        )

    async def _take_analysis(self, analysed: Analysed) -> None:
        self._analysed = analysed
        await self._files.put_waveform(analysed.waveform_json)
        await self._progress.step("audio_analysis", 100)
        await self._progress.step("waveform_generation", 100)

    async def _advance(self) -> None:
        now_s = monotonic()
        if not self._are_listeners_in and self._files.playable.is_set():
            await self._let_listeners_in()
        elif self._are_listeners_in and now_s - self._playlists_at_s >= PLAYLISTS_EVERY_S:
            self._playlists_at_s = now_s
            await self._files.write_media_playlists()
        await self._progress.advance(
            "quality_variants", self._percent(), playable=self._are_listeners_in
        )

    async def _let_listeners_in(self) -> None:
        await self._files.write_media_playlists()
        await self._files.write_master()
        if not await transcodes.make_playable(self._pool, self._attempt, self._files.facts()):
            raise Superseded
        self._are_listeners_in = True
        self._playlists_at_s = monotonic()
        await self._progress.step("quality_variants", self._percent(), playable=True)

    def _percent(self) -> int:
        claimed_ms = self._described.source.claimed_duration_ms
        if not claimed_ms:
            return 50  # the file does not say how long it is
        return min(99, 100 * self._files.encoded_ms // claimed_ms)


def file_facts(described: Described) -> FileFacts:
    """The columns that describe the original."""
    source, tags = described.source, described.tags
    return FileFacts(
        format=described.format,
        codec=source.codec,
        bitrate_bps=source.bitrate_bps,
        sample_rate_hz=source.sample_rate_hz,
        channels=source.channels,
        is_lossless=source.is_lossless,
        title=tags.title,
        artist=tags.artist,
        album=tags.album,
        genre=tags.genre,
        year=tags.year,
    )
