"""Logs: what a record becomes, and that nothing that opens a door gets out."""

import logging
import sys

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.access_log import AccessLogger
from hub.logs import JsonFormatter, Retried, TextFormatter, redact

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLWJ5dGVz"


def record(event: str, **fields: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "hub.test", "levelno": 20, "levelname": "INFO"})
    made.msg = event
    vars(made).update(fields)
    return made


def test_a_json_record_holds_its_event_and_fields() -> None:
    line = JsonFormatter("web").format(record("room.joined", room_id="r1", members=3))
    body = orjson.loads(line)
    assert body["event"] == "room.joined"
    assert (body["role"], body["level"], body["logger"]) == ("web", "INFO", "hub.test")
    assert (body["room_id"], body["members"]) == ("r1", 3)


def test_a_text_record_is_one_readable_line() -> None:
    line = TextFormatter().format(record("room.joined", members=3))
    assert line.endswith("INFO    room.joined members=3")


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        (f"token was {JWT}", JWT),
        (f"GET /socket.io/?EIO=4&token={JWT}&t=1", JWT),
        ("GET /x?access_token=abc123def&page=2", "abc123def"),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("connect postgresql://veza:s3cr3t-pw@127.0.0.1:5432/veza", "s3cr3t-pw"),
        ("connect redis://:s3cr3t-pw@127.0.0.1:6379/0", "s3cr3t-pw"),
        ('{"password": "hunter22", "user": "ada"}', "hunter22"),
        ("{'refresh_token': 'r-123456'}", "r-123456"),
        ("api_key=k-42424242", "k-42424242"),
    ],
)
def test_secrets_do_not_get_out(line: str, secret: str) -> None:
    assert secret not in redact(line)


def test_what_is_no_secret_stays() -> None:
    line = "GET /api/v1/tracks?page=2&q=tokens of love"
    assert redact(line) == line


def test_fields_named_for_secrets_are_replaced_whatever_they_hold() -> None:
    shown = JsonFormatter("web").format(
        record("x", refresh_token="one", password=["two"], set_cookie="three", author="ada")
    )
    assert "ada" in shown
    assert not any(secret in shown for secret in ("one", "two", "three"))


@pytest.mark.parametrize("formatter", [JsonFormatter("web"), TextFormatter()])
def test_tracebacks_are_redacted_too(formatter: logging.Formatter) -> None:
    try:
        raise ConnectionError("postgresql://veza:s3cr3t-pw@db/veza refused")
    except ConnectionError:
        failed = record("db.lost", exc_info=sys.exc_info())
    line = formatter.format(failed)
    assert "ConnectionError" in line
    assert "s3cr3t-pw" not in line


async def test_a_request_is_logged_by_route_without_path_or_query(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def join(_request: web.Request) -> web.Response:
        return web.Response(text="in")

    app = web.Application()
    app.router.add_get("/join/{token}", join)
    server = TestServer(app)
    await server.start_server(
        access_log_class=AccessLogger, access_log=logging.getLogger("hub.access")
    )
    with caplog.at_level(logging.INFO, "hub.access"):
        async with TestClient(server) as client:
            await client.get("/join/very-secret?token=also-secret")
            await client.get("/nowhere/very-secret")
    lines = [JsonFormatter("web").format(each) for each in caplog.records]
    assert [orjson.loads(line)["route"] for line in lines] == ["/join/{token}", "(no route)"]
    assert [orjson.loads(line)["status"] for line in lines] == [200, 404]
    assert not any("secret" in line for line in lines)


def test_what_a_library_tries_again_by_itself_is_one_line() -> None:
    found = record("Failed to restore the pool connection floor; retrying")
    found.levelno, found.exc_info = logging.WARNING, (OSError, OSError("away"), None)

    assert Retried().filter(found)

    assert TextFormatter().format(found).endswith("retrying error=OSError")
