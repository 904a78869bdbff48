"""Secrets: made once, kept closed, never made anew under a database that needs the old ones."""

import stat
from pathlib import Path

import pytest

from hub.up.secrets import SecretsLost, load_secrets


def test_secrets_are_made_once_and_are_all_different(tmp_path: Path) -> None:
    made = load_secrets(tmp_path)
    assert load_secrets(tmp_path) == made
    values = {made.postgres_password, made.redis_password, made.jwt_secret}
    assert len(values) == 3
    assert min(len(value) for value in values) >= 43
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_database_without_its_password_is_not_papered_over(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(SecretsLost, match=r"secrets\.json is missing"):
        load_secrets(tmp_path)
    assert not (tmp_path / "secrets.json").exists()


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"jwt_secret": 1}')
    with pytest.raises(SecretsLost, match=r"secrets\.json is not readable"):
        load_secrets(tmp_path)
