"""The Celery app. Its settings are the CELERY_ ones in monitor.settings, its tasks those of the installed apps."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")

app = Celery("monitor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _leave_logging_to_django(**_: object) -> None:
    """Celery configures no logging when somebody listens to this signal; Django has done it already."""
