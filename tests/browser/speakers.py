"""Loudspeakers and a microphone of our own: a private sound server, and a browser that uses it."""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from loadtests.heard.sound_server import SoundServer
from tests.browser.conftest import ARGUMENTS, DEADLINE_MS, chromium

RATE_HZ = 50_000


class Speakers:
    """The sinks and sources of one sound server; `pactl` is how a hand plugs them in and out."""

    def __init__(self, server: SoundServer) -> None:
        self._environment = {**os.environ, **server.environment()}
        self._modules: dict[str, str] = {}

    def plug_in(self, name: str) -> None:
        """A speaker of this name."""
        self._load(
            name,
            *("module-null-sink", f"sink_name={name}", f"rate={RATE_HZ}", "channels=2"),
            f"sink_properties=device.description={name}",
        )

    def pull_out(self, name: str) -> None:
        """The speaker is gone; what plays there goes elsewhere or falls silent."""
        self._pactl("unload-module", self._modules.pop(name))

    def microphone(self, name: str, before: str) -> None:
        """A microphone that hears what this speaker plays."""
        self._load(name, "module-remap-source", f"source_name={name}", f"master={before}.monitor")

    def late(self, speaker: str, goes_to: str, by_ms: int) -> None:
        """What one speaker plays sounds from the other as well, later."""
        self._load(
            f"{speaker} to {goes_to}",
            *("module-loopback", f"source={speaker}.monitor", f"sink={goes_to}"),
            *(f"latency_msec={by_ms}", "source_dont_move=yes", "sink_dont_move=yes"),
        )

    def choose(self, speaker: str | None = None, microphone: str | None = None) -> None:
        """What the system takes when nobody asks for another."""
        if speaker is not None:
            self._pactl("set-default-sink", speaker)
        if microphone is not None:
            self._pactl("set-default-source", microphone)

    def playing(self) -> list[str]:
        """The speakers that a program plays on now, sorted, one for each stream of sound."""
        sinks = dict(line.split("\t")[:2] for line in self._pactl("list", "short", "sinks"))
        streams = [line.split("\t") for line in self._pactl("list", "short", "sink-inputs")]
        return sorted(sinks.get(sink, "") for _, sink, client, *_ in streams if client != "-")

    def _load(self, name: str, *module: str) -> None:
        [self._modules[name]] = self._pactl("load-module", *module)

    def _pactl(self, *argv: str) -> list[str]:
        done = subprocess.run(
            ["pactl", *argv], env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()


@asynccontextmanager
async def page_with_sound(server: SoundServer) -> AsyncIterator[Page]:
    """A page that plays on the server's speakers and may use its microphone."""
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=[*ARGUMENTS, "--use-fake-ui-for-media-stream"],
            ignore_default_args=["--mute-audio"],
            env={**server.environment(), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
        )
        stack.push_async_callback(browser.close)
        context = await browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
        context.set_default_timeout(DEADLINE_MS)
        yield await context.new_page()
