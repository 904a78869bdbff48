"""One run: a hub, a sound server, browsers, music; then what was recorded is listened to."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from loadtests.heard.correlate import Ear, Track, Wave
from loadtests.heard.figures import RESTED_S, Hearing, Spread
from loadtests.heard.host import hosting, upload
from loadtests.heard.listeners import Listener, listeners, networks
from loadtests.heard.music import Music, cut
from loadtests.heard.precedence import precedence
from loadtests.heard.recorder import Recording, recording
from loadtests.heard.residency import resident
from loadtests.heard.scenario import Happened, perform
from loadtests.heard.sound_server import RATE_HZ, sound_server
from loadtests.heard.standstills import watching
from loadtests.heard.verdicts import Engine, Figure, figures
from tests.running import run_hub

IN_THE_ROOM_S = 6.0
"""Everybody but the late one has been there for so long when the music starts."""
SPARE_S = 30.0


class Wanted(Struct, frozen=True):
    """What to run."""

    network: str
    engines: tuple[Engine, ...]
    """One a browser; the last browser comes late."""
    seconds: float
    seed: int


class Run(Struct, frozen=True):
    """What was found."""

    wanted: Wanted
    settled: Spread
    figures: list[Figure]
    said: list[str]
    """What pages complained of."""


async def run(wanted: Wanted, folder: Path, keep: Path | None = None) -> Run:
    """Plays, records and listens; with `keep`, leaves there what was recorded and seen."""
    (folder / "music").mkdir()
    music = cut(folder / "music", wanted.seconds + SPARE_S)
    with run_hub(folder / "data", "--nodes", "2") as hub:
        async with precedence(), resident():
            with watching() as watch:
                performed = await _perform(wanted, folder, hub.urls(), music)
    recorded, happened, reported, said = performed
    sounds = [recorded.channel(number) for number in range(recorded.channels)]
    ear = Ear(music.reference, RATE_HZ)
    if not watch.is_trusted:
        said.append("this machine lets nobody go first: standstills are not known")
    noted = [replace(still, at_s=recorded.at(still.at_s)) for still in watch.noted]
    stood = [still for still in noted if still.at_s + still.lasted_s + RESTED_S > 0]
    hearing = Hearing(_listen(ear, sounds), happened.turns, happened.joinings, stood)
    if keep is not None:
        _keep(keep, wanted, hearing, recorded, happened, reported)
    settled, found = figures(wanted.network, wanted.engines, hearing, sounds, ear)
    return Run(wanted, settled, found, said)


async def _perform(
    wanted: Wanted, folder: Path, urls: Sequence[str], music: Music
) -> tuple[Recording, Happened, list[dict[str, object]], list[str]]:
    """Everybody comes, and the music plays: what was recorded, done, reported and complained of."""
    token, track_ids = await upload(urls[0], music.files)
    targets = [urls[number % len(urls)] for number in range(len(wanted.engines))]
    async with hosting(urls[0], token) as host:
        await host.queue(track_ids)
        with (
            sound_server(folder / "sound", len(targets)) as server,
            networks(wanted.network, wanted.seed, targets) as addresses,
        ):
            async with listeners(server, addresses) as crowd:
                await _arrive(crowd, wanted.engines, host.invitation)
                with recording(server, folder / "heard.raw") as recorded:
                    happened = await perform(host, crowd, music, recorded, wanted.seconds)
                said = [sentence for listener in crowd for sentence in listener.said]
                said += await _changed(crowd, wanted.engines)
        return recorded, happened, host.reported(), said


async def _arrive(crowd: Sequence[Listener], engines: Sequence[Engine], invitation: str) -> None:
    for listener, engine in zip(crowd, engines, strict=True):
        await listener.knock(invitation, engine)
    for listener in crowd[:-1]:
        await listener.enter()
    await asyncio.sleep(IN_THE_ROOM_S)


async def _changed(crowd: Sequence[Listener], engines: Sequence[Engine]) -> list[str]:
    """Of those who play with another engine by now than they were told to."""
    found = [
        (listener.number, engine, *await listener.engine())
        for listener, engine in zip(crowd, engines, strict=True)
    ]
    return [
        f"listener {number} ended with {plays}, not {engine}: {why}"
        for number, engine, plays, why in found
        if plays != engine
    ]


def _listen(ear: Ear, sounds: Sequence[Wave]) -> list[Track]:
    tracks: list[Track] = []
    for sound in sounds:
        tracks.append(ear.follow(sound, tuple(tracks)))
    return tracks


def _keep(
    folder: Path,
    wanted: Wanted,
    hearing: Hearing,
    recorded: Recording,
    happened: Happened,
    reported: list[dict[str, object]],
) -> None:
    """For who asks why: positions (numpy), what happened (JSON) and the sound (raw)."""
    engines = "".join(engine[0] for engine in wanted.engines)
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{wanted.network}-{engines}"
    np.savez(stem.with_suffix(".npz"), at_s=hearing.at_s, position_s=hearing.position_s)
    seen = {"wanted": wanted, "began_at_s": recorded.began_at_s, "happened": happened}
    seen["standstills"] = hearing.standstills
    stem.with_suffix(".json").write_bytes(msgspec.json.encode({**seen, "reported": reported}))
    shutil.move(recorded.path, stem.with_suffix(".raw"))  # the folder may be on another disk
