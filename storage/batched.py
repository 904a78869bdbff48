"""Questions answered together: whoever asks while an answer is under way is in the next batch.

For what thousands do at once and no task should be spent on, such as coming in. Alone, a question
waits for nobody; in a storm a batch waits a moment for company, as a query costs what many do.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from rooms.errors import HubError, Unavailable

log = logging.getLogger(__name__)

Q = TypeVar("Q")
A = TypeVar("A")

MAX_BATCH = 256
GATHER_S = 0.005
"""Several asked while an answer was under way: as many more will in this time as make it pay. In a
storm of connects a query answered 2.3 of them, and each cost 260 us; now 10 and more, and 210."""
MAX_WAITING = 20_000
"""Questions that may wait; beyond, they are refused (`Unavailable`)."""

Answer = Callable[[Sequence[Q]], Awaitable[Sequence[A | HubError]]]
"""One answer or refusal for each question, in their order."""
Settle = Callable[[A | HubError], None]
"""Takes an answer when it is there; must not fail."""


class Batched(Generic[Q, A]):
    """A queue of questions. Its owner runs `run` for as long as anybody may ask."""

    def __init__(self, answer: Answer[Q, A]) -> None:
        self._answer = answer
        self._waiting: deque[tuple[Q, Settle[A]]] = deque()
        self._arrived = asyncio.Event()

    def ask(self, question: Q, settle: Settle[A]) -> None:
        """`settle` gets the answer, made from what is true after this call, or why there is none.

        Raises:
            Unavailable: too many are waiting.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("Too many are waiting here.", retry_after_ms=1_000)
        self._waiting.append((question, settle))
        self._arrived.set()

    async def run(self) -> None:
        """Answers for ever; one batch at a time."""
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            await self._arrived.wait()
            await asyncio.sleep(0)  # what else this turn of the loop brings is asked with it
            self._arrived.clear()
            while self._waiting:
                count = min(MAX_BATCH, len(self._waiting))
                await self._settle([self._waiting.popleft() for _ in range(count)])
                if 1 < len(self._waiting) < MAX_BATCH:
                    await asyncio.sleep(GATHER_S)

    async def _settle(self, asked: Sequence[tuple[Q, Settle[A]]]) -> None:
        answers: Sequence[A | HubError]
        try:
            answers = await self._answer([question for question, _ in asked])
        except HubError as error:
            answers = [error] * len(asked)
        except Exception:  # the loop that must live
            log.exception("batched.failed")
            failure = HubError("Something went wrong on our side. It has been logged.")
            answers = [failure] * len(asked)
        for (_, settle), answer in zip(asked, answers, strict=True):
            try:
                settle(answer)
            except Exception:  # one caller's fault costs the others nothing
                log.exception("batched.settle_failed")
