"""Reads settings from the environment. While `make demo` runs, its file stands in for the environment.

Every name read here is explained in .env.example; a test keeps the two lists equal.
"""

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
DEMO_FILE = BASE_DIR / ".demo" / "environment"


def load_demo(environment: dict[str, str], demo_file: Path = DEMO_FILE) -> None:
    """Add the running demo's settings, unless a database has been named: then nothing of the demo counts."""
    if "DATABASE_URL" in environment or not demo_file.exists():
        return
    found = dict(line.split("=", 1) for line in demo_file.read_text().splitlines() if line)
    # A demo that was killed can't remove its file; its socket went with it.
    if (Path(parse_qs(urlsplit(found["DATABASE_URL"]).query)["host"][0]) / ".s.PGSQL.5432").exists():
        for name, value in found.items():
            environment.setdefault(name, value)


def required(name: str, hint: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")
    return value


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def integer(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def flag(name: str) -> bool:
    value = os.environ.get(name, "")
    if value not in {"", "0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 1, 0 or empty, not {value!r}.")
    return value == "1"


def words(name: str) -> list[str]:
    """Read a list separated by commas."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def database(url: str, options: dict[str, str]) -> dict[str, object]:
    """Turn a PostgreSQL address into Django's settings; the rest of the address goes on to libpq."""
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {
            **parts,
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            # PostgreSQL plans a statement once per connection instead of each time: half its work on a save.
            # A pooler that hands connections out per transaction would have to know prepared statements.
            "server_side_binding": True,
            "prepare_threshold": 3,
        },
    }
