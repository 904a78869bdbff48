"""All children: started stage by stage, kept alive, ended in reverse."""

import asyncio
import logging
from types import TracebackType
from typing import Self

from hub.supervisor.child import Child, Part
from hub.supervisor.run_file import ProcessEntry, RunFile

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY_S = 60.0


class Supervisor:
    """Owns the children. Leaving the block ends them: the last stage first, a stage at once."""

    def __init__(self, run_file: RunFile) -> None:
        self._run_file = run_file
        self._stages: list[list[Child]] = []
        self._keepers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._keepers.add(asyncio.create_task(self._housekeeping(), name="housekeeping"))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for stage in reversed(self._stages):
            await asyncio.gather(*(child.stop() for child in stage))
        self._run_file.remove()

    async def start(self, *parts: Part) -> None:
        """Start these at once and return when every one answers; from then on they are kept.

        Raises:
            ExceptionGroup: of PartFailed, one for each that did not come to answer.
        """
        stage = [Child(part, self._changed) for part in parts]
        self._stages.append(stage)
        async with asyncio.TaskGroup() as starting:
            for child in stage:
                starting.create_task(child.start())
        for child in stage:
            self._keepers.add(asyncio.create_task(child.keep(), name=child.part.name))

    def _changed(self, part: Part, pid: int | None) -> None:
        if pid is None:
            self._run_file.drop(part.name)
        else:
            self._run_file.put(part.name, ProcessEntry(part.role, pid, part.port, part.url))

    async def _housekeeping(self) -> None:
        while True:
            await asyncio.sleep(HOUSEKEEPING_EVERY_S)
            for child in (child for stage in self._stages for child in stage):
                await asyncio.to_thread(child.bound_log)
