"""What the modules without Django say to people: English in the code, in the reader's language once Django is there.

Pure. The app hands over Django's translations when it is loaded (`surveys/apps.py`); without them English stays.
"""

from gettext import NullTranslations
from typing import Protocol


class Translations(Protocol):
    """What translates; Django's `translation` module does, in the language of the moment."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, singular: str, plural: str, number: int, /) -> str: ...


ENGLISH: Translations = NullTranslations()


class _Chosen:
    translations = ENGLISH


def use(translations: Translations) -> None:
    """From now on messages are translated by this."""
    _Chosen.translations = translations


def gettext(message: str) -> str:
    return _Chosen.translations.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    return _Chosen.translations.ngettext(singular, plural, number)
