"""One form field per question type. A field turns what was typed into a `Given`; it never judges beyond its format."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from surveys import cells
from surveys.instrument import Given, Question, Row, Type, Value
from surveys.wording import typed_number


class OptionsMixin(forms.widgets.ChoiceWidget):
    """Options below a parent and options that stand alone are marked, so that the style sheet can set them apart.

    They are drawn here and not by a template, which takes ten times as long: a page can have a hundred of them.
    """

    question: Question
    draws_itself = draws_options = True  # tells the field's template

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        given = dict(attrs or {})
        id_ = given.pop("id", name)
        shared = flatatt({"type": self.input_type, "name": name, **given})
        checked = flatatt({"checked": True})
        return format_html_join(
            "\n",
            '<div class="form-check"><input class="form-check-input{}" value="{}" id="{}"{}{}>'
            '<label for="{}" class="form-check-label">{}</label></div>',
            (
                (self._mark(code), code, own_id, shared, checked if code in chosen else "", own_id, text)
                for code, text, own_id in ((*choice, f"{id_}_{place}") for place, choice in enumerate(self.choices))
            ),
        )

    def _mark(self, code: str) -> str:
        option = self.question.option_by_code.get(code)
        if option is not None and option.parent:
            return " option-child"
        return " option-exclusive" if option is None or option.is_exclusive else ""


class OptionRadios(OptionsMixin, forms.RadioSelect):
    pass


class OptionBoxes(OptionsMixin, forms.CheckboxSelectMultiple):
    pass


class LineInput(forms.TextInput):
    """One line to type in. Drawn here for the same reason."""

    draws_itself = True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = {"type": self.input_type, "name": name, **self.attrs, **(attrs or {})}
        given["class"] = "form-control is-invalid" if "aria-invalid" in given else "form-control"
        text = self.format_value(value)
        return format_html("<input{}>", flatatt(given if text is None else given | {"value": text}))


class SingleField(forms.ChoiceField):
    def __init__(self, question: Question, *, is_answered: bool, **kwargs: Any) -> None:
        choices = [(option.code, option.text) for option in question.options]
        if is_answered:
            # A radio button cannot be unticked, so an answered question offers the way back.
            choices.append(("", _("No answer")))
        widget = OptionRadios()
        widget.question = question
        super().__init__(choices=choices, widget=widget, required=False, **kwargs)

    def clean(self, value: Any) -> Value | None:
        return super().clean(value) or None


class SetField(forms.MultipleChoiceField):
    def __init__(self, question: Question, **kwargs: Any) -> None:
        self.question = question
        widget = OptionBoxes()
        widget.question = question
        choices = [(option.code, option.text) for option in question.options]
        super().__init__(choices=choices, widget=widget, required=False, **kwargs)

    def clean(self, value: Any) -> Value | None:
        chosen = super().clean(value)
        return cells.read_options(self.question, list(dict.fromkeys(chosen)), self.question.code) if chosen else None


class NumberField(forms.CharField):
    """A number as people type it; points between thousands and a decimal comma are understood."""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        self.question = question
        mode = "numeric" if question.type is Type.INTEGER else "decimal"
        widget = LineInput(attrs={"inputmode": mode, "autocomplete": "off", "maxlength": 20})
        super().__init__(widget=widget, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return typed_number(value) if isinstance(value, int | Decimal) else value

    def clean(self, value: Any) -> Value | None:
        text = super().clean(value).strip()
        return read_typed_number(self.question, text) if text else None


def read_typed_number(question: Question, text: str) -> int | Decimal:
    """The number that was typed; a ValidationError that says how to write it otherwise."""
    try:
        if question.type is Type.INTEGER:
            return cells.read_integer(text, question.code)
        return cells.read_number(text, question.code)
    except cells.CellRefused:
        if question.type is Type.INTEGER:
            message = _("“%(text)s” is not a whole number. Use digits only, for example 12.")
        else:
            message = _("“%(text)s” is not a number with at most two decimals. Write for example 12,5.")
        raise forms.ValidationError(message % {"text": text[:40]}, code="number") from None


class TextField(forms.CharField):
    """A text. `is_detail` marks the explanation that belongs to an option of the question above it."""

    is_detail = False

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        widget: forms.Widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else LineInput()
        super().__init__(widget=widget, required=False, max_length=cells.MAX_TEXT, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return cells.clean_text(text, "")
        except cells.CellRefused:
            raise forms.ValidationError(_("The text holds a character that cannot be stored."), code="text") from None


class GridWidget(forms.Widget):
    """Several named inputs that make up one answer. `keys` are the codes that the answer maps."""

    keys: Sequence[str] = ()
    draws_itself = True

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str]:
        typed = {key: str(data.get(f"{name}.{key}", "")).strip() for key in self.keys}
        return {key: text for key, text in typed.items() if text}

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return ""  # the group is labelled by its legend

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class MatrixWidget(GridWidget):
    template_name = "surveys/widgets/matrix.html"
    use_fieldset = True

    def __init__(self, question: Question) -> None:
        self.question = question
        self.keys = tuple(row.code for row in question.rows)
        super().__init__()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["question"] = self.question
        id_ = (attrs or {}).get("id", name)
        context["lines"] = [(row, self._cells(row, name, id_, value or {})) for row in self.question.rows]
        return context

    def _cells(self, row: Row, name: str, id_: str, chosen: Mapping[str, str]) -> SafeString:
        """The radio buttons of one row, drawn here for the same reason as options."""
        checked = flatatt({"checked": True})
        return format_html_join(
            "\n",
            '<td role="cell" data-label="{}"><input class="form-check-input" type="radio" name="{}" id="{}" value="{}"'
            ' aria-label="{}"{}></td>',
            (
                (
                    option.text,
                    f"{name}.{row.code}",
                    f"{id_}.{row.code}.{option.code}",
                    option.code,
                    f"{row.text}: {option.text}",
                    checked if chosen.get(row.code) == option.code else "",
                )
                for option in self.question.options
            ),
        )


class MatrixField(forms.Field):
    def __init__(self, question: Question, **kwargs: Any) -> None:
        self.question = question
        super().__init__(widget=MatrixWidget(question), required=False, **kwargs)

    def clean(self, value: Any) -> Value | None:
        for code in value.values():
            if code not in self.question.option_by_code:
                raise forms.ValidationError(_("Choose one of the answers in the table."), code="option")
        return dict(value) or None


class NumbersWidget(GridWidget):
    template_name = "surveys/widgets/numbers.html"
    use_fieldset = True

    def __init__(self, question: Question, options: Sequence[tuple[str, str]]) -> None:
        self.question = question
        self.options = options
        self.keys = tuple(code for code, _text in options)
        super().__init__()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        typed = {code: typed_number(n) if isinstance(n, Decimal) else n for code, n in (value or {}).items()}
        context["question"] = self.question
        context["inputs"] = [(code, text, typed.get(code, "")) for code, text in self.options]
        numbers = [number for number in (value or {}).values() if isinstance(number, Decimal)]
        context["total"] = typed_number(sum(numbers, Decimal(0))) if numbers else ""
        return context


class NumbersField(forms.Field):
    def __init__(self, question: Question, options: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        self.question = question
        super().__init__(widget=NumbersWidget(question, options), required=False, **kwargs)

    def clean(self, value: Any) -> Value | None:
        return {code: Decimal(read_typed_number(self.question, text)) for code, text in value.items()} or None


def initial_of(given: Given) -> Any:
    """What a field shows for a stored answer."""
    return list(given.value) if isinstance(given.value, tuple) else given.value
