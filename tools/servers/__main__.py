"""PostgreSQL and Valkey for one command.

python -m tools.servers -- COMMAND …      runs COMMAND with private, empty servers, and stops them whatever happens
"""

import argparse
import os
import signal
import subprocess
import sys
from types import FrameType

from tools.servers import ServersError, die_with_parent, private_servers


def _run(command: list[str]) -> int:
    """Run the command with private servers; return its exit code, 128 + n when signal n ended it."""
    child: subprocess.Popen[bytes] | None = None
    asked_to_stop: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        asked_to_stop.append(number)
        # The terminal sends Ctrl-C to the child as well; everything else reaches only us.
        if child is not None and number != signal.SIGINT:
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    with private_servers() as servers:
        if asked_to_stop:
            return 128 + asked_to_stop[0]
        environment = {
            **os.environ,
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
        }
        child = subprocess.Popen(command, env=environment, preexec_fn=die_with_parent(signal.SIGTERM))
        code = child.wait()
    return code if code >= 0 else 128 - code


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.servers", description=__doc__)
    parser.add_argument("command", nargs="+", help="the command to run, after --")
    try:
        return _run(parser.parse_args().command)
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
