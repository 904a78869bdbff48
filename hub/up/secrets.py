"""DATA/secrets.json: what `veza up` makes up once for its private servers and tokens."""

import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct


class Secrets(Struct, frozen=True):
    """Random, 256 bits each; safe in a URL."""

    postgres_password: str
    redis_password: str
    jwt_secret: str


class SecretsLost(RuntimeError):
    """The database is there and the password to it is not."""


def load_secrets(data: Path) -> Secrets:
    """The folder's secrets, made on the first start; the file is readable by its owner only.

    Raises:
        SecretsLost: the file is missing or broken although a database was made with it.
    """
    path = data / "secrets.json"
    if path.exists():
        try:
            return msgspec.json.decode(path.read_bytes(), type=Secrets)
        except msgspec.MsgspecError as exc:
            raise SecretsLost(f"{path} is not readable: {exc}") from exc
    if (data / "postgres").exists():
        raise SecretsLost(
            f"{path} is missing, and the database beside it opens only with the password in it;"
            f" put the file back, or move {data / 'postgres'} away to begin anew"
        )
    made = Secrets(*(secrets.token_urlsafe(32) for _ in range(3)))
    _write(path, msgspec.json.encode(made))
    return made


def _write(path: Path, text: bytes) -> None:
    """Whole and on disk before the database that depends on it is made."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
