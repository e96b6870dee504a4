"""Sessions in PostgreSQL that come with their user, in one query: every request behind the log-in asks it first."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, middleware
from django.contrib.sessions.backends import db
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from surveys.models import Session, User
from surveys.prepared import Prepared

_find_session = Prepared(lambda key: Session.objects.filter(session_key=key).select_related("user"))


class SessionStore(db.SessionStore):
    user: User | None = None  # as it is in the database at this request; None before the session is read

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        session.user_id = data.get(SESSION_KEY)
        return session

    def load(self) -> dict[str, Any]:
        now = timezone.now()
        for session in _first_of_request(str(self.session_key)):
            if session.expire_date > now:
                self.user = session.user
                return self.decode(session.session_data)
        self._session_key = None
        return {}


def _first_of_request(key: str) -> list[Session]:
    """The session, by a query that also finds out whether the connection still lives: no other asks that first."""
    if connection.in_atomic_block:
        return _find_session(key)
    connection.health_check_done = True  # type: ignore[attr-defined]  # what Django notes when it has asked
    try:
        return _find_session(key)
    except OperationalError:
        connection.close()
        return _find_session(key)


class AuthenticationMiddleware(middleware.AuthenticationMiddleware):
    """Django's, which takes the user that came with the session when all that Django looks at is right."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]  # as Django's


def _user_of(request: HttpRequest) -> Any:
    if not hasattr(request, "_cached_user"):
        user = _signed_in(cast(SessionStore, request.session))
        if user is not None:
            request._cached_user = user  # type: ignore[attr-defined]  # where Django's keeps it
    return middleware.get_user(request)


def _signed_in(session: SessionStore) -> User | None:
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user, user_id, password_hash = session.user, session.get(SESSION_KEY), session.get(HASH_SESSION_KEY, "")
    if user is None or not user.is_active or user_id != str(user.pk):
        return None
    return user if constant_time_compare(password_hash, user.get_session_auth_hash()) else None
