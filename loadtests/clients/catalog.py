"""People who keep their part of the catalog over REST, each reading back what he wrote.

One round of a person: a playlist is made, read, listed, renamed, filled with three tracks,
reordered, emptied by one and deleted; an artist and an album of his are made, changed, found and
deleted; his own track is renamed and liked; a page of the catalog is read in order of its titles.
"""

import asyncio
import sys
import time
from typing import Any

import aiohttp
import uvloop

from loadtests.clients.figures import Measured, lines, options

API = "/api/v1"
AVATAR = "https://example.org/band.jpg"


class Person:
    """One signed-in account."""

    def __init__(
        self, http: aiohttp.ClientSession, token: str, track_id: str, measured: Measured
    ) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self._measured = measured
        self.track_id = track_id
        self.rounds = 0

    async def round(self, tracks: list[str]) -> None:
        """Everything once."""
        self.rounds += 1
        await self._playlist(tracks)
        await self._artist_and_album()
        await self._own_track()
        await self._page()

    async def _playlist(self, tracks: list[str]) -> None:
        name = f"Evening {self.rounds}"
        made = await self._ask("POST", "/playlists", {"name": name})
        path = f"/playlists/{made['id']}"
        self._same(await self._ask("GET", path), name=name, track_count=0)
        listed = await self._ask("GET", "/playlists?sort=created_at&order=desc&limit=5")
        self._first(listed, made["id"], "the newest playlist")
        await self._ask("PUT", path, {"name": f"{name}, late"})
        self._same(await self._ask("GET", path), name=f"{name}, late")
        await self._ask("POST", f"{path}/tracks", {"track_ids": tracks})
        await self._holds(path, tracks)
        turned = tracks[::-1]
        await self._ask("PUT", f"{path}/tracks/reorder", {"track_ids": turned})
        await self._holds(path, turned)
        await self._ask("DELETE", f"{path}/tracks/{turned[0]}")
        await self._holds(path, turned[1:])
        await self._ask("DELETE", path)
        await self._ask("GET", path, expect=404)

    async def _artist_and_album(self) -> None:
        artist = await self._ask("POST", "/artists", {"name": f"Band {self.rounds}"})
        path = f"/artists/{artist['uuid']}"
        await self._ask("PUT", path, {"avatar_url": AVATAR})
        self._same(await self._ask("GET", path), name=f"Band {self.rounds}", avatar_url=AVATAR)
        links = [{"artist_id": artist["uuid"], "role": "owner"}]
        album = await self._ask("POST", "/albums", {"title": "First", "artists": links})
        home = f"/albums/{album['uuid']}"
        await self._ask("PUT", f"{home}/tracks", {"track_ids": [self.track_id]})
        held = [track["uuid"] for track in (await self._ask("GET", home))["tracks"]]
        if held != [self.track_id]:
            self._measured.fault("missing", f"{home} holds {held}")
        found = await self._ask("GET", f"/albums?artist_id={artist['uuid']}")
        self._first(found, album["uuid"], "the artist's album", key="uuid")
        await self._ask("DELETE", home)
        await self._ask("GET", home, expect=(404, 410))
        await self._ask("DELETE", path)
        await self._ask("GET", path, expect=(404, 410))

    async def _own_track(self) -> None:
        path, title = f"/tracks/{self.track_id}", f"Take {self.rounds}"
        await self._ask("PUT", path, {"title": title})
        self._same(await self._ask("GET", path), title=title, uuid=self.track_id)
        await self._ask("POST", f"{path}/like")
        self._same(await self._ask("GET", path), liked=True)
        await self._ask("DELETE", f"{path}/like")
        self._same(await self._ask("GET", path), liked=False)

    async def _page(self) -> None:
        page = await self._ask("GET", "/tracks?sort=title&order=asc&limit=20")
        titles = [track["title"] for track in page]
        if titles != sorted(titles):
            self._measured.fault("disordered", f"titles {titles}")

    async def _holds(self, path: str, tracks: list[str]) -> None:
        held = [entry["track"]["uuid"] for entry in await self._ask("GET", f"{path}/tracks")]
        if held != tracks:
            kind = "disordered" if sorted(held) == sorted(tracks) else "missing"
            self._measured.fault(kind, f"{path} holds {held}, wrote {tracks}")

    def _same(self, answer: Any, **wanted: Any) -> None:
        wrong = {name: answer.get(name) for name in wanted if answer.get(name) != wanted[name]}
        if wrong:
            self._measured.fault("missing", f"read {wrong}, wrote {wanted}")

    def _first(self, listed: Any, wanted: str, what: str, key: str = "id") -> None:
        if not listed or listed[0][key] != wanted:
            self._measured.fault("missing", f"{what} does not come first")

    async def _ask(
        self, method: str, path: str, body: Any = None, expect: int | tuple[int, ...] = (200, 201)
    ) -> Any:
        expected = (expect,) if isinstance(expect, int) else expect
        began = time.perf_counter()
        async with self._http.request(
            method, f"{API}{path}", json=body, headers=self._headers
        ) as response:
            answer = await response.json()
        self._measured.took_ms.append((time.perf_counter() - began) * 1_000)
        if response.status not in expected:
            self._measured.fault("refused", f"{method} {path}: {response.status} {answer}")
            raise ConnectionAbortedError(f"{method} {path}: {response.status}")
        if answer["success"] != (response.status < 400):
            self._measured.fault("strange", f"{method} {path}: {answer}")
        return answer.get("data")


async def main() -> int:
    """Rounds until the time is over; the last ones are brought to their end."""
    told = options(__doc__)
    measured = Measured()
    tokens, tracks = lines(told.tokens), lines(told.tracks)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{told.port}", connector=connector) as http:
        people = [
            Person(http, token, track, measured)
            for token, track in zip(tokens, tracks, strict=True)
        ]

        async def live(person: Person, until: float) -> None:
            while time.perf_counter() < until:
                await person.round(tracks[:3])

        await asyncio.gather(*(person.round(tracks[:3]) for person in people))  # warm
        measured.took_ms.clear()
        with measured.measuring(told.pids):
            until = time.perf_counter() + told.seconds
            await asyncio.gather(*(live(person, until) for person in people))
    for fault in measured.first_faults:
        print(fault, file=sys.stderr)
    print(measured.shown())
    return 0


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
