"""The questionnaire of a year later."""

from surveys import models
from surveys.services.questionnaires import questionnaire_load
from tests.factories import QUESTIONNAIRES


def later(comparability: str = "same") -> models.Questionnaire:
    """The questionnaire of a year later, with the members linked."""
    text = (QUESTIONNAIRES / "change.yaml").read_text(encoding="utf-8").replace("2024-2025", "2025-2026")
    link = f"    links: [{{school_year: 2024-2025, question: %s, comparability: {comparability}, reason: Zo is het}}]\n"
    for code in ("members", "books"):
        text = text.replace(f"  - code: {code}\n", f"  - code: {code}\n{link % code}")
    return questionnaire_load(text=text, file="later.yaml")[0]
