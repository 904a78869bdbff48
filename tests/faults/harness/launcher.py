"""`python -m tests.faults.harness.launcher MUTANT serve --port N`: a node, broken or not.

A mutant changes the product in this process alone, before it starts: nothing in the product knows.
"""

import importlib
import sys


def main() -> None:
    """Applies the mutant and becomes `veza`."""
    mutant = sys.argv.pop(1)
    if mutant != "none":
        mutants = importlib.import_module("tests.faults.harness.mutants")
        mutants.apply(mutant)
    from hub.__main__ import main as veza

    veza()


if __name__ == "__main__":
    main()
