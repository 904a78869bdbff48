"""A listener of a broadcast as a player is one: asks for the playlist again and again, decodes."""

import asyncio
import io
import re

import aiohttp
import av
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

ASK_EVERY_S = 0.3
RATE_HZ = 48_000


class Listed(Struct, frozen=True):
    """One segment of a playlist."""

    sequence: int
    name: str
    init: str
    discontinuity: bool


class Listener:
    """Follows one broadcast; `follow` is a task of the test's."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str | None = None) -> None:
        self._http = http
        self._url = url
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.segments: list[tuple[Listed, bytes]] = []
        self.inits: dict[str, bytes] = {}
        self.has_ended = False
        self._changed = asyncio.Event()

    async def follow(self) -> None:
        """Plays from the oldest segment that is listed to the end; a hole is an error."""
        while not self.has_ended:
            text = await self._text("playlist.m3u8")
            if text is not None:
                await self._take(text)
                self.has_ended = "#EXT-X-ENDLIST" in text
            self._changed.set()
            await asyncio.sleep(ASK_EVERY_S)  # pace: of a player that asks again

    async def _take(self, text: str) -> None:
        listed = read_playlist(text)
        if self.segments:
            last = self.segments[-1][0].sequence
            assert listed[0].sequence <= last + 1, "segments were missed"
            assert listed[-1].sequence >= last, "the playlist went back"
            listed = [each for each in listed if each.sequence > last]
        for each in listed:
            if each.init not in self.inits:
                self.inits[each.init] = await self._bytes(each.init)
            self.segments.append((each, await self._bytes(each.name)))

    async def wait_for(self, seconds: int) -> None:
        """Until so many more segments (of a second each) have come, or the end."""
        wanted = len(self.segments) + seconds
        while len(self.segments) < wanted and not self.has_ended:
            self._changed.clear()
            await self._changed.wait()

    def heard(self, start: int = 0) -> NDArray[np.float32]:
        """The left channel from segment `start` on, as a decoder makes it of each init's run."""
        runs: list[tuple[str, list[bytes]]] = []
        for each, data in self.segments[start:]:
            if not runs or runs[-1][0] != each.init:
                runs.append((each.init, []))
            runs[-1][1].append(data)
        pieces = [
            frame.to_ndarray()[0]
            for init, run in runs
            for frame in decoded(b"".join([self.inits[init], *run]))
        ]
        return np.concatenate(pieces).astype(np.float32)

    async def _text(self, name: str) -> str | None:
        async with self._http.get(f"{self._url}/{name}", headers=self._headers) as answer:
            return await answer.text() if answer.status == 200 else None

    async def _bytes(self, name: str) -> bytes:
        async with self._http.get(f"{self._url}/{name}", headers=self._headers) as answer:
            assert answer.status == 200, (name, answer.status)
            return await answer.read()


def read_playlist(text: str) -> list[Listed]:
    """The segments of a media playlist."""
    found = re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", text)
    assert found is not None, text
    sequence, init, is_break = int(found[1]), "", False
    listed = []
    for line in text.splitlines():
        if line.startswith("#EXT-X-MAP"):
            init = line.split('"')[1]
        elif line == "#EXT-X-DISCONTINUITY":
            is_break = True
        elif line and not line.startswith("#"):
            listed.append(Listed(sequence, line, init, is_break))
            sequence, is_break = sequence + 1, False
    return listed


def decoded(body: bytes) -> list[av.AudioFrame]:
    """All frames of a file."""
    with av.open(io.BytesIO(body), "r") as container:
        return list(container.decode(audio=0))


def loudest_hz(sound: NDArray[np.float32]) -> float:
    """The frequency with most of the sound."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * RATE_HZ / len(sound))
