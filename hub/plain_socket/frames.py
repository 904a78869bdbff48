"""What is said on a plain socket: one JSON object a frame, named by its `type`. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rooms.errors import HubError


def frame(kind: str, **fields: Any) -> bytes:
    """One message to a client."""
    return msgspec.json.encode({"type": kind, **fields})


def error_of(error: Mapping[str, Any], client_id: str | None = None) -> bytes:
    """A refusal with the hub's own code, as an ack carries it."""
    fields = {name: error[name] for name in ("retry_after_ms", "fields") if name in error}
    if client_id is not None:
        fields["client_id"] = client_id
    return frame("error", code=error["code"], message=error["message"], **fields)


def refusal(error: HubError, client_id: str | None = None) -> bytes:
    """The same of an error that was raised here."""
    return error_of(error.as_dict(), client_id)
