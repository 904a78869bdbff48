from pathlib import Path

import pytest

from tests.media.recordings import find_recordings


@pytest.fixture(scope="session")
def recordings() -> dict[str, Path]:
    """Real recordings by file name; the test fails, and says what to install, without them."""
    try:
        return find_recordings()
    except FileNotFoundError as missing:
        pytest.fail(str(missing))
