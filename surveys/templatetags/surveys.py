"""What the templates of the collection side need beside plain variables."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from surveys import access
from surveys.models import FrameEntry, Response

register = template.Library()


@register.filter
def fills_in(entry: FrameEntry) -> bool:
    """Whether the library can still fill in."""
    return access.is_open_for(entry)


@register.filter
def deadline(entry: FrameEntry) -> datetime | None:
    """Until when this library can submit: the wave's moment, or its own extension."""
    moments = [moment for moment in (entry.wave.closes_at, entry.extended_until) if moment is not None]
    return max(moments, default=None)


@register.simple_tag
def response_state(entry: FrameEntry, response: Response | None) -> SafeString:
    """The state of a library's response as a badge."""
    if response is not None and response.is_submitted:
        kind, label = "done", _("Submitted")
    elif not access.is_open_for(entry):
        kind, label = "late", _("Not submitted")
    elif response is None:
        kind, label = "none", _("Not started")
    else:
        kind, label = "busy", _("In progress")
    return format_html('<span class="badge-status status-{}">{}</span>', kind, label)
