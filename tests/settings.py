"""The real settings, with what makes tests fast and safe: nothing here leaves the test's own processes."""

import os
from typing import Any

# `make test` names private servers. The tools that only read settings (mypy, checks) need an address, not a server.
os.environ.setdefault("DATABASE_URL", "postgresql:///no-database-named")
os.environ.setdefault("REDIS_URL", "redis://no-broker-named.invalid:6379/0")
os.environ["SECRET_KEY"] = "only-for-tests"
os.environ["SITE_URL"] = "https://testserver"
os.environ["DEMO"] = os.environ["DEBUG"] = "0"

from monitor.settings import *  # noqa: F403
from monitor.settings import CELERY_BEAT_SCHEDULE, LOGGING, REDIS_URL, TEMPLATES
from tests.unresolved import FailWhenUnresolved

# A stray `.delay` in a request fails. The worker of the browser tests is a process that gets the real address.
CELERY_BROKER_URL = REDIS_URL if os.environ.get("TEST_WORKER") == "1" else "redis://broker.invalid:6379/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {name: entry | {"schedule": 1.0} for name, entry in CELERY_BEAT_SCHEDULE.items()}

# pytest itself catches and shows what is logged; only the worker's own process writes.
if os.environ.get("TEST_WORKER") != "1":
    LOGGING = LOGGING | {"handlers": {"out": {"class": "logging.NullHandler"}}}

AUTOSAVE_GATHER_MS = 100  # hundreds of tests wait until something is saved

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
NOTICE_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
_templates: dict[str, Any] = TEMPLATES[0]
TEMPLATES = [_templates | {"OPTIONS": _templates["OPTIONS"] | {"string_if_invalid": FailWhenUnresolved()}}]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # no scan of all files at the start of each process
# The test client and the live server speak plain http; tests/platform checks https with the real settings.
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
CSRF_TRUSTED_ORIGINS = ["http://testserver", "http://localhost"]
