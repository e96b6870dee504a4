"""Settings: safe when nothing is said, clear when something lacks, and as trust demands for background work."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.core.exceptions import ImproperlyConfigured

from monitor import environment
from tools.setup.deploy_check import SERVER, server_environment

ROOT = Path(__file__).resolve().parent.parent.parent


def load(names: str, **changes: str | None) -> dict[str, object]:
    """Load the real settings in a process of its own; a change to None takes that name away."""
    variables = server_environment() | {name: value for name, value in changes.items() if value is not None}
    for name in (name for name, value in changes.items() if value is None):
        variables.pop(name, None)
    script = (
        "import json; from django.conf import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {names.split()!r}}}, default=str))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ImproperlyConfigured(done.stderr.strip().splitlines()[-1])
    loaded: dict[str, object] = json.loads(done.stdout)
    return loaded


def test_a_server_is_safe_without_saying_so():
    loaded = load(
        "DEBUG DEMO STAFF_SECOND_FACTOR SESSION_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_NAME CSRF_COOKIE_SECURE "
        "SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS ALLOWED_HOSTS X_FRAME_OPTIONS MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"
    )
    assert loaded == {
        "DEBUG": False,
        "DEMO": False,
        "STAFF_SECOND_FACTOR": True,
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "ALLOWED_HOSTS": ["monitor.example.nl"],
        "X_FRAME_OPTIONS": "DENY",
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": False,
    }


def test_the_demo_asks_no_second_factor_and_runs_on_http():
    loaded = load(
        "STAFF_SECOND_FACTOR SESSION_COOKIE_NAME SECURE_SSL_REDIRECT", DEMO="1", SITE_URL="http://127.0.0.1:8000"
    )
    assert loaded == {"STAFF_SECOND_FACTOR": False, "SESSION_COOKIE_NAME": "session", "SECURE_SSL_REDIRECT": False}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"REDIS_URL": ""}, "REDIS_URL is not set"),
        ({"SITE_URL": "http://monitor.example.nl"}, "must start with https"),
        ({"SITE_URL": "monitor.example.nl"}, "must look like"),
        ({"DEBUG": "yes"}, "DEBUG must be 1, 0 or empty"),
        ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT must be a whole number"),
    ],
)
def test_a_missing_or_wrong_setting_is_named(changes, message):
    with pytest.raises(ImproperlyConfigured, match=message):
        load("DEBUG", **changes)


def test_without_a_database_manage_py_says_what_to_do_in_one_line(tmp_path):
    # In a copy: in the project's own folder a demo may be running.
    shutil.copy(ROOT / "manage.py", tmp_path)
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor")
    variables = {name: value for name, value in server_environment().items() if name not in SERVER}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL is not set. Start `make demo`")
    assert len(done.stderr.splitlines()) == 1


def test_a_running_demo_stands_in_only_when_no_database_is_named(tmp_path):
    sockets = tmp_path / "sockets"
    sockets.mkdir()
    demo_file = tmp_path / "environment"
    demo_file.write_text(f"DATABASE_URL=postgresql://monitor@/monitor?host={sockets}\nDEMO=1\nSITE_URL=http://x\n")

    killed: dict[str, str] = {}
    environment.load_demo(killed, demo_file)
    assert killed == {}, "a demo that was killed left its file; its socket is gone"

    (sockets / ".s.PGSQL.5432").touch()
    empty: dict[str, str] = {"SITE_URL": "http://mine"}
    environment.load_demo(empty, demo_file)
    assert empty["DEMO"] == "1"
    assert empty["SITE_URL"] == "http://mine"

    named = {"DATABASE_URL": "postgresql://server/monitor"}
    environment.load_demo(named, demo_file)
    assert named == {"DATABASE_URL": "postgresql://server/monitor"}


def test_a_database_address_keeps_what_libpq_should_know():
    found = environment.database("postgresql://me:pw@db.nl:6432/monitor?sslmode=require", {"lock_timeout": "5s"})
    assert (found["HOST"], found["PORT"], found["NAME"], found["USER"], found["PASSWORD"]) == (
        "db.nl", "6432", "monitor", "me", "pw",
    )  # fmt: skip
    options = found["OPTIONS"]
    assert isinstance(options, dict)
    assert (options["sslmode"], options["options"]) == ("require", "-c lock_timeout=5s")


def names_read() -> set[str]:
    """Every name that monitor.settings asks the environment for."""
    tree = ast.parse((ROOT / "monitor" / "settings.py").read_text())
    readers = {"required", "text", "integer", "flag", "words"}
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in readers
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_env_example_explains_exactly_the_settings_that_are_read():
    lines = (ROOT / ".env.example").read_text().splitlines()
    explained = {match[1]: number for number, line in enumerate(lines) if (match := re.match(r"#? ?([A-Z_]+)=", line))}
    for_compose = {"POSTGRES_PASSWORD", "HTTP_PORT"}
    assert set(explained) - for_compose == names_read()
    for name, number in explained.items():
        assert lines[number - 1].startswith("#"), f"{name} has no explanation above it"


def test_check_deploy_has_nothing_to_say():
    done = subprocess.run(
        [sys.executable, "-m", "tools.setup.deploy_check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# --- Background work: each setting of the list in trust has its test ---------------------------------------------


def test_a_task_is_acknowledged_after_it_is_done():
    assert settings.CELERY_TASK_ACKS_LATE is True


def test_a_worker_holds_no_tasks_it_is_not_doing():
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1


def test_tasks_have_a_soft_limit_below_the_hard_limit_below_redelivery():
    redelivery = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert 0 < settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < redelivery


@pytest.mark.parametrize("name", ["socket_timeout", "socket_connect_timeout"])
def test_a_frozen_redis_is_noticed_in_seconds(name):
    assert 2 <= settings.CELERY_BROKER_TRANSPORT_OPTIONS[name] <= 5


def test_unacknowledged_tasks_are_looked_for_each_time():
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["unacked_restore_throttle"] == 1


def test_no_results_are_kept():
    assert settings.CELERY_TASK_IGNORE_RESULT is True
    assert not hasattr(settings, "CELERY_RESULT_BACKEND")


def test_only_json_travels():
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_SERIALIZER == settings.CELERY_RESULT_SERIALIZER == "json"


def test_celery_takes_these_settings_over():
    from monitor.celery import app  # noqa: PLC0415 - the app as its own process would see it

    assert app.conf.task_acks_late is True
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.broker_transport_options["visibility_timeout"] == 900
    assert app.conf.result_backend is None


def test_every_scheduled_task_exists_and_reminders_do_not_pile_up():
    from monitor.celery import app  # noqa: PLC0415

    app.autodiscover_tasks(force=True)
    schedule = load("CELERY_BEAT_SCHEDULE")["CELERY_BEAT_SCHEDULE"]
    assert isinstance(schedule, dict)
    assert {entry["task"]: entry["schedule"] for entry in schedule.values()} == {
        "reports.tasks.aggregate_due": 5.0,
        "surveys.tasks.send_due_notices": 10.0,
        "surveys.tasks.close_due_waves": 15.0,
        "surveys.tasks.clear_sessions": 3600.0,
    }
    for entry in schedule.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] <= entry["schedule"]


def test_requests_have_no_redis_to_talk_to():
    assert "redis" not in json.dumps(settings.CACHES).lower()
    assert issubclass(import_module(settings.SESSION_ENGINE).SessionStore, DatabaseSessions)
    assert os.environ["REDIS_URL"] not in str(settings.CELERY_BROKER_URL)


def test_both_requirement_files_pin_the_same_versions():
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)(?:\[.*?\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert len(runtime) > 20
    assert runtime.items() <= development.items()
