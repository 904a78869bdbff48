"""Why a file is refused: a stable code and a sentence for the person who sent it.

The codes are those of the track API (docs/protocol.md, "Errors"): INVALID_AUDIO_FORMAT,
DURATION_EXCEEDED, PROCESSING_ERROR.
"""

INVALID_AUDIO_FORMAT = "INVALID_AUDIO_FORMAT"
DURATION_EXCEEDED = "DURATION_EXCEEDED"
PROCESSING_ERROR = "PROCESSING_ERROR"

ACCEPTED = "MP3, WAV, FLAC, OGG, M4A or AAC"


class Refused(Exception):
    """The file cannot be used, and no second try will change that."""

    def __init__(self, message: str, code: str = INVALID_AUDIO_FORMAT) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def too_long(max_duration_ms: int) -> Refused:
    """The recording is longer than the owner's plan allows."""
    return Refused(
        f"The recording is longer than {_duration(max_duration_ms)}, which is the most your plan "
        "allows.",
        DURATION_EXCEEDED,
    )


def _duration(duration_ms: int) -> str:
    minutes, rest_ms = divmod(duration_ms, 60_000)
    if minutes == 0:
        return f"{rest_ms / 1_000:g} seconds"
    if rest_ms == 0:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{minutes} min {rest_ms // 1_000} s"
