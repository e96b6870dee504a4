"""Run Django's `check --deploy` on the settings a server would have; any warning is an error."""

import os
import secrets
import subprocess
import sys

# A server's environment, as in .env.example, with addresses that are never called.
SERVER = {
    "DATABASE_URL": "postgresql://monitor:secret@postgres.invalid/monitor",
    "REDIS_URL": "redis://valkey.invalid:6379/0",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "SITE_URL": "https://monitor.example.nl",
    "TRUSTED_PROXY_COUNT": "1",
    "DJANGO_SETTINGS_MODULE": "monitor.settings",
}


def server_environment() -> dict[str, str]:
    """Return the environment of a server, with nothing of this shell's that could change it."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | SERVER


def main() -> int:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=server_environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
