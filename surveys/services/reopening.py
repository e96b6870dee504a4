"""Reopening a questionnaire that was submitted: the library asks, KB staff decide.

Nothing is kept but events: whether a library waits for an answer follows from the last that matters (`last_words`).
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from surveys.access import is_open_for
from surveys.errors import DomainError, NotAllowed, WaveNotOpen
from surveys.models import FrameEntry, Membership, Response, ResponseEvent, User, Wave
from surveys.prepared import Prepared
from surveys.services.notices import notice_write, site_link

Kind = ResponseEvent.Kind

REASON_LENGTH = 1000


# --- Reading --------------------------------------------------------------------------------------------------------


def last_words() -> QuerySet[ResponseEvent]:
    """Of each response the last event about submitting and reopening. A request waits as long as that is one."""
    matters = ResponseEvent.objects.filter(
        kind__in=(Kind.SUBMITTED, Kind.REOPEN_ASKED, Kind.REOPEN_REFUSED, Kind.REOPENED)
    )
    return matters.filter(~Exists(matters.filter(response=OuterRef("response"), pk__gt=OuterRef("pk"))))


def requests_waiting(wave: Wave) -> list[ResponseEvent]:
    """The requests of this wave that staff have yet to decide on, the oldest first; one query, library preloaded."""
    waiting = last_words().filter(wave=wave, kind=Kind.REOPEN_ASKED)
    return list(waiting.select_related("by", "response__entry__library").order_by("pk"))


def request_waiting(response: Response) -> ResponseEvent | None:
    """The request of this library that staff have yet to decide on; one query."""
    return last_words().filter(response=response, kind=Kind.REOPEN_ASKED).select_related("by").first()


def request_of(response: Response) -> ResponseEvent | None:
    """What became of asking: the request that waits, or the refusal that nothing came after; one query."""
    return next(iter(_find_asked(response.pk)), None)


_find_asked = Prepared(
    lambda response_id: (
        last_words()
        .filter(response=response_id, kind__in=(Kind.REOPEN_ASKED, Kind.REOPEN_REFUSED))
        .select_related("by")
        .order_by()
    )
)


# --- The library asks -----------------------------------------------------------------------------------------------


@transaction.atomic
def response_reopen_ask(*, entry: FrameEntry, reason: str, by: User) -> ResponseEvent:
    """Ask KB staff to reopen what was submitted, and owe them the mail that says so. Asking twice is asking once.

    Raises DomainError unless it was submitted, and WaveNotOpen when the library could not fill in anyway.
    """
    locked = _lock(Response.objects.filter(entry=entry))
    if locked is None or not locked.is_submitted:
        raise DomainError(_("This questionnaire has not been submitted, so you can simply change the answers."))
    if not is_open_for(locked.entry):
        raise WaveNotOpen(_("This wave is closed: answers can be read, but no longer changed."))
    waiting = request_waiting(locked)
    if waiting is not None:
        return waiting
    asked = _event(Kind.REOPEN_ASKED, locked, by, reason)
    for member in User.objects.filter(is_staff=True, is_active=True):
        notice_write(
            recipient=member.email,
            subject=_("%(library)s asks to reopen %(wave)s")
            % {"library": locked.entry.library.name, "wave": locked.entry.wave},
            template="emails/reopen_asked.txt",
            context={
                "entry": locked.entry,
                "by": by,
                "reason": reason,
                "url": site_link("admin:surveys_wave_board", locked.entry.wave_id),
            },
        )
    return asked


# --- Staff decide ---------------------------------------------------------------------------------------------------


@transaction.atomic
def response_reopen(*, response: Response, by: User, reason: str) -> None:
    """Let a library change what it submitted. The submission stays, and counts until the next one.

    Who asked for it gets a mail. Raises NotAllowed unless `by` is staff.
    """
    _refuse_unless_staff(by)
    locked = _lock(Response.objects.filter(pk=response.pk))
    if locked is None or not locked.is_submitted:
        return
    request = request_waiting(locked)
    locked.state = Response.State.IN_PROGRESS
    locked.save(update_fields=("state", "changed_at"))
    _event(Kind.REOPENED, locked, by, reason)
    if request is not None:
        _answer(
            request,
            locked.entry,
            _("Reopened: %(wave)s") % {"wave": locked.entry.wave},
            "emails/reopen_granted.txt",
            reason=reason,
            url=site_link("surveys:response-overview", locked.entry_id),
        )


@transaction.atomic
def response_reopen_refuse(*, response: Response, by: User, reason: str) -> None:
    """Leave submitted what was submitted, and mail who asked the reason.

    Raises NotAllowed unless `by` is staff, DomainError when nobody waits for an answer (any more).
    """
    _refuse_unless_staff(by)
    locked = _lock(Response.objects.filter(pk=response.pk))
    request = request_waiting(locked) if locked else None
    if locked is None or request is None:
        raise DomainError(_("No request of this library is waiting: somebody has decided already, or nobody asked."))
    _event(Kind.REOPEN_REFUSED, locked, by, reason)
    _answer(
        request,
        locked.entry,
        _("Not reopened: %(wave)s") % {"wave": locked.entry.wave},
        "emails/reopen_refused.txt",
        reason=reason,
        url=site_link("surveys:response-receipt", locked.entry_id),
    )


def _refuse_unless_staff(by: User) -> None:
    if not by.is_staff:
        raise NotAllowed(_("Only KB staff can reopen a questionnaire."))


def _lock(responses: QuerySet[Response]) -> Response | None:
    """One decision at a time. Nobody submits or asks meanwhile."""
    return responses.select_for_update(of=("self",)).select_related("entry__wave__survey", "entry__library").first()


def _event(kind: Kind, response: Response, by: User, note: str) -> ResponseEvent:
    return ResponseEvent.objects.create(kind=kind, wave_id=response.entry.wave_id, response=response, by=by, note=note)


def _answer(request: ResponseEvent, entry: FrameEntry, subject: str, template: str, **context: object) -> None:
    """Owe who asked the mail with the decision, unless they have lost access to the library since."""
    members = Membership.objects.filter(library=entry.library_id, user=request.by_id, user__is_active=True)
    asker = request.by
    if asker is not None and members.exists():
        notice_write(recipient=asker.email, subject=subject, template=template, context={"entry": entry, **context})
