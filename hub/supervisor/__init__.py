"""What stands behind `veza up`: child processes that are started in order, kept alive and ended.

It knows processes, not the hub: hub/up/up.py says which ones there are.
"""

from hub.supervisor.child import Answers, Part, PartFailed
from hub.supervisor.hold import DataHeld, hold
from hub.supervisor.leftovers import end_leftovers
from hub.supervisor.run_file import RunFile
from hub.supervisor.tree import Supervisor

__all__ = [
    "Answers",
    "DataHeld",
    "Part",
    "PartFailed",
    "RunFile",
    "Supervisor",
    "end_leftovers",
    "hold",
]
