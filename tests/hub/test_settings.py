"""Settings: right ones read, wrong ones refused by name, and the documented table the real one."""

import re
from pathlib import Path

import pytest

from hub.settings import VARIABLES, SettingsError, describe, read_settings
from storage.objects.objects import BucketSpec, FolderSpec

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
GOOD_SECRET = "kC9v3-Zr7QpX_1mYtB5nW8sLd0aGhJ4e"


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = read_settings({})
    assert (settings.app_env, settings.host, settings.port) == ("development", "127.0.0.1", 8080)
    assert settings.public_url == "http://127.0.0.1:8080"
    assert read_settings({"HOST": "::1"}).public_url == "http://[::1]:8080"
    assert settings.log_format == "text"
    assert settings.limits is True
    assert settings.objects() == FolderSpec(Path.cwd() / ".veza" / "objects")


def test_values_arrive_in_their_types() -> None:
    settings = read_settings(
        {
            "APP_ENV": "staging",
            "PUBLIC_URL": "https://veza.example/",
            "ALLOWED_ORIGINS": "https://a.example, http://localhost:5173/",
            "TRUSTED_PROXIES": "10.0.0.0/8,::1",
            "LIMITS": "OFF",
            "LOG_LEVEL": "debug",
        }
    )
    assert settings.public_url == "https://veza.example"
    assert settings.allowed_origins == ("https://a.example", "http://localhost:5173")
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert settings.limits is False
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")


def test_a_bucket_or_a_service_selects_s3() -> None:
    spec = read_settings({"S3_ENDPOINT": "http://minio:9000"}).objects()
    assert spec == BucketSpec(bucket="veza-uploads", endpoint_url="http://minio:9000")
    assert read_settings({"S3_BUCKET": "music"}).objects() == BucketSpec(bucket="music")


@pytest.mark.parametrize(
    ("name", "wrong", "expects"),
    [
        ("APP_ENV", "prod", "development, staging or production"),
        ("PORT", "80a", "a whole number from 0 to 65535"),
        ("PORT", "70000", "a whole number from 0 to 65535"),
        ("PUBLIC_URL", "veza.example", "http:// or https://"),
        ("DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("REDIS_URL", "redis+sentinel://a,b", "ends with the service's name"),
        ("DATABASE_POOL", "1", "from 2 to 1000"),
        ("OBJECTS_DIR", __file__, "a folder"),
        ("S3_ENDPOINT", "minio:9000", "http://"),
        ("JWT_SECRET", "short", "at least 32 characters"),
        ("JWT_PRIVATE_KEY_PATH", "/nowhere/key.pem", "a file that can be read"),
        ("ALLOWED_ORIGINS", "https://a.example/path", "origins"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "networks"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO"),
        ("LOG_FORMAT", "xml", "text or json"),
        ("LIMITS", "yes", "on or off"),
        ("UPLOAD_MAX_BYTES", "100MB", "a whole number"),
        ("DRAIN_S", "-1", "a whole number"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_what_it_expects(
    name: str, wrong: str, expects: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({name: wrong})
    [problem] = refused.value.problems
    assert problem.startswith(f"{name} expects ")
    assert expects in problem


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"PORT": "x", "LIMITS": "x"})
    assert len(refused.value.problems) == 2


def test_a_refused_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"JWT_SECRET": "hunter2", "DATABASE_URL": "mysql://veza:hunter2@db/veza"})
    assert "hunter2" not in str(refused.value)


def test_what_a_process_needs_is_asked_for_by_name() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        read_settings({}, "DATABASE_URL")


def test_a_key_pair_stands_in_for_the_secret_and_is_whole(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("pem")
    half = {"JWT_PRIVATE_KEY_PATH": str(key)}
    with pytest.raises(SettingsError, match="together"):
        read_settings(half, "JWT_SECRET")
    whole = read_settings({**half, "JWT_PUBLIC_KEY_PATH": str(key)}, "JWT_SECRET")
    assert whole.jwt_public_key_path == key


@pytest.mark.parametrize(
    "environment",
    [
        {"JWT_SECRET": "a" * 40},
        {"JWT_SECRET": "change-me-change-me-change-me-1234"},
        {"DATABASE_URL": "postgresql://veza:password@db/veza"},
        {"REDIS_URL": "redis://:devpassword@redis:6379"},
        {"S3_SECRET_KEY": "minioadmin"},
        {"LIMITS": "off"},
        {"ALLOWED_ORIGINS": "*"},
    ],
)
def test_production_refuses_what_development_forgives(environment: dict[str, str]) -> None:
    read_settings({**environment, "APP_ENV": "development"})
    with pytest.raises(SettingsError, match=next(iter(environment))):
        read_settings({**environment, "APP_ENV": "production"})


def test_production_takes_random_secrets() -> None:
    password = "x7Qm2-Vt9KcR_4bZ"
    settings = read_settings(
        {
            "APP_ENV": "production",
            "JWT_SECRET": GOOD_SECRET,
            "DATABASE_URL": f"postgresql://veza:{password}@db/veza",
            "REDIS_URL": f"redis://:{password}@redis:6379",
        },
        "DATABASE_URL",
        "REDIS_URL",
        "JWT_SECRET",
    )
    assert settings.jwt_secret == GOOD_SECRET
    assert settings.log_format == "json"


def test_describe_shows_everything_but_secrets() -> None:
    shown = describe(read_settings({"JWT_SECRET": GOOD_SECRET}))
    assert shown["JWT_SECRET"] == "(set)"
    assert shown["PORT"] == "8080"
    assert set(shown) == {variable.name for variable in VARIABLES}


def test_the_documented_table_is_the_real_one() -> None:
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \|(.*)\|(.*)\|(.*)\|$", OPERATIONS.read_text(), re.M)
    documented = [(name, *(cell.strip() for cell in cells)) for name, *cells in rows]
    real = [
        (v.name, f"`{v.default}`" if v.default else "", v.check.expects, v.meaning)
        for v in VARIABLES
    ]
    assert documented == real
