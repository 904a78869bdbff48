"""The OpenAPI document against the door: right and wrong requests to every operation.

Requests are drawn from the document's own schemas (schemathesis), the same ones in every run, by a
stranger and by a user who has one of each thing. No answer may be a server error, be missing from
the document or differ from it; no wrong request may pass, no right one be refused as wrong.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from api.openapi import describe
from api.routes import ROUTES
from tests.api.conftest import Caller, Door

EXAMPLES = 10
"""Requests to one operation; half of them are wrong on purpose."""

UNSAYABLE = {
    "/api/v1/tracks": "the bytes of an audio file",
    "/api/v1/chat/rooms": "whom there is to be a member",
    "/api/v1/conversations": "whom there is to be a member",
    "/api/v1/chat/dm/{user_id}": "nobody writes to himself",
    "/api/v1/notifications/preferences": "which time zones there are",
    "/api/v1/co-listening/sessions": "which times are still to come",
    "/api/v1/co-listening/sessions/{id}": "which times are still to come",
}
"""Rules that no schema can state: there a request by the schema may be refused."""

CONFIG: dict[str, Any] = {
    "generation": {"mode": "all"},
    "checks": {
        "positive_data_acceptance": {
            # 410: its track was deleted by an earlier request; 413: the plan's limit, told apart;
            # 422: the track is being processed; 423: too many wrong passwords.
            "expected-statuses": [
                "2xx",
                *("401", "403", "404", "409", "410", "413", "422", "423", "429"),
            ]
        }
    },
    "operations": [
        {"include-path": path, "checks": {"positive_data_acceptance": {"enabled": False}}}
        for path in UNSAYABLE
    ],
}

fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations() -> Iterator[Any]:
    """Every operation of the document."""
    config = schemathesis.Config.from_dict(CONFIG)
    schema = schemathesis.openapi.from_dict(describe(ROUTES), config=config)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


async def own_things(door: Door, user: Caller) -> dict[str, list[str]]:
    """Ids that lead somewhere, by the tag of the operation that takes them."""
    track_id = await door.add_track(user, duration_ms=60_000)
    playlist = (await user.post("/playlists", {"name": "Mine"})).data
    await user.post(f"/playlists/{playlist['id']}/tracks", {"track_id": track_id})
    artist = (await user.post("/artists", {"name": "Somebody"})).data
    album = (await user.post("/albums", {"title": "First"})).data
    return {
        "tracks": [track_id],
        "playlists": [playlist["id"]],
        "artists": [str(artist["id"]), artist["uuid"]],
        "albums": [str(album["id"]), album["uuid"]],
        "track_id": [track_id],
        "user_id": [user.user["id"]],
    }


def fuzz(operation: Any, url: str, token: str | None, known: dict[str, list[str]]) -> list[str]:
    """Send requests to one operation; returns what is not as documented, with the request."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    tag = operation.definition.raw["tags"][0]
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    cases = modes.flatmap(lambda mode: operation.as_strategy(generation_mode=mode))

    @fuzzed
    @given(case=cases, lead=st.randoms(use_true_random=False))
    def send(case: Case[Any], lead: Any) -> None:
        for name in case.path_parameters:
            ids = known.get(name) or known.get(tag)
            if ids and lead.random() < 0.7:
                case.path_parameters[name] = lead.choice(ids)
        case.call_and_validate(base_url=url, headers=headers)

    try:
        send()
    except FailureGroup as found:
        return [f"{operation.label}: {found.message}"]
    return []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("who", ["stranger", "user"])
async def test_every_operation_answers_as_the_document_says(door: Door, who: str) -> None:
    findings = []
    for operation in operations():
        # Some of them end the session: each gets its own user.
        user = await door.newcomer()
        known = await own_things(door, user)
        token = user.token if who == "user" else None
        url = str(door.client.make_url("/")).rstrip("/")
        findings += await asyncio.to_thread(fuzz, operation, url, token, known)
    assert not findings, "\n\n".join(findings)
