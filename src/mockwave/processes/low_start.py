"""Runs a module as `python -m` does, in a process that gives way to the workers from its first moment on.

To start, and to load the module, takes a fifth of a second; where a hostile document ends the process, that is most of
what it does.

    python -m mockwave.processes.low_start MODULE ARGUMENT…
"""

import runpy
import sys

from mockwave.processes.scheduling import give_way


def main() -> None:
    give_way()
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
