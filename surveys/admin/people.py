"""People and what they belong to. Staff makes the accounts; people choose their password, through a mailed link."""

from typing import Any

import structlog
from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.admin.base import Confirmation, StaffAdmin, confirm, staff_member
from surveys.errors import DomainError
from surveys.http import proved_again
from surveys.models import Membership, SupportMembership, User

security_log = structlog.get_logger("security")


class UserForm(forms.ModelForm):
    """An account without its password: nobody but its owner sets that."""

    class Meta:
        model = User
        fields = ("email", "name", "is_staff", "is_active")

    # Set by the page: who is looking at the form.
    editor: User

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is an account with this address already."))
        return email

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk == self.editor.pk:
            for right in ("is_staff", "is_active"):
                if not cleaned.get(right):
                    self.add_error(right, _("You cannot take this away from yourself. Ask a colleague."))
        return cleaned


class NewUserForm(UserForm):
    invite = forms.BooleanField(
        label=gettext_lazy("send an invitation"),
        initial=True,
        required=False,
        help_text=gettext_lazy("A mail with a link to choose a password. The link works for a few hours."),
    )


class StaffInline(admin.StackedInline):
    """Rows of a person's page: who may open that page, may change them."""

    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


class MembershipInline(StaffInline):
    model = Membership
    fields = (("library", "role"),)


class SupportMembershipInline(StaffInline):
    model = SupportMembership


@admin.register(User)
class UserAdmin(StaffAdmin):
    may_add = True
    may_change = True
    list_display = ("email", "name", "belongs_to", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name", "memberships__library__name", "support_memberships__organisation__name")
    search_help_text = gettext_lazy("Search by address, name, library or support organisation")
    ordering = ("email",)
    list_per_page = 50
    inlines = (MembershipInline, SupportMembershipInline)
    form = UserForm
    change_form_template = "admin/surveys/user/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return (
            super().get_queryset(request).prefetch_related("memberships__library", "support_memberships__organisation")
        )

    @admin.display(description=gettext_lazy("belongs to"))
    def belongs_to(self, user: User) -> str:
        names = [membership.library.name for membership in user.memberships.all()]
        names += [membership.organisation.name for membership in user.support_memberships.all()]
        return ", ".join(names)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        last = "is_active" if obj else "invite"
        return ("email", "name", "is_staff", last)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = UserForm if obj else NewUserForm
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"editor": staff_member(request)})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            # allauth remembers addresses as well: an old one must no longer open the account.
            EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()
        if form.cleaned_data.get("invite"):
            invite(request, obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        security_log.info("account-made", user=obj.pk, by=request.user.pk)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        security_log.info("rights-changed", user=obj.pk, by=request.user.pk)
        return super().log_change(request, obj, message)

    @method_decorator(proved_again)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Rights are changed here, so a change asks who did not log in just now for the password again."""
        return super().changeform_view(request, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        invitation = self.admin_site.admin_view(self.invitation)
        return [path("<int:user_id>/uitnodigen/", invitation, name="surveys_user_invite"), *super().get_urls()]

    def invitation(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Ask first, then mail a link to choose a password."""
        user = get_object_or_404(User, pk=user_id)
        back = reverse("admin:surveys_user_change", args=[user.pk])
        effects = [_("%(email)s gets a mail with a link to choose a password.") % {"email": user.email}]
        if user.has_usable_password():
            effects.append(_("The present password keeps working until then."))
        confirmation = Confirmation(
            title=_("Send an invitation to %(name)s?") % {"name": user},
            effects=effects,
            button=_("Send invitation"),
            back=back,
            crumbs=self.crumbs((str(user), back), (_("Send invitation"), "")),
        )

        def act() -> str:
            if not user.is_active:
                raise DomainError(_("This account is not active. Make it active first."))
            invite(request, user)
            return _("The invitation is on its way to %(email)s.") % {"email": user.email}

        return confirm(self, request, confirmation, act)


@transaction.atomic
def invite(request: HttpRequest, user: User) -> None:
    """Owe the person the mail with which anybody chooses a new password."""
    form = ResetPasswordForm(data={"email": user.email})
    if not form.is_valid():
        raise DomainError(_("No mail can be sent to this address."))
    form.save(request)
    security_log.info("invited", user=user.pk, by=request.user.pk)
