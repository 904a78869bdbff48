"""What somebody who is not let in finds in `connect_error.data`."""

from typing import Any

from api.tokens import TokenExpired
from rooms.errors import HubError


def refusal(error: HubError) -> dict[str, Any]:
    """Why, and whether coming again is right: also with a token that has run out, once renewed."""
    body = error.as_dict()
    return body | {"retryable": True} if isinstance(error, TokenExpired) else body
