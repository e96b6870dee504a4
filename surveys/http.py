"""Requests as the views behind the log-in see them, and the second factor that some of them ask for."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from surveys.models import User

P = ParamSpec("P")

# For what changes rights, exports or publishes: who did not log in just now shows once more that it is them. What was
# sent is kept meanwhile and carried out afterwards.
proved_again = reauthentication_required(allow_get=True)


class MonitorRequest(HttpRequest):
    """A request behind the log-in: the middleware has seen to it that there is a user."""

    user: User


def lacks_second_factor(user: User) -> bool:
    """Whether the user must set up a second step before seeing more than their own library."""
    return settings.STAFF_SECOND_FACTOR and not is_mfa_enabled(user)


def second_factor_required(
    view: Callable[Concatenate[MonitorRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """For pages of advisers: without a second step they are sent to set one up."""

    @wraps(view)
    def guarded(request: MonitorRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if lacks_second_factor(request.user):
            messages.warning(request, _("Set up two-step sign-in first; then you can see the libraries' answers."))
            return redirect("mfa_index")
        return view(request, *args, **kwargs)

    return guarded
