"""The page at /api/docs: loads from this host alone, and what it shows can be tried."""

import re

from playwright.async_api import Page, Request, expect

from tests.browser.conftest import People
from tests.running import RunningHub

PASSWORD = "correct horse battery staple"


async def tried(page: Page, tag: str, operation: str, body: str | None = None) -> str:
    """Opens an operation, sends it and returns the status that the page shows."""
    section = page.locator(f"#operations-tag-{tag}")
    if await section.get_attribute("data-is-open") != "true":
        await section.click()
    block = page.locator(f"#operations-{tag}-{operation}")
    await block.locator(".opblock-summary-control").click()
    if body is not None:
        await block.locator("textarea.body-param__text").fill(body)
    await block.get_by_role("button", name="Execute").click()
    status = block.locator(".live-responses-table .response-col_status").nth(1)
    await expect(status).to_have_text(re.compile(r"\d{3}"))
    return (await status.inner_text()).strip()[:3]


async def test_the_reference_needs_no_network_and_its_operations_can_be_tried(
    party_hub: RunningHub, people: People
) -> None:
    url = party_hub.url.rstrip("/")
    foreign: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            foreign.append(request.url)

    page = await people.arrive()
    page.on("request", note)
    await page.goto(f"{url}/api/docs")
    assert await tried(page, "status", "get_status") == "200"
    form = '{{"username": "docs", "email": "docs@example.org", "password": "{}"}}'
    assert await tried(page, "auth", "post_auth_register", form.format(PASSWORD)) == "201"
    # The cookie of the new account goes along.
    made = await tried(page, "playlists", "post_playlists", '{"name": "From the reference"}')
    assert made == "201"
    wrong = await tried(page, "albums", "post_albums", '{"title": ""}')
    assert wrong == "400"
    assert foreign == []
