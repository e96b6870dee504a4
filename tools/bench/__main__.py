"""`make bench`: measures and prints a table. Nothing else should be busy on the machine.

Takes two to four minutes; `--quick` only shows that it works, its figures say nothing. `--only` measures one part.
"""

import argparse
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from tools.bench import table
from tools.bench.project import HOST, prepared
from tools.bench.table import Row
from tools.servers import ServersError

PARTS = ("saving", "publishing", "counting", "filling", "paper")


def measurements(port: int, *, quick: bool) -> dict[str, Callable[[], list[Row]]]:
    """What each part measures, by its name."""
    # Not before Django is set up: they import models.
    from tools.bench import counting, filling, paper, publishing, saving  # noqa: PLC0415

    rounds = {"rounds": 2, "per_round": 2} if quick else {"rounds": 15, "per_round": 20}
    sizes, distinct = ((20, 40), 5) if quick else ((2_000, 10_000, 20_000), 300)
    people = {"respondents": 3, "at_a_time": 2} if quick else {"respondents": 80, "at_a_time": 8}
    return {
        "saving": lambda: saving.measure(**rounds),
        "publishing": lambda: publishing.measure(**rounds),
        "counting": lambda: counting.measure(sizes=sizes, distinct=distinct),
        "filling": lambda: filling.measure(port=port, **people),
        "paper": lambda: paper.measure(schools=20 if quick else 500, rounds=1 if quick else 5),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _stop_asked(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, only to see that it works")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part (may be repeated)")
    options = parser.parse_args()
    if sys.platform != "linux":
        print("CPU and memory are read from /proc: this needs Linux.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)  # so that the servers are stopped and their folder removed
    started = time.monotonic()
    port = free_port()
    rows: list[Row] = []
    try:
        with prepared(port):
            for name, measure in measurements(port, quick=options.quick).items():
                if name in (options.only or PARTS):
                    print(f"[{time.monotonic() - started:5.1f} s] {name} …", file=sys.stderr, flush=True)
                    rows += measure()
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(table.text(rows))
    print(f"\nMeasured in {time.monotonic() - started:.0f} seconds, floor and ours in turns; ratio: median (min-max).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
