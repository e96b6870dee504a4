"""The security trail: who did what, when and from where, on the logger `security`. Ids only, no names or mail."""

import structlog
from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.contrib.auth import signals as auth_signals
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

security_log = structlog.get_logger("security")


def client_address(request: HttpRequest | None) -> str | None:
    """Return the caller's address as allauth's rate limits see it: from our own proxy only, when there is one."""
    if request is None:
        return None
    from allauth.account.adapter import get_adapter  # noqa: PLC0415 - needs the settings of the account app

    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return None  # a request that came around the proxy; the trail must not fail on it


def _user_id(user: object) -> object:
    return getattr(user, "pk", None)


@receiver(auth_signals.user_logged_in)
def _logged_in(request: HttpRequest, user: object, **_: object) -> None:
    security_log.info("logged-in", user=_user_id(user), address=client_address(request))


@receiver(auth_signals.user_logged_out)
def _logged_out(request: HttpRequest, user: object, **_: object) -> None:
    security_log.info("logged-out", user=_user_id(user), address=client_address(request))


@receiver(auth_signals.user_login_failed)
def _login_failed(credentials: dict[str, object], request: HttpRequest | None = None, **_: object) -> None:
    # Only a fingerprint: enough to see that one account is being tried, without writing down whose.
    tried = str(credentials.get("email") or credentials.get("username") or "").lower()
    security_log.warning(
        "login-failed",
        account=salted_hmac("monitor.login-failed", tried).hexdigest()[:12],
        address=client_address(request),
    )


@receiver(account_signals.password_changed)
@receiver(account_signals.password_set)
@receiver(account_signals.password_reset)
def _password_changed(request: HttpRequest, user: object, **_: object) -> None:
    security_log.info("password-changed", user=_user_id(user), address=client_address(request))


@receiver(mfa_signals.authenticator_added)
def _factor_added(request: HttpRequest, user: object, authenticator: object, **_: object) -> None:
    _factor_changed("factor-added", request, user, authenticator)


@receiver(mfa_signals.authenticator_removed)
def _factor_removed(request: HttpRequest, user: object, authenticator: object, **_: object) -> None:
    _factor_changed("factor-removed", request, user, authenticator)


@receiver(mfa_signals.authenticator_reset)
def _factor_reset(request: HttpRequest, user: object, authenticator: object, **_: object) -> None:
    _factor_changed("factor-reset", request, user, authenticator)


def _factor_changed(event: str, request: HttpRequest, user: object, authenticator: object) -> None:
    security_log.info(
        event,
        user=_user_id(user),
        factor=getattr(authenticator, "type", None),
        address=client_address(request),
    )
