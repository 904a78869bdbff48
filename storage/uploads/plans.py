"""What each plan lets an account upload, and where the account stands (specification A8)."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from rooms.errors import HubError

BASIC_UPLOADS_PER_MONTH = 50
"""Specification A8."""


class QuotaExceeded(HubError):
    """The month's uploads or the storage of this account are used up."""

    status = 429
    default_code = "UPLOAD_QUOTA_EXCEEDED"


class PlanLimits(Struct, frozen=True):
    """What a plan allows."""

    plan: str
    max_file_bytes: int
    max_duration_s: int | None
    """None: no limit."""
    uploads_per_month: int
    storage_bytes: int


class Usage(Struct, frozen=True):
    """Where an account stands."""

    limits: PlanLimits
    uploads_this_month: int
    used_bytes: int
    resets_at: datetime
    """First moment of next month, UTC."""


def refuse_over(limits: PlanLimits, usage: Any, total_bytes: int) -> None:
    """Raises QuotaExceeded unless another file of `total_bytes` fits; `usage` is a row."""
    wait_ms = round((usage["resets_at"] - usage["now"]).total_seconds() * 1000)
    if usage["uploads"] >= limits.uploads_per_month:
        raise QuotaExceeded(
            f"The {limits.uploads_per_month} uploads of this month are used up.",
            retry_after_ms=wait_ms,
        )
    if usage["bytes"] + total_bytes > limits.storage_bytes:
        raise QuotaExceeded(
            "There is not enough storage left for this file. Delete something first.",
            retry_after_ms=wait_ms,
        )
