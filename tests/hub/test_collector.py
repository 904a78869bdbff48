"""What the garbage collector is told, and that it still frees what goes in circles."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from hub import collector


@pytest.fixture
def collector_as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("collector_as_before")
def test_what_exists_is_left_alone_and_new_circles_are_freed() -> None:
    collector.settle()
    assert gc.get_freeze_count() > 10_000
    assert gc.isenabled()
    gone = weakref.ref(Circle())
    gc.collect()
    assert gone() is None
