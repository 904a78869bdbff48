"""Every setting of the hub: one table, read once from the environment, refused when wrong.

Nothing below hub reads the environment; lower layers take plain values. docs/operations.md shows
the same table to people (tests/hub/test_settings.py holds the two equal).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from hub.variables import (
    Network,
    Variable,
    choice,
    file_path,
    folder,
    http_url,
    integer,
    log_level,
    networks,
    origins,
    redis_url,
    switch,
    text,
    url,
    url_with,
)
from storage.objects.objects import BucketSpec, FolderSpec

AppEnv = Literal["development", "staging", "production"]
LogFormat = Literal["text", "json"]

JWT_SECRET_MIN_CHARS = 32  # RFC 7518 §3.2: an HS256 key has at least 256 bits

DEFAULT_BUCKET = "veza-uploads"


class SettingsError(ValueError):
    """Settings that were refused, each with its variable's name and what it expects."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(Struct, frozen=True, kw_only=True):
    """What one process runs by. Each field is the variable of its name in capitals."""

    app_env: AppEnv
    host: str
    port: int
    public_url: str
    """Without a slash at the end."""
    data: Path
    database_url: str | None
    redis_url: str | None
    database_pool: int
    objects_dir: Path | None
    s3_bucket: str | None
    s3_endpoint: str | None
    s3_region: str
    s3_access_key: str | None
    s3_secret_key: str | None
    jwt_secret: str | None
    jwt_private_key_path: Path | None
    jwt_public_key_path: Path | None
    chat_jwt_secret: str | None
    jwt_issuer: str
    jwt_audience: str
    allowed_origins: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    ingest_url: str | None
    rtmp_callback_secret: str | None
    rtmp_pull_url: str
    rtmp_public_url: str
    clamav_address: str | None
    log_level: str
    log_format: LogFormat
    limits: bool
    upload_max_bytes: int
    upload_max_duration_s: int
    upload_quota_bytes: int
    workers: int
    """Transcodes at once in one worker process; 0 means one less than there are cores."""
    drain_s: int
    recovery_s: int

    @property
    def takes_rtmp(self) -> bool:
        """Whether people can go live by RTMP."""
        return self.ingest_url is not None and self.rtmp_callback_secret is not None

    def objects(self) -> FolderSpec | BucketSpec:
        """Where the bytes are: a bucket when a bucket or a service is named, else a folder."""
        if self.s3_bucket is not None or self.s3_endpoint is not None:
            return BucketSpec(
                bucket=self.s3_bucket or DEFAULT_BUCKET,
                endpoint_url=self.s3_endpoint,
                region=self.s3_region,
                access_key_id=self.s3_access_key,
                secret_access_key=self.s3_secret_key,
            )
        return FolderSpec(self.objects_dir or self.data / "objects")


VARIABLES = (
    Variable("APP_ENV", "development", choice(*get_args(AppEnv)),
             "`production` refuses guessable secrets, `LIMITS=off` and `ALLOWED_ORIGINS=*`"),
    Variable("HOST", "127.0.0.1", text(), "Address that web nodes listen on"),
    Variable("PORT", "8080", integer(0, 65_535),
             "Port of the first web node; `veza up` gives further nodes the next ones"),
    Variable("PUBLIC_URL", "", url("http", "https"),
             "Address that people open, in links and QR codes; `http://HOST:PORT` when empty"),
    Variable("DATA", ".veza", folder(),
             "Folder of `veza up`: private servers, secrets, objects, logs, `run.json`"),
    Variable("DATABASE_URL", "", url("postgresql", "postgres"),
             "PostgreSQL 18; `veza up` runs its own", secret=True),
    Variable("REDIS_URL", "", redis_url(),
             "Redis 7 or Valkey 8 ([all forms](#redis)); `veza up` runs its own", secret=True),
    Variable("DATABASE_POOL", "10", integer(2, 1_000),
             "Most connections to PostgreSQL of one process"),
    Variable("OBJECTS_DIR", "", folder(),
             "Folder for uploads and media when no bucket is named; `DATA/objects` when empty"),
    Variable("S3_BUCKET", "", text(),
             "Bucket for uploads and media, made if missing; `veza-uploads` with `S3_ENDPOINT`"),
    Variable("S3_ENDPOINT", "", url("http", "https"), "Address of the S3 service; empty is AWS"),
    Variable("S3_REGION", "us-east-1", text(), "Region of the bucket"),
    Variable("S3_ACCESS_KEY", "", text(),
             "Access key; empty leaves it to the machine's AWS role or profile", secret=True),
    Variable("S3_SECRET_KEY", "", text(), "Secret of the access key", secret=True),
    Variable("JWT_SECRET", "", text(JWT_SECRET_MIN_CHARS),
             "HS256 key of access tokens; `veza up` makes one", secret=True),
    Variable("JWT_PRIVATE_KEY_PATH", "", file_path(),
             "PEM file for RS256; stands in for `JWT_SECRET`, together with the next"),
    Variable("JWT_PUBLIC_KEY_PATH", "", file_path(), "PEM file of the matching public key"),
    Variable("CHAT_JWT_SECRET", "", text(JWT_SECRET_MIN_CHARS),
             "HS256 key of chat tokens, another than `JWT_SECRET`; derived from its key when empty",
             secret=True),
    Variable("JWT_ISSUER", "veza-api", text(), "`iss` of access tokens"),
    Variable("JWT_AUDIENCE", "veza-platform", text(), "`aud` of access tokens"),
    Variable("ALLOWED_ORIGINS", "", origins(),
             "Further origins, comma-separated, that may call the API and open sockets"),
    Variable("TRUSTED_PROXIES", "", networks(),
             "Networks, comma-separated, whose `X-Forwarded-*` headers are believed"),
    Variable("INGEST_URL", "", url("http", "https"),
             "Where `veza ingest` answers; without it nobody can go live. `veza up` runs its own"),
    Variable("RTMP_CALLBACK_SECRET", "", text(16),
             "What the RTMP server sends with its callbacks; without it nobody publishes by RTMP",
             secret=True),
    Variable("RTMP_PULL_URL", "rtmp://127.0.0.1:1935/live/{key}", url_with("key", "rtmp", "rtmps"),
             "Where `veza ingest` finds what the RTMP server takes; `{key}` is the stream key"),
    Variable("RTMP_PUBLIC_URL", "", url("rtmp", "rtmps"),
             "Where people publish to; `rtmp://` and the host of `PUBLIC_URL` when empty"),
    Variable("CLAMAV_ADDRESS", "", text(),
             "clamd, `host:port` or the path of its socket; chat's attachments are scanned there"),
    Variable("LOG_LEVEL", "INFO", log_level(), "Least severe record that is written"),
    Variable("LOG_FORMAT", "", choice(*get_args(LogFormat)),
             "`text` for people, `json` for machines; by `APP_ENV` when empty"),
    Variable("LIMITS", "on", switch(), "Rate limits; `off` is for load tests"),
    Variable("UPLOAD_MAX_BYTES", "104857600", integer(1_024, 10 * 1024**3),
             "Largest file that is taken (100 MB)"),
    Variable("UPLOAD_MAX_DURATION_S", "600", integer(1, 86_400),
             "Longest recording that is taken, in seconds"),
    Variable("UPLOAD_QUOTA_BYTES", "10737418240", integer(1_024, 1024**5),
             "What one account may keep (10 GB)"),
    Variable("WORKERS", "0", integer(0, 256),
             "Transcodes at once in one worker; 0 is one less than there are cores"),
    Variable("DRAIN_S", "8", integer(0, 600),
             "Seconds that a stopping process gives to what is under way"),
    Variable("RECOVERY_S", "120", integer(0, 86_400),
             "Seconds that a dropped socket can come back as if nothing had happened; 0 is never"),
)  # fmt: skip


def read_settings(environment: Mapping[str, str], *needed: str) -> Settings:
    """The settings of this process.

    Args:
        environment: usually `os.environ`.
        needed: variables that this process cannot do without, such as `DATABASE_URL`.

    Raises:
        SettingsError: naming every variable that is wrong, not only the first.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for variable in VARIABLES:
        try:
            values[variable.name.lower()] = variable.read(environment)
        except ValueError as exc:
            problems.append(str(exc))
    if problems:
        raise SettingsError(problems)
    values["allowed_origins"] = values["allowed_origins"] or ()
    values["trusted_proxies"] = values["trusted_proxies"] or ()
    values["ingest_url"] = values["ingest_url"] and values["ingest_url"].rstrip("/")
    values["public_url"] = (
        values["public_url"] or http_url(values["host"], values["port"])
    ).rstrip("/")
    host = urlsplit(values["public_url"]).hostname or "127.0.0.1"
    values["rtmp_public_url"] = values["rtmp_public_url"] or (
        f"rtmp://[{host}]/live" if ":" in host else f"rtmp://{host}/live"
    )
    values["log_format"] = values["log_format"] or (
        "text" if values["app_env"] == "development" else "json"
    )
    settings = Settings(**values)
    problems = [*_missing(settings, needed), *_key_problems(settings)]
    problems += _production_problems(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def describe(settings: Settings) -> dict[str, str]:
    """Settings by variable, for a log or a support request: secrets are only said to be set."""
    shown = {}
    for variable in VARIABLES:
        value = msgspec.structs.asdict(settings)[variable.name.lower()]
        hidden = variable.secret and value is not None
        shown[variable.name] = "(set)" if hidden else "" if value is None else str(value)
    return shown


def _missing(settings: Settings, needed: tuple[str, ...]) -> list[str]:
    """A pair of key files stands in for JWT_SECRET."""
    given = msgspec.structs.asdict(settings)
    meanings = {variable.name: variable.meaning for variable in VARIABLES}
    return [
        f"{name} is not set: {meanings[name]}"
        for name in needed
        if given[name.lower()] is None
        and not (name == "JWT_SECRET" and settings.jwt_private_key_path)
    ]


def _key_problems(settings: Settings) -> list[str]:
    problems = []
    if (settings.jwt_private_key_path is None) != (settings.jwt_public_key_path is None):
        problems.append(
            "JWT_PRIVATE_KEY_PATH and JWT_PUBLIC_KEY_PATH are set together or not at all"
        )
    if settings.chat_jwt_secret is not None and settings.chat_jwt_secret == settings.jwt_secret:
        problems.append("CHAT_JWT_SECRET expects another secret than JWT_SECRET")
    return problems


_WELL_KNOWN = re.compile(
    r"(?i)^(?:veza|password|passwd|devpassword|secret|changeme|change-me|admin|root|postgres|redis"
    r"|guest|test|default|example|minioadmin)\d*$|change.?me|default|example|your.?secret"
)


def _production_problems(settings: Settings) -> list[str]:
    """What development forgives and production does not."""
    if settings.app_env != "production":
        return []
    problems = [
        f"{name} is a well-known or guessable secret; production needs a random one"
        f" (python -c 'import secrets; print(secrets.token_urlsafe(48))')"
        for name, secret in (
            ("JWT_SECRET", settings.jwt_secret),
            ("CHAT_JWT_SECRET", settings.chat_jwt_secret),
            ("DATABASE_URL", _password(settings.database_url)),
            ("REDIS_URL", _password(settings.redis_url)),
            ("S3_SECRET_KEY", settings.s3_secret_key),
            ("RTMP_CALLBACK_SECRET", settings.rtmp_callback_secret),
        )
        if secret is not None and _is_guessable(secret)
    ]
    if not settings.limits:
        problems.append("LIMITS expects `on` when APP_ENV is production")
    if "*" in settings.allowed_origins:
        problems.append("ALLOWED_ORIGINS expects named origins when APP_ENV is production")
    return problems


def _password(address: str | None) -> str | None:
    return None if address is None else urlsplit(address).password


def _is_guessable(secret: str) -> bool:
    return len(secret) < 12 or len(set(secret)) < 8 or _WELL_KNOWN.search(secret) is not None
