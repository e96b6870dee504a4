"""What helps somebody whose file was not understood: the word that was probably meant. Pure."""

import difflib
from collections.abc import Iterable

MAX_COMPARED = 60  # characters: comparing long words takes long
SHORT_LIST = 12


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The tail of a message about an unknown word: the nearest known word, else the whole list when it is short."""
    words = list(known)
    near = difflib.get_close_matches(word[:MAX_COMPARED], words, n=1)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f" (known: {', '.join(words)})" if 0 < len(words) <= SHORT_LIST else ""
