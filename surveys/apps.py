"""The app, and the administration that it brings along."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    name = "surveys"
    verbose_name = _("Collection")
    default_auto_field = "django.db.models.BigAutoField"


class MonitorAdminConfig(AdminConfig):
    default_site = "surveys.admin_site.MonitorAdminSite"
