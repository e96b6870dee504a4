"""What we decide differently from django-allauth: staff give accounts, guessing never locks an owner out, and links in
mails lead to the configured address."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

# Texts of django-allauth that our catalogue translates as well, because its own Dutch says "je". Naming them here keeps
# them in the catalogue, which goes before that of the library.
ALLAUTH_TEXTS = (
    _("You must type the same password each time."),
    _("You cannot deactivate two-factor authentication."),
    _("You cannot generate recovery codes without having two-factor authentication enabled."),
)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The email address and/or password you specified are not correct."),
        "enter_current_password": _("Please type your current password."),
        "rate_limited": _("Be patient, you are sending too many requests."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link for a mail, at the configured address: never at the host that a request names."""
        return f"{settings.SITE_URL}{urlsplit(super().get_reset_password_from_key_url(key)).path}"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed log-ins are counted per account and network: a stranger's guesses do not stop the owner elsewhere."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{network(self.get_client_ip(request))}"


def network(address: str) -> str:
    """The network of an address: what one guesser easily has many addresses of (IPv4 /24, IPv6 /48)."""
    bits = 24 if ipaddress.ip_address(address).version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))
