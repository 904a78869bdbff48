"""What is written, how, and what is never written.

Records are an event name and fields: `log.info("room.joined", extra={"room_id": …})`. Every line
goes through `redact` last, so that a token in a driver's message or a traceback does not get out
either.
"""

import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
from aiohttp.http_exceptions import HttpProcessingError

REDACTED = "[redacted]"

_SECRET_FIELD = re.compile(
    r"(?i)(?:^|[_-])(?:token|secret|password|passwd|authorization|cookie|credential|api_?key"
    r"|private_?key)s?(?:$|[_-])"
)
_SECRETS = (
    # A JWT anywhere: three base64url parts, the first of which is a JSON object.
    (re.compile(r"\beyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*"), REDACTED),
    # name=value and "name": "value", as in query strings, forms and JSON.
    (
        re.compile(
            r"(?i)([\w-]*(?:token|secret|password|passwd|api_?key|signature)[\w-]*"
            r"[\"']?\s*[=:]\s*[\"']?)(?!\[redacted\])[^\s\"'&;,}]+"
        ),
        rf"\g<1>{REDACTED}",
    ),
    (re.compile(r"(?i)\b((?:Bearer|Basic)\s+)[\w.~+/=-]{8,}"), rf"\g<1>{REDACTED}"),
    # The password of an address: scheme://user:password@host
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s/@]+@"), rf"\g<1>{REDACTED}@"),
)
# What every record has; the rest came in as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure_logs(level: str, log_format: str, role: str) -> None:
    """Send this process's records to stderr.

    Args:
        level: least severe level that is written, such as `INFO`.
        log_format: `json` or `text`.
        role: what this process is, such as `web`; stands in every JSON record.
    """
    handler = _StderrHandler()
    handler.setFormatter(JsonFormatter(role) if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for chatty in ("botocore", "aiobotocore", "urllib3", "aioice", "yoyo", "PIL"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("aiohttp.server").filters[:] = [Malformed()]
    logging.getLogger("asyncpg.pool").filters[:] = [Retried()]


def redact(line: str) -> str:
    """The line without what opens a door: tokens, passwords, keys, cookies."""
    for pattern, replacement in _SECRETS:
        line = pattern.sub(replacement, line)
    return line


class Malformed(logging.Filter):
    """Bytes that are no HTTP are their sender's mistake: a line, not an error with a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.msg, record.args, record.exc_info = "http.malformed", (), None
            return logging.getLogger().isEnabledFor(logging.INFO)
        return True


class Retried(logging.Filter):
    """What a library tries again by itself is a line with the error's name, not a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno == logging.WARNING and record.exc_info and record.exc_info[0]:
            record.error = record.exc_info[0].__name__
            record.exc_info = None
        return True


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is now: a progress display takes its place while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, role, logger, event, then the fields."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        body = {
            "at": _at(record).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "role": self._role,
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            body["error"] = "".join(traceback.format_exception(*record.exc_info))
        return redact(orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


class TextFormatter(logging.Formatter):
    """`10:47:03.351 INFO room.joined room_id=… members=3`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = (
            f"{_at(record):%H:%M:%S}.{record.msecs:03.0f} {record.levelname:<7}"
            f" {record.getMessage()}{fields}"
        )
        if record.exc_info and record.exc_info[0] is not None:
            line += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        return redact(line)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {
        name: REDACTED if _SECRET_FIELD.search(name) else value
        for name, value in vars(record).items()
        if name not in _STANDARD
    }


def _at(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)
