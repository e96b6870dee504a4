"""Listens to what the security trail must hold; the project itself has no models."""

from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "monitor"

    def ready(self) -> None:
        from monitor import security_events  # noqa: F401 PLC0415 - connects its receivers, needs the models loaded
