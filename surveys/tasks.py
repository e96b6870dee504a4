"""Background work of the collection side. Tasks hold no rules and may run twice without harm."""

from celery import shared_task

from surveys.services import notices, waves
from surveys.sessions import SessionStore


@shared_task
def close_due_waves() -> None:
    """Close waves at their announced moment. Twice is once: closing claims the wave by its state."""
    waves.waves_close_due()


@shared_task
def send_due_notices() -> None:
    """Send the mail that is owed. Twice is once: each mail is claimed by one worker."""
    while (notice := notices.notice_claim()) is not None:
        notices.notice_send(notice=notice)


@shared_task
def clear_sessions() -> None:
    """Remove sessions that have expired."""
    SessionStore.clear_expired()
