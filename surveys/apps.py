"""The app, and the administration that it brings along."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils import translation as django_translation
from django.utils.translation import gettext_lazy as _

from surveys import translation


class SurveysConfig(AppConfig):
    name = "surveys"
    verbose_name = _("Collection")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """From here on the modules that know no Django speak the language of the request or command."""
        translation.use(django_translation)


class MonitorAdminConfig(AdminConfig):
    default_site = "surveys.admin_site.MonitorAdminSite"
