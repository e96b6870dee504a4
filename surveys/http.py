"""Requests as the views behind the log-in see them."""

from django.http import HttpRequest

from surveys.models import User


class MonitorRequest(HttpRequest):
    """A request behind the log-in: the middleware has seen to it that there is a user."""

    user: User
