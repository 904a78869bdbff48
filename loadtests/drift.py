"""How far two browsers on two nodes are apart: `python -m loadtests.drift [--seconds 30]`.

Two headless Chromiums, each on a node of its own, play one track in one room. What each page
measures of itself against the shared timeline is read twice a second, after a time to settle; what
is printed is the difference between the two. It is the player's own position, not recorded sound.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

import orjson
from playwright.async_api import Page, async_playwright

from tests.browser.conftest import ARGUMENTS, chromium, create_room, on_node, register
from tests.interrupts import interruptible
from tests.media.recordings import find_recordings
from tests.running import run_hub

SETTLE_S = 10.0
EVERY_S = 0.5
PLAYING = '[data-testid=now-playing][data-status="playing"]'


async def measure(one: str, two: str, seconds: float) -> list[float]:
    """Differences between the two listeners, in ms, one each half second."""
    async with async_playwright() as playwright:
        browsers = [
            await playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
            for _ in range(2)
        ]
        ada, bob = [await browser.new_page() for browser in browsers]
        await register(ada, one, "ada")
        recording = find_recordings()["machine_wars.mp3"]
        await ada.get_by_test_id("upload-input").first.set_input_files(recording)
        ready = f'[data-testid=upload-row][data-name="{recording.name}"][data-state=ready]'
        await ada.locator(ready).wait_for(timeout=90_000)
        link = await create_room(ada, "Drift")
        await bob.goto(on_node(link, two))
        await bob.get_by_test_id("guest-name").fill("Bob")
        await bob.get_by_test_id("guest-submit").click()
        await ada.get_by_test_id("queue-add").click()
        await ada.get_by_test_id("add-last").first.click()
        await ada.keyboard.press("Escape")
        await ada.get_by_test_id("play-button").click()
        for page in (ada, bob):
            await page.locator(PLAYING).wait_for()
            await (
                page.get_by_test_id("person-drift")
                .nth(1)
                .wait_for(state="attached", timeout=60_000)
            )
        await asyncio.sleep(SETTLE_S)
        found = []
        for _ in range(int(seconds / EVERY_S)):
            found.append(await apart_ms(ada))
            await asyncio.sleep(EVERY_S)
        for browser in browsers:
            await browser.close()
    return found


async def apart_ms(page: Page) -> float:
    """How far apart the two listeners are by what the room is told of them."""
    drifts = await page.get_by_test_id("person-drift").evaluate_all(
        "nodes => nodes.map(node => parseFloat(node.dataset.driftMs))"
    )
    return float(max(drifts) - min(drifts))


def main() -> None:
    """Starts a hub with two nodes, measures, prints one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    seconds: float = parser.parse_args().seconds
    with (
        tempfile.TemporaryDirectory(prefix="veza-drift-") as folder,
        run_hub(Path(folder) / "data", "--nodes", "2") as hub,
    ):
        one, two = hub.urls()
        found = sorted(asyncio.run(measure(one, two, seconds)))
    figures = {
        "samples": len(found),
        "apart_ms_p50": round(statistics.median(found), 2),
        "apart_ms_p95": round(found[int(len(found) * 0.95) - 1], 2),
        "apart_ms_max": round(found[-1], 2),
    }
    print(orjson.dumps(figures).decode())


if __name__ == "__main__":
    sys.exit(interruptible(main))
