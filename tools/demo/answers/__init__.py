"""Invented answers for the demo that reproduce the published figures of PO 2021-2022 and VO 2022-2023."""

from tools.demo.answers.check import check
from tools.demo.answers.generate import generate
from tools.demo.answers.libraries import DEMO_LIBRARY, SECOND_LIBRARY

__all__ = ["DEMO_LIBRARY", "SECOND_LIBRARY", "check", "generate"]
