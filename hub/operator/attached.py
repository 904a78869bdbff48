"""Which hub a command works on: that of the environment, or a running `veza up`."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from hub.settings import Settings, SettingsError, read_settings


def attach(environment: Mapping[str, str], data: Path | None = None) -> Settings:
    """Settings to reach a hub: by DATABASE_URL and REDIS_URL, else by run.json of the data folder.

    Args:
        environment: usually `os.environ`.
        data: folder of the `veza up` to work on; wins over the environment.

    Raises:
        SettingsError: there is no hub to reach, and how to name one.
    """
    if data is None and environment.get("DATABASE_URL"):
        return read_settings(environment, "DATABASE_URL", "REDIS_URL")
    here = read_settings({**environment, **({} if data is None else {"DATA": str(data)})})
    try:
        run = orjson.loads((here.data / "run.json").read_bytes())
    except FileNotFoundError as exc:
        raise SettingsError(
            [
                f"no `veza up` runs on {here.data}: start it, name its folder with --data, or set"
                " DATABASE_URL and REDIS_URL"
            ]
        ) from exc
    elsewhere = ("S3_", "AWS_")
    kept = {name: text for name, text in environment.items() if not name.startswith(elsewhere)}
    return read_settings(
        kept
        | {
            "DATA": str(here.data),
            "DATABASE_URL": run["database_url"],
            "REDIS_URL": run["redis_url"],
            "OBJECTS_DIR": str(here.objects_dir or here.data / "objects"),
        }
    )
