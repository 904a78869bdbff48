"""A short track that a real child has transcoded once, and its copies in tests' object stores."""

import asyncio
from pathlib import Path

import pytest
from msgspec import Struct

from media.child.messages import InitMade, SegmentMade
from media.transcode.track_files import TrackFiles
from rooms.feature import Actor
from storage.backends import Backends
from storage.objects.objects import FolderSpec, open_objects
from storage.uploads.media_facts import MediaFacts
from storage.uploads.transcodes import Attempt, begin, publish
from tests.media.children import transcode
from tests.media.signals import Samples, music, read_audio, write_audio
from tests.people import fresh_id

SECONDS = 13.0

_NEW_TRACK = """
INSERT INTO tracks (id, creator_id, title, status, stream_status, original_key, is_public)
VALUES ($1, $2, 'Song', 'processing', 'pending', $3, $4)
"""


class Song(Struct, frozen=True):
    """What a worker stores of a track in WAV: three AAC rungs and FLAC, four chunks each."""

    folder: Path
    facts: MediaFacts
    samples: Samples
    """The source."""

    async def publish(self, backends: Backends, owner: Actor, *, is_public: bool = True) -> str:
        """A track of `owner` with these files; returns its id."""
        pool, track_id = backends.pool, fresh_id()
        key = f"originals/{track_id}/source"
        await pool.execute(_NEW_TRACK, track_id, owner.user_id, key, is_public)
        attempt = await begin(pool, track_id, 1)
        assert isinstance(attempt, Attempt)
        for file in self.folder.rglob("*.m*"):
            name = file.relative_to(self.folder).as_posix()
            await backends.objects.put(f"{attempt.prefix}/{name}", file.read_bytes())
        assert await publish(pool, attempt, 1, self.facts)
        return track_id


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Song:
    """Made once, for all tests."""
    folder = tmp_path_factory.mktemp("song")
    path = write_audio(folder / "song.wav", music(SECONDS), kind="wav")

    async def make() -> MediaFacts:
        heard = await transcode(path)
        async with (
            open_objects(FolderSpec(folder)) as objects,
            TrackFiles.open(objects, "track", 1, heard.described.rungs) as files,
        ):
            for message in heard.messages:
                if isinstance(message, InitMade):
                    await files.put_init(message)
                elif isinstance(message, SegmentMade):
                    await files.put_segment(message)
            await files.finish()
        return MediaFacts(files.facts(), int(SECONDS * 1_000), -14.0, 5.0, -1.0, has_cover=False)

    return Song(folder / "track", asyncio.run(make()), read_audio(path))
