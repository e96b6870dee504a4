"""What helps somebody whose file was not understood: the word that was probably meant, in print that is safe. Pure."""

import difflib
from collections.abc import Iterable

from surveys.translation import gettext as _

MAX_COMPARED = 60  # characters: comparing long words takes long
SHORT_LIST = 12


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The tail of a message about an unknown word: the nearest known word, else the whole list when it is short."""
    words = list(known)
    near = difflib.get_close_matches(word[:MAX_COMPARED], words, n=1)
    if near:
        return "; " + _("did you mean “%(word)s”?") % {"word": near[0]}
    known_words = _("known: %(words)s") % {"words": ", ".join(words)}
    return f" ({known_words})" if 0 < len(words) <= SHORT_LIST else ""


def printable(text: str) -> str:
    """The text, without what could upset the screen it is printed on."""
    return text if text.isprintable() else repr(text)[1:-1]
