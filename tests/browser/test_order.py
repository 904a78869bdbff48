"""Keeping order as people have it: reports, rules, mutes and bans, in two browsers on two nodes."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import RESULTS, People, create_room, enter_by, register, say
from tests.running import RunningHub

pytestmark = pytest.mark.timeout(240)


async def two_in_a_room(party_hub: RunningHub, people: People, mark: str) -> tuple[Page, Page]:
    """Its owner and a member, with names of their own."""
    one, two = party_hub.urls()
    ada, bob = await people.arrive(), await people.arrive(390, 844, "light")
    await register(ada, one, f"ada{mark}")
    link = await create_room(ada, "Kitchen")
    await register(bob, two, f"bob{mark}")
    await enter_by(bob, link, two)
    return ada, bob


async def manage(page: Page, section: str) -> None:
    """Opens a part of the room's settings."""
    await page.get_by_test_id("room-menu").click()
    await page.get_by_test_id("menu-manage").click()
    await page.get_by_test_id(f"section-{section}").click()


async def test_a_report_is_seen_and_settled(party_hub: RunningHub, people: People) -> None:
    ada, bob = await two_in_a_room(party_hub, people, "r")
    await say(ada, "buy my tapes")
    await bob.get_by_test_id("tab-chat").click()
    message = bob.get_by_test_id("message").filter(has_text="buy my tapes")
    await message.get_by_test_id("message-menu").click()
    await bob.get_by_test_id("menu-report").click()
    await bob.get_by_test_id("report-reason-other").check()
    await bob.get_by_test_id("report-send").click()
    await expect(bob.get_by_test_id("report-dialog").get_by_role("alert")).to_be_visible()
    await bob.get_by_test_id("report-more").fill("the third time today")
    await bob.screenshot(path=RESULTS / "report.png")
    await bob.get_by_test_id("report-send").click()
    await expect(bob.get_by_test_id("report-dialog")).to_have_count(0)

    # The bell rings for who keeps order, and leads to it.
    await expect(ada.get_by_test_id("bell-count")).to_have_text("1")
    await ada.get_by_test_id("bell").click()
    await ada.get_by_test_id("notification").first.get_by_role("link").click()
    report = ada.get_by_test_id("report")
    await expect(report).to_contain_text("the third time today")
    await expect(report).to_contain_text("bobr")
    await report.get_by_test_id("report-show").click()
    await expect(report.get_by_test_id("report-text")).to_have_text("buy my tapes")
    await ada.screenshot(path=RESULTS / "reports.png")
    await report.get_by_test_id("report-resolve").click()
    await expect(report).to_have_count(0)
    await ada.get_by_test_id("reports-all").check()
    await expect(report).to_have_attribute("data-status", "resolved")


async def test_a_rule_of_the_room_stops_a_message(party_hub: RunningHub, people: People) -> None:
    ada, bob = await two_in_a_room(party_hub, people, "a")
    await manage(ada, "chat")
    await ada.get_by_test_id("rule-add").click()
    await ada.get_by_test_id("rule-keep").click()
    await expect(ada.get_by_test_id("rule-dialog").get_by_role("alert")).to_be_visible()
    await ada.get_by_test_id("rule-words").fill("spam*, casino")
    await ada.get_by_test_id("rule-keep").click()
    await expect(ada.get_by_test_id("rule")).to_have_attribute("data-kind", "keyword")
    await ada.screenshot(path=RESULTS / "rules.png")

    await bob.get_by_test_id("tab-chat").click()
    await say(bob, "all about SPAMMERS")
    failed = bob.locator('[data-delivery="failed"]')
    await expect(failed).to_contain_text("a rule of this room does not let this message pass")
    await bob.screenshot(path=RESULTS / "refused.png")
    await bob.get_by_test_id("message-discard").click()
    await say(bob, "all about tapes")
    await expect(ada.get_by_test_id("message-text")).to_have_text("all about tapes")

    await ada.get_by_test_id("section-log").click()
    stopped = ada.locator('[data-testid=measure][data-action="block"]')
    await expect(stopped).to_contain_text("all about SPAMMERS")
    await ada.get_by_test_id("section-chat").click()
    await ada.get_by_test_id("rule-remove").click()
    await expect(ada.get_by_test_id("rule")).to_have_count(0)
    await say(bob, "SPAM is fine now")
    await expect(ada.get_by_test_id("message-text").last).to_have_text("SPAM is fine now")


async def test_mutes_and_bans_are_told_listed_and_lifted(
    party_hub: RunningHub, people: People
) -> None:
    ada, bob = await two_in_a_room(party_hub, people, "m")
    await manage(ada, "people")
    member = ada.get_by_test_id("member").filter(has_text="bobm")
    await member.get_by_test_id("person-menu").click()
    await ada.get_by_test_id("menu-mute").click()
    await ada.get_by_test_id("measure-span").select_option("3600")
    await ada.get_by_test_id("measure-reason").fill("too loud")
    await ada.keyboard.press("Enter")
    await expect(member).to_have_attribute("data-muted", "true")
    await bob.get_by_test_id("tab-chat").click()
    await say(bob, "may I?")
    await expect(bob.locator('[data-delivery="failed"]')).to_contain_text("muted")
    # Also after a reload.
    await ada.reload()
    await manage(ada, "people")
    await ada.get_by_test_id("only-muted").click()
    await expect(ada.get_by_test_id("member")).to_have_count(1)
    await ada.screenshot(path=RESULTS / "members.png")

    await member.get_by_test_id("person-menu").click()
    await ada.get_by_test_id("menu-ban").click()
    await ada.get_by_test_id("measure-reason").fill("enough")
    await ada.get_by_test_id("measure-do").click()
    await expect(bob.get_by_test_id("room-ended")).to_have_attribute("data-reason", "banned")
    ban = ada.get_by_test_id("ban")
    await expect(ban).to_contain_text("enough")
    await ban.get_by_test_id("ban-lift").click()
    await expect(ban).to_have_count(0)
    await ada.get_by_test_id("section-log").click()
    first = ada.get_by_test_id("measure").first
    await expect(first).to_have_attribute("data-action", "unban")
