"""`python -m tools.faults`: kills, cuts and restarts while people fill in, then two people at once; prints tables.

Takes about ten minutes; `--quick` about half a minute. Exit code 1 when anything was lost or overwritten. With
`--without-guard` each guard is taken out in turn, and the exit code is 1 when a loss that must then happen does not.
"""

import argparse
import os
import signal
import sys
import time
from typing import NoReturn

from tools.bench.__main__ import free_port
from tools.bench.project import prepared
from tools.servers import ServersError


def _stop_asked(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="10 cycles and 40 pairs")
    parser.add_argument("--without-guard", action="store_true", help="take each guard out: losses must appear")
    options = parser.parse_args()
    if sys.platform != "linux":
        print("Processes are found in /proc: this needs Linux.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)  # so that the servers are stopped and their folder removed
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    port = free_port()
    if options.without_guard:
        sizes = (2, 40) if options.quick else (5, 100)
    else:
        sizes = (10, 40) if options.quick else (options.cycles, options.pairs)
    try:
        with prepared(port) as running:
            from tools.faults import run  # noqa: PLC0415 - it imports models, and Django is set up only now

            what = run.unguarded if options.without_guard else run.guarded
            is_right = run.with_world(running, port, options.seed, what, *sizes)
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\nSeed {options.seed}, {time.monotonic() - started:.0f} seconds.")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
