"""Chat as people have it: two browsers on two nodes, by mouse and by keyboard."""

import io
import math
import struct
import wave

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.conftest import RESULTS, People, create_room, on_node, register, say
from tests.running import RunningHub

pytestmark = pytest.mark.timeout(240)


def picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((640, 400)).save(out, "PNG")
    return out.getvalue()


def tone(rate_hz: int = 22_050) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        swell = [int(12_000 * n / rate_hz * math.sin(n / 8)) for n in range(rate_hz)]
        file.writeframes(struct.pack(f"<{rate_hz}h", *swell))
    return out.getvalue()


async def choose(page: Page, text: str, what: str) -> None:
    """An entry of a message's menu, by keyboard."""
    message = page.get_by_test_id("message").filter(has_text=text).first
    await message.get_by_test_id("message-menu").focus()
    await page.keyboard.press("Enter")
    await page.get_by_test_id(what).focus()
    await page.keyboard.press("Enter")


async def test_two_people_talk(party_hub: RunningHub, people: People) -> None:
    one, two = party_hub.urls()
    ada, bob = await people.arrive(), await people.arrive(scheme="light")
    await register(ada, one, "ada")
    await register(bob, two, "bob")
    link = await create_room(ada, "Kitchen")
    await bob.goto(on_node(link, two))
    await bob.get_by_test_id("join-as-me").click()
    await bob.locator('[data-testid=room][data-phase="live"]').wait_for()
    of_bob = bob.get_by_test_id("message-text")

    await say(ada, "helo everybody")
    await expect(of_bob).to_have_text("helo everybody")
    await choose(ada, "helo", "menu-edit")
    await expect(ada.get_by_test_id("chat-input")).to_have_value("helo everybody")
    await say(ada, "hello everybody")
    await expect(of_bob).to_contain_text("hello everybody (edited)")
    await ada.get_by_test_id("message-read").click()
    await expect(ada.get_by_test_id("seen-by")).to_contain_text("bob")
    await ada.keyboard.press("Escape")
    await bob.get_by_test_id("message-edited").click()
    await expect(bob.get_by_test_id("wording").last).to_contain_text("helo everybody")
    await bob.keyboard.press("Escape")

    await choose(bob, "hello", "react-👍")
    reaction = ada.get_by_test_id("reaction")
    await expect(reaction).to_have_text("👍 1")
    await reaction.focus()
    await expect(ada.get_by_test_id("reactors")).to_have_text("bob")
    await expect(ada.get_by_test_id("reactors")).to_be_visible()
    await reaction.click()
    await expect(bob.get_by_test_id("reaction")).to_have_text("👍 2")

    await choose(bob, "hello", "menu-reply")
    await say(bob, "hello Ada")
    await expect(ada.get_by_test_id("message-quote")).to_contain_text("hello everybody")
    await choose(ada, "hello everybody", "menu-pin")
    await bob.get_by_test_id("chat-pins").click()
    await expect(bob.get_by_test_id("found-message")).to_contain_text("hello everybody")
    await bob.keyboard.press("Escape")

    await choose(ada, "hello everybody", "menu-thread")
    await ada.get_by_test_id("thread-input").fill("aside")
    await ada.keyboard.press("Enter")
    await expect(ada.get_by_test_id("found-message")).to_have_count(2)
    await ada.keyboard.press("Escape")
    await bob.get_by_test_id("chat-menu").click()
    await bob.get_by_test_id("menu-threads").click()
    await bob.get_by_test_id("thread-root").click()
    await expect(bob.get_by_test_id("found-message").last).to_contain_text("aside")
    await bob.keyboard.press("Escape")
    await bob.keyboard.press("Escape")

    # A picture and a sound.
    files = [
        {"name": "sunset.png", "mimeType": "image/png", "buffer": picture()},
        {"name": "riff.wav", "mimeType": "audio/wav", "buffer": tone()},
    ]
    await ada.get_by_test_id("chat-file").set_input_files(files)  # type: ignore[arg-type] # FilePayload is a TypedDict
    await expect(ada.get_by_test_id("draft-file")).to_have_count(2)
    await say(ada, "look and listen")
    shown = bob.get_by_test_id("attachment-image")
    await expect(shown).to_be_visible()
    await bob.wait_for_function(
        "() => document.querySelector('[data-testid=attachment-image]').naturalWidth === 640"
    )
    sound = bob.get_by_test_id("attachment-audio").locator("audio")
    await sound.evaluate("audio => { audio.muted = true; return audio.play(); }")
    await bob.wait_for_function("() => document.querySelector('audio').currentTime > 0")
    await bob.screenshot(path=RESULTS / "chat.png")

    # Named while away: the bell rings.
    await bob.goto(f"{two}/")
    await ada.get_by_test_id("chat-input").press_sequentially("come back @bo")
    await expect(ada.get_by_test_id("mention-list")).to_be_visible()
    await ada.keyboard.press("Enter")
    await expect(ada.get_by_test_id("chat-input")).to_have_value("come back @bob ")
    await ada.keyboard.press("Enter")
    await expect(bob.get_by_test_id("bell-count")).to_have_text("1")
    await bob.get_by_test_id("bell").click()
    await bob.get_by_test_id("notification").first.get_by_role("link").click()
    await bob.locator('[data-testid=room][data-phase="live"]').wait_for()
    await expect(bob.get_by_test_id("bell-count")).to_have_count(0)

    await bob.get_by_test_id("chat-search").click()
    await bob.get_by_test_id("search-input").fill("listen")
    await bob.keyboard.press("Enter")
    await expect(bob.get_by_test_id("found-message")).to_contain_text("look and listen")
    await bob.keyboard.press("Escape")

    await choose(ada, "hello Ada", "menu-delete")
    await expect(bob.get_by_test_id("message-text").filter(has_text="hello Ada")).to_have_count(0)

    # Order: a mute is told to who is muted.
    await ada.get_by_test_id("tab-people").click()
    person = ada.get_by_test_id("person").filter(has_text="bob")
    await person.get_by_test_id("person-menu").click()
    await ada.get_by_test_id("menu-mute").click()
    await ada.get_by_test_id("measure-do").click()
    await expect(ada.get_by_text("bob is muted")).to_be_visible()  # the toast
    await say(bob, "may I?")
    await expect(bob.locator('[data-delivery="failed"]')).to_contain_text("muted")
