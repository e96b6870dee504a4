"""What somebody fills in about a school of the roster: why it left, or which one is missing."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.cells import CellRefused, read_integer
from surveys.models import FrameSchool, School
from surveys.services.schools import CODE, REASON_LENGTH

MAX_PUPILS = 20_000
Status = FrameSchool.Status


class SchoolLeavesForm(forms.Form):
    """Why a school is no longer on the list. Which school it may have merged with is for the page to say."""

    status = forms.ChoiceField(
        label=gettext_lazy("What is the matter?"),
        choices=(
            (Status.CLOSED.value, gettext_lazy("It has closed")),
            (Status.MERGED.value, gettext_lazy("It has merged with another school on the list")),
            (Status.MOVED.value, gettext_lazy("It has moved to another work area")),
            (Status.NOT_OURS.value, gettext_lazy("It has never belonged to us")),
        ),
        widget=forms.RadioSelect,
    )
    successor = forms.TypedChoiceField(
        label=gettext_lazy("Merged with (only for a merger)"), required=False, coerce=int, empty_value=None
    )
    reason = forms.CharField(
        label=gettext_lazy("Explanation"),
        help_text=gettext_lazy(
            "Needed when the school moved or never belonged to you: to which library or municipality does it belong?"
        ),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, others: Iterable[FrameSchool], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(row.pk, f"{row.name}, {row.municipality} ({row.code})") for row in others]
        self.fields["successor"].choices = [("", _("Choose a school")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        status = cleaned.get("status")
        if status == Status.MERGED and not cleaned.get("successor") and "successor" not in self.errors:
            self.add_error("successor", _("Choose the school on your list that it merged with."))
        if status in (Status.MOVED, Status.NOT_OURS) and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why, so that the KB can mend the register."))
        return cleaned


class KnownSchoolForm(forms.Form):
    """A school of the register, by its code."""

    code = forms.CharField(
        label=gettext_lazy("BRIN code and location"),
        help_text=gettext_lazy("Six letters and digits, such as 01AA00."),
        max_length=20,
    )
    remark = forms.CharField(label=gettext_lazy("Remark (not required)"), required=False, max_length=REASON_LENGTH)

    def clean_code(self) -> str:
        code = "".join(letter for letter in str(self.cleaned_data["code"]) if letter not in " -.|").upper()
        if not CODE.fullmatch(code):
            raise forms.ValidationError(
                _("A code has six letters and digits: BRIN and the number of the location, such as 01AA00.")
            )
        return code


class WholeNumberField(forms.IntegerField):
    """A whole number as people type it in the questionnaire too; Django's own takes 1.000 for 1."""

    widget = forms.TextInput(attrs={"inputmode": "numeric"})

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        try:
            return read_integer(str(value), "")
        except CellRefused:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class NewSchoolForm(forms.Form):
    """A school of which the code is not known."""

    name = forms.CharField(label=gettext_lazy("Name of the school"), max_length=200)
    municipality = forms.CharField(label=gettext_lazy("Municipality"), max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of school"))
    pupils = WholeNumberField(
        label=gettext_lazy("Number of pupils (not required)"), required=False, min_value=0, max_value=MAX_PUPILS
    )
    reason = forms.CharField(
        label=gettext_lazy("Remark (not required)"),
        help_text=gettext_lazy("What helps the KB to find this school in the register: its address, its website."),
        required=False,
        max_length=REASON_LENGTH,
    )

    def __init__(self, kinds: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(kind, str(School.Kind(kind).label)) for kind in kinds if kind != School.Kind.UNKNOWN]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a kind")),
            *known,
            (School.Kind.UNKNOWN.value, _("I don't know")),
        ]

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_municipality(self) -> str:
        return " ".join(str(self.cleaned_data["municipality"]).split())
