"""How one environment variable is read: its name, default, check, and what it expects in words."""

import ipaddress
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from storage.redis import FORMS, BadTarget, parse_target

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Check(Struct, frozen=True):
    """Turns the text of a variable into its value."""

    expects: str
    """What a right value is, to follow "expects"."""
    parse: Callable[[str], Any]
    """Raises ValueError for a wrong value."""


class Variable(Struct, frozen=True):
    """One row of the settings table."""

    name: str
    default: str
    """As it would stand in the environment; empty when there is none."""
    check: Check
    meaning: str
    secret: bool = False
    """True when its value must never be shown."""

    def read(self, environment: Mapping[str, str]) -> Any:
        """The value, None when it is empty and has no default.

        Raises:
            ValueError: with the variable's name, what it expects and, unless secret, what it got.
        """
        given = environment.get(self.name, "").strip() or self.default
        if not given:
            return None
        try:
            return self.check.parse(given)
        except BadTarget as exc:  # says what is wrong without the secret in it
            raise ValueError(f"{self.name} expects {self.check.expects}: {exc}") from exc
        except ValueError as exc:
            got = "" if self.secret else f", not {given!r}"
            raise ValueError(f"{self.name} expects {self.check.expects}{got}") from exc


def text(least_chars: int = 1) -> Check:
    """Any text of at least `least_chars` characters."""

    def parse(given: str) -> str:
        if len(given) < least_chars:
            raise ValueError("too short")
        return given

    return Check("some text" if least_chars < 2 else f"at least {least_chars} characters", parse)


def choice(*words: str) -> Check:
    """One word of a few."""

    def parse(given: str) -> str:
        if given.lower() not in words:
            raise ValueError("unknown word")
        return given.lower()

    return Check(" or ".join([", ".join(words[:-1]), words[-1]]), parse)


def switch() -> Check:
    """`on` or `off`, as a bool."""
    inner = choice("on", "off")
    return Check(inner.expects, lambda given: inner.parse(given) == "on")


def integer(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def parse(given: str) -> int:
        number = int(given)
        if not least <= number <= most:
            raise ValueError("out of range")
        return number

    return Check(f"a whole number from {least} to {most}", parse)


def url(*schemes: str) -> Check:
    """An address with one of these schemes."""

    def parse(given: str) -> str:
        parts = urlsplit(given)
        if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "unix"):
            raise ValueError("no such address")
        _ = parts.port  # raises when it is no port
        return given

    return Check("an address that starts with " + " or ".join(f"{s}://" for s in schemes), parse)


def redis_url() -> Check:
    """Where Redis is, as one server, behind sentinels or a cluster."""

    def parse(given: str) -> str:
        parse_target(given)
        return given

    return Check(FORMS, parse)


def url_with(name: str, *schemes: str) -> Check:
    """An address of which a part, `{name}`, is filled in later."""
    inner = url(*schemes)

    def parse(given: str) -> str:
        if given.count(f"{{{name}}}") != 1 or given.count("{") != 1 or given.count("}") != 1:
            raise ValueError("no place for it")
        return str(inner.parse(given))

    return Check(f"{inner.expects} and holds {{{name}}} once", parse)


def origins() -> Check:
    """Comma-separated web origins, `https://host[:port]` without a path, or `*`."""

    def parse(given: str) -> tuple[str, ...]:
        found = tuple(part.strip().rstrip("/").lower() for part in given.split(",") if part.strip())
        for origin in found:
            parts = urlsplit(origin)
            if origin != "*" and (
                parts.scheme not in ("http", "https") or not parts.netloc or parts.path
            ):
                raise ValueError("no origin")
        return found

    return Check("origins such as https://music.example, comma-separated", parse)


def networks() -> Check:
    """Comma-separated addresses or networks."""

    def parse(given: str) -> tuple[Network, ...]:
        return tuple(
            ipaddress.ip_network(part.strip()) for part in given.split(",") if part.strip()
        )

    return Check("addresses or networks such as 10.0.0.0/8, comma-separated", parse)


def folder() -> Check:
    """A folder, there or not yet; an existing file is refused."""

    def parse(given: str) -> Path:
        path = Path(given).expanduser().absolute()
        if path.exists() and not path.is_dir():
            raise ValueError("not a folder")
        return path

    return Check("a folder", parse)


def file_path() -> Check:
    """A file that can be read."""

    def parse(given: str) -> Path:
        path = Path(given).expanduser().absolute()
        try:
            path.open("rb").close()
        except OSError as exc:
            raise ValueError("not readable") from exc
        return path

    return Check("a file that can be read", parse)


def log_level() -> Check:
    """A level of the standard library, by name."""

    def parse(given: str) -> str:
        name = given.upper()
        if name not in logging.getLevelNamesMapping() or name == "NOTSET":
            raise ValueError("no level")
        return name

    return Check("DEBUG, INFO, WARNING, ERROR or CRITICAL", parse)


def http_url(host: str, port: int) -> str:
    """Address at which a server that listens on `host` is reached from this machine."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 -- compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
