"""What an RTMP server may ask, and what it is answered."""

from typing import Any

import pytest

from api.parts import Ask
from rooms.errors import HubError, NotFound, Unavailable
from tests.api.conftest import Answer, Door, OpenDoor

SECRET = "a secret that nginx has in its addresses"
KEY = "live_" + "k" * 32
PUBLISH = "/live/callback/publish"
DONE = "/live/callback/publish_done"
FORM = "application/x-www-form-urlencoded"


class Told:
    """What is handed on to ingest, and what that says."""

    def __init__(self) -> None:
        self.asked: list[tuple[Ask, str, str]] = []
        self.says: HubError | None = None

    async def __call__(self, ask: Ask, key: str, client: str) -> None:
        self.asked.append((ask, key, client))
        if self.says is not None:
            raise self.says


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def nginx(open_door: OpenDoor, told: Told) -> Any:
    """Posts a form as nginx-rtmp does; `path` has the secret unless it says otherwise."""
    door: Door = await open_door(rtmp_secret=SECRET, tell_ingest=told)

    async def post(path: str, form: str, secret: str | None = SECRET, **headers: str) -> Answer:
        query = {} if secret is None else {"secret": secret}
        sent = {"Content-Type": FORM} | {k.replace("_", "-"): v for k, v in headers.items()}
        return await door.stranger("POST", path, data=form, params=query, headers=sent)

    return post


def form_of(call: str, name: str = KEY, more: str = "") -> str:
    """As nginx-rtmp 1.2.2 writes it; the last field is where the publisher's own words stand."""
    return (
        "app=live&flashver=FMLE/3.0%20(compatible%3B%20Lavf59.27&swfurl="
        f"&tcurl=rtmp://127.0.0.1:1935/live&pageurl=&addr=127.0.0.1&clientid=2&call={call}"
        f"&name={name}&type=live{more}"
    )


async def test_what_the_server_tells_is_handed_on(nginx: Any, told: Told) -> None:
    for path, call in ((PUBLISH, "publish"), (PUBLISH, "update_publish"), (DONE, "publish_done")):
        answer = await nginx(path, form_of(call))
        assert (answer.status, answer.data) == (200, {"accepted": True})
    assert told.asked == [("publish", KEY, "2"), ("update", KEY, "2"), ("publish_done", KEY, "2")]


async def test_the_hub_itself_may_listen(nginx: Any, told: Told) -> None:
    assert (await nginx(PUBLISH, form_of("update_play"))).status == 200
    assert told.asked == []


async def test_the_secret_comes_in_the_address_or_in_a_header(nginx: Any, told: Told) -> None:
    for secret in (None, "", "wrong", SECRET[:-1], SECRET + "x", "é"):
        for path in (PUBLISH, DONE):
            assert (await nginx(path, form_of("publish"), secret)).status == 403, secret
    # The publisher writes into the form, so nothing there counts.
    more = f"&secret={SECRET}"
    assert (await nginx(PUBLISH, form_of("publish", more=more), None)).status == 403
    assert told.asked == []
    assert (await nginx(PUBLISH, form_of("publish"), None, X_Rtmp_Secret=SECRET)).status == 200


async def test_without_a_secret_of_its_own_the_hub_refuses_all(door: Door) -> None:
    for given in ({}, {"secret": ""}, {"secret": SECRET}):
        answer = await door.stranger(
            "POST", PUBLISH, data=form_of("publish"), params=given, headers={"Content-Type": FORM}
        )
        assert (answer.status, answer.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (form_of("publish", more=f"&name={KEY}"), "name"),
        (form_of("publish", more="&clientid=3"), "clientid"),
        (form_of("publish", more="&call=update_play"), "call"),
        (form_of("dance"), "call"),
        ("call=publish", "name"),
        ("&".join(f"a{n}=1" for n in range(100)), "body"),
        ("name=%FF", "body"),
        (form_of("publish", KEY + "%0A"), "name"),
    ],
)
async def test_a_form_that_says_two_things_or_none_is_refused(
    nginx: Any, told: Told, form: str, field: str
) -> None:
    answer = await nginx(PUBLISH, form)
    assert answer.status == 400
    assert field in answer.fields
    assert told.asked == []


async def test_what_is_no_form_is_refused(nginx: Any) -> None:
    answer = await nginx(PUBLISH, "{}", Content_Type="application/json")
    assert answer.status == 415
    assert (await nginx(PUBLISH, "name=" + "x" * 70_000)).status == 413


@pytest.mark.parametrize("name", ["", "nonsense", "live_", "live_/../" + "k" * 32])
async def test_what_is_no_key_goes_nowhere(nginx: Any, told: Told, name: str) -> None:
    answer = await nginx(PUBLISH, form_of("publish", name))
    assert (answer.status, answer.code) == (404, "UNKNOWN_STREAM_KEY")
    assert (await nginx(DONE, form_of("publish_done", name))).status == 200
    assert told.asked == []


async def test_a_refusal_is_handed_back(nginx: Any, told: Told) -> None:
    told.says = NotFound("This stream key is not valid.", "UNKNOWN_STREAM_KEY")
    for call in ("publish", "update_publish"):
        answer = await nginx(PUBLISH, form_of(call))
        assert (answer.status, answer.code) == (404, "UNKNOWN_STREAM_KEY")


async def test_who_is_on_air_stays_so_while_the_hub_restarts(nginx: Any, told: Told) -> None:
    told.says = Unavailable("Not now.", "LIVE_UNAVAILABLE")
    assert (await nginx(PUBLISH, form_of("publish"))).status == 503
    assert (await nginx(PUBLISH, form_of("update_publish"))).status == 200
