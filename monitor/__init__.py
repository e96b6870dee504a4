"""The project around the apps: settings, addresses, processes. No domain code; the apps are named as strings only."""

from monitor.celery import app as celery_app

__all__ = ["celery_app"]
