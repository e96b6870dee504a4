"""What can be known about deploy/ without an engine to run it: it parses, and it fits the project."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()


def test_compose_runs_every_part():
    assert set(COMPOSE["services"]) == {"migrate", "web", "worker", "beat", "postgres", "valkey", "nginx"}
    for service in COMPOSE["services"].values():
        for needed in service.get("depends_on", []):
            assert needed in COMPOSE["services"]
        for network in service["networks"]:
            assert network in COMPOSE["networks"]


@pytest.mark.parametrize("service", ["migrate", "web", "worker", "beat"])
def test_our_processes_run_read_only_without_rights_and_without_internet_unless_they_mail(service):
    settings = COMPOSE["services"][service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert ("outside" in settings["networks"]) == (service == "worker")


def test_only_nginx_is_reachable_and_only_from_this_machine():
    assert [name for name, settings in COMPOSE["services"].items() if "ports" in settings] == ["nginx"]
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"]["nginx"]["ports"])


def test_a_worker_gets_the_time_its_longest_task_may_take(settings):
    minutes = re.fullmatch(r"(\d+)m", COMPOSE["services"]["worker"]["stop_grace_period"])
    assert minutes is not None
    assert int(minutes[1]) * 60 >= settings.CELERY_TASK_TIME_LIMIT


def test_compose_fills_in_only_what_env_example_explains():
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "deploy" / "compose.yaml").read_text()))
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used <= explained
    for service in COMPOSE["services"].values():
        if service.get("image") == "monitor":
            assert set(service.get("environment", {})) <= explained


def test_the_image_holds_what_it_copies_and_does_not_run_as_root():
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE):
        *sources, _target = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, f"{source} is kept out of the image's context"
    assert re.search(r"^USER monitor$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE


def test_our_cookies_and_no_others_reach_the_web_server():
    patterns = re.findall(r'^    "~(.+)" \$(?:session|csrf|messages);$', NGINX, re.MULTILINE)
    cookies = "_ga=café; __Host-session=een; x__Host-csrf=fout; __Host-csrf=twee;messages=drie"
    found = [re.search(pattern.replace("(?<", "(?P<"), cookies) for pattern in patterns]
    assert [match[1] for match in found if match] == ["__Host-session=een", "__Host-csrf=twee", "messages=drie"]
    assert 'proxy_set_header Cookie "$session_cookie; $csrf_cookie; $messages_cookie";' in NGINX
