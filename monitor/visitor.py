"""Who is asking, as far as a request has told already."""

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest


def session_user_id(request: HttpRequest) -> str | None:
    """Return the id of who is logged in when this request has already asked for it; never reads the session itself."""
    session = getattr(request, "session", None)
    if session is None or not session.accessed:
        return None
    user_id = session.get(SESSION_KEY)
    return None if user_id is None else str(user_id)
