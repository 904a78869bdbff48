"""The documents of the protocol say what the code does."""

from pathlib import Path

import pytest

from docs.generate import documents
from hub import protocol

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(documents()))
def test_generated_documents_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == documents()[name], "run `make docs` and commit the result"


def test_every_call_and_event_says_what_it_is() -> None:
    said = {call.name: call.summary for call in protocol.calls()}
    said |= {event.name: event.summary for event in protocol.events()}
    assert [name for name, summary in said.items() if not summary] == []


def test_asyncapi_refers_only_to_what_it_holds() -> None:
    document = protocol.asyncapi()
    messages = document["components"]["messages"]
    assert set(document["channels"]["hub"]["messages"]) == set(messages)
    schemas = document["components"]["schemas"]
    for message in messages.values():
        assert message["payload"]["$ref"].removeprefix(protocol.PREFIX) in schemas
