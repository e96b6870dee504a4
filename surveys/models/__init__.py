"""The tables of the collection side."""

from surveys.models.libraries import Library, Province, School, SizeClass, SupportOrganisation
from surveys.models.notices import Notice
from surveys.models.people import Membership, Session, SupportMembership, User
from surveys.models.questionnaires import (
    Check,
    Link,
    Option,
    Question,
    Questionnaire,
    Row,
    Section,
    Survey,
    Term,
    Total,
)
from surveys.models.responses import (
    Answer,
    AnswerChange,
    AnswerOrigin,
    Explanation,
    Response,
    ResponseEvent,
    Submission,
)
from surveys.models.teamwork import Invitation, SectionAssignment
from surveys.models.waves import FrameEntry, FrameSchool, Prefill, SchoolReport, Wave

__all__ = [
    "Answer",
    "AnswerChange",
    "AnswerOrigin",
    "Check",
    "Explanation",
    "FrameEntry",
    "FrameSchool",
    "Invitation",
    "Library",
    "Link",
    "Membership",
    "Notice",
    "Option",
    "Prefill",
    "Province",
    "Question",
    "Questionnaire",
    "Response",
    "ResponseEvent",
    "Row",
    "School",
    "SchoolReport",
    "Section",
    "SectionAssignment",
    "Session",
    "SizeClass",
    "Submission",
    "SupportMembership",
    "SupportOrganisation",
    "Survey",
    "Term",
    "Total",
    "User",
    "Wave",
]
