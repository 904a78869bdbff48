"""Everything a client may be told went wrong, on one page.

    HubError
      Invalid           400  VALIDATION_ERROR and other bad input
      Unauthenticated   401
      Forbidden         403
      NotFound          404
      Conflict          409
      Gone              410
      TooLarge          413
      RateLimited       429  carries retry_after_ms
      Unavailable       503  temporary: the same request may succeed later

An error carries its code, HTTP status and whether it is temporary, so that the socket's ack and the
REST envelope are written from the same value and no mapping table exists. Codes are stable
(docs/protocol.md lists them).
"""

from typing import Any

from msgspec import Struct


class FieldError(Struct, frozen=True):
    """One input field that was refused."""

    field: str
    """Path of the field, such as `content` or `track_ids[3]`."""
    code: str
    """Stable word, such as TOO_LONG."""
    message: str
    """A sentence for the person who sent it."""


class HubError(Exception):
    """An answer for the client: a stable `code`, HTTP `status`, a sentence, the fields at fault."""

    status = 500
    temporary = False
    default_code = "INTERNAL"

    def __init__(
        self,
        message: str,
        code: str | None = None,
        *,
        fields: tuple[FieldError, ...] = (),
        retry_after_ms: int | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fields = fields
        self.retry_after_ms = retry_after_ms
        if status is not None:
            self.status = status

    def as_dict(self, request_id: str | None = None) -> dict[str, Any]:
        """The `error` object of an ack (docs/protocol.md, "Shapes")."""
        body: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
            "retryable": self.temporary,
        }
        if self.retry_after_ms is not None:
            body["retry_after_ms"] = self.retry_after_ms
        if self.fields:
            body["fields"] = [
                {"field": f.field, "code": f.code, "message": f.message} for f in self.fields
            ]
        if request_id is not None:
            body["request_id"] = request_id
        return body


class Invalid(HubError):
    """The input breaks a rule that the client can read in the schema."""

    status = 400
    default_code = "VALIDATION_ERROR"

    @classmethod
    def field(cls, field: str, code: str, message: str) -> "Invalid":
        """One bad field: the sentence serves both the whole answer and the field."""
        return cls(message, fields=(FieldError(field, code, message),))


class Unauthenticated(HubError):
    """No valid identity: missing, expired or revoked token, wrong password."""

    status = 401
    default_code = "UNAUTHENTICATED"


class Forbidden(HubError):
    """The identity is known and may not do this."""

    status = 403
    default_code = "FORBIDDEN"


class NotFound(HubError):
    """No such thing, or none that this caller may know of."""

    status = 404
    default_code = "NOT_FOUND"


class Conflict(HubError):
    """The state has moved on: stale `if_rev`, reused `op_id`, a thing done twice."""

    status = 409
    default_code = "CONFLICT"


class Gone(HubError):
    """It existed and has ended: an expired invitation, a deleted track."""

    status = 410
    default_code = "GONE"


class TooLarge(HubError):
    """More bytes than the limit that `hello.limits` or the upload limits name."""

    status = 413
    default_code = "PAYLOAD_TOO_LARGE"


class RateLimited(HubError):
    """Too many of these; `retry_after_ms` says when the next one is welcome."""

    status = 429
    temporary = True
    default_code = "RATE_LIMITED"


class Unavailable(HubError):
    """A part behind the hub does not answer; nothing was done, and trying again is right."""

    status = 503
    temporary = True
    default_code = "UNAVAILABLE"
