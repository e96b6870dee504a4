"""Somebody who fills in a whole questionnaire in Chromium, from the start page to the receipt, and counts each act.

Looking, scrolling and logging in are not counted. Whoever fills in knows every answer beforehand: what is counted is
what the pages ask of hands.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from surveys import snapshot
from surveys.access import response_of
from surveys.forms.roster import cell_name
from surveys.instrument import BLANK, NUMBER_TYPES, Given, Question, Section
from surveys.models import FrameEntry, Submission
from surveys.sheets import sheet_of
from tools.bench.project import Unexpected
from tools.bench.questionnaire import PASSWORD
from tools.effort.library import Answers, Assignment
from tools.effort.steps import Choose, Click, Step, Write, actions, column_steps, steps

EXPLANATION = "Nagevraagd, het klopt."
SAVED = """() => {
  const line = document.getElementById("bewaarstatus");
  return !line || !/unsaved|saving/.test(line.className);
}"""


@dataclass
class Hands:
    """A mouse and a keyboard, with a counter on each."""

    page: Page
    pace: int  # milliseconds from one answer to the next
    clicks: int = 0
    keys: int = 0

    @property
    def actions(self) -> int:
        return self.clicks + self.keys

    def press(self, button: Locator) -> None:
        """Click a button or a link that leads to another page, and wait for that page."""
        self.clicks += 1
        with self.page.expect_navigation():
            button.click()

    def take_over(self, button: Locator) -> None:
        """Click a button that fills in an answer and goes away when that is saved."""
        self.clicks += 1
        button.click()
        button.wait_for(state="detached")

    def click(self, target: Locator) -> None:
        """Click something that stays on this page."""
        self.clicks += 1
        target.click()

    def do(self, made: Iterable[Step]) -> None:
        """Answer one question, and look what it brings up; otherwise go on a moment later, saved or not."""
        last = None
        for step in made:
            self.clicks += step.clicks
            self.keys += step.keys
            match step:
                case Click():
                    self._named(step).and_(self.page.locator(f'[value="{step.value}"]')).click()
                    self._look(step)
                case Choose():
                    self._named(step).select_option(step.value)
                    self._look(step)
                case Write():
                    if last is not None and last.name != step.name:
                        self.page.wait_for_timeout(self.pace)
                    self._write(step)
                    last = step
        if last is not None:
            self._named(last).blur()  # as the next click does
            self._look(last)
        self.page.wait_for_timeout(self.pace)

    def _look(self, step: Step) -> None:
        leads = self.page.locator("[data-leads]").get_attribute("data-leads") or ""
        if set(step.name.split(".")) & set(leads.split(",")):
            self.wait_until_saved()

    def _write(self, step: Write) -> None:
        keyboard = self.page.keyboard
        if step.key:
            for _turn in range(step.times):
                keyboard.press(step.key)
            expect(self._named(step)).to_be_focused()
        else:
            self._named(step).click()
            if step.replaces:
                keyboard.press("Control+a")
        if step.text:
            keyboard.type(step.text)
        else:
            keyboard.press("Delete")

    def _named(self, step: Step) -> Locator:
        return self.page.locator(f'[name="{step.name}"]')

    def wait_until_saved(self) -> None:
        self.page.wait_for_function(SAVED)
        line = self.page.locator("#bewaarstatus.failed")
        if line.count():
            raise Unexpected(f"{self.page.url}: {line.inner_text()}")


@dataclass
class Person:
    """Fills in one questionnaire. With `uses_many` an answer that most schools have is given to all of them at once.

    `pace` is in milliseconds from one answer to the next. `seen` is called on every page that comes.
    """

    page: Page
    task: Assignment
    pace: int
    uses_many: bool = False
    seen: Callable[[Page], None] = lambda _page: None
    hands: Hands = field(init=False)

    def __post_init__(self) -> None:
        self.hands = Hands(self.page, self.pace)

    def log_in(self) -> None:
        self.page.goto("/account/login/")
        self.page.get_by_label("E-mailadres").fill(self.task.email)
        self.page.get_by_label("Wachtwoord", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Inloggen", exact=True).click()
        expect(self.page.get_by_role("button", name="Uitloggen")).to_be_visible()

    def fill_in(self) -> None:
        """From the start page to the receipt."""
        main = self.page.get_by_role("main")
        self.seen(self.page)
        self._go(main.get_by_role("link", name=re.compile(r"^(Beginnen|Verder|Doorgaan)\b")))
        self._go(main.get_by_role("link", name=re.compile(r"^(Beginnen|Verder|Doorgaan) met ")))
        sections = self.task.instrument.section_by_code
        while found := re.search(r"/onderdeel/([\w-]+)/", self.page.url):
            self._fill_in_section(sections[found[1]])
            self._go(self.page.get_by_role("button", name="Opslaan en verder", exact=True).last)
        self._explain()
        self._go(self.page.get_by_role("button", name="Definitief indienen"))
        if not self.page.url.endswith("/ontvangst/"):
            raise Unexpected(f"Not submitted: {self.page.url}: {self.page.inner_text('main')}")

    def _go(self, button: Locator) -> None:
        self.hands.press(button)
        self.seen(self.page)

    # --- A section -----------------------------------------------------------------------------------------------

    def _fill_in_section(self, section: Section) -> None:
        if section.school_questions:
            self._fill_in_roster(section)
        self._fill_in_questions(section)
        self.seen(self.page)

    def _fill_in_questions(self, section: Section) -> None:
        """From top to bottom; what an answer brings up comes below it."""
        done: set[str] = set()
        while code := self._next_question(done):
            question, wanted = self.task.instrument.questions[code], self.task.answers.get((code, ""), BLANK)
            if not wanted.is_answered:
                raise Unexpected(f"{code} is asked, and there is no answer to it.")
            stands = self._standing()
            made = steps(question, code, stands.get((code, ""), BLANK), wanted)
            same = self.page.locator(f'button[name=same][value="{code}"]')
            last = self.task.before.get((code, ""), BLANK)
            if same.count() and 1 + actions(steps(question, code, last, wanted)) < actions(made):
                self.hands.take_over(same)
                made = steps(question, code, self._standing().get((code, ""), BLANK), wanted)
            self.hands.do(made)
            done.add(code)

    def _next_question(self, done: set[str]) -> str:
        on_page = self.page.locator("#vragen [data-answer]").evaluate_all("all => all.map(one => one.dataset.question)")
        return next((code for code in on_page if code not in done), "")

    def _fill_in_roster(self, section: Section) -> None:
        """Column by column. What is open is taken over from last year first, when that saves work."""
        every = self.page.locator("button[name=same][value=r]")
        if every.count() and 1 + self._roster_actions(section, self.task.before) < self._roster_actions(section, {}):
            self._go(every)
        is_right = self.page.get_by_role("button", name="De lijst klopt")
        if is_right.count():
            self._go(is_right)
        for question in section.school_questions:
            if self.uses_many:
                self._give_to_all(question)
            self._fill_in_column(question)

    def _roster_actions(self, section: Section, stands: Answers) -> int:
        """How many actions the roster takes, cell by cell, when this stands in it."""
        asked = {question.code: question for question in section.school_questions}
        return sum(
            actions(steps(asked[code], "", stands.get((code, school), BLANK), wanted, in_roster=True))
            for (code, school), wanted in self.task.answers.items()
            if school and code in asked
        )

    def _fill_in_column(self, question: Question) -> None:
        stands = self._standing()
        cells = [
            (cell_name(school, question.code), stands.get((question.code, school), BLANK), wanted)
            for school in self._rows()
            if (wanted := self.task.answers.get((question.code, school)))
        ]
        if question.type in NUMBER_TYPES:
            self.hands.do(column_steps(cells))
            return
        for name, now, wanted in cells:
            self.hands.do(steps(question, name, now, wanted, in_roster=True))

    def _give_to_all(self, question: Question) -> None:
        """The answer that most schools have, for all of them, when that saves work. The others are corrected later."""
        wanted = [given for (code, _school), given in self.task.answers.items() if code == question.code]
        if not wanted or question.type in NUMBER_TYPES:
            return
        most, _n = Counter(wanted).most_common(1)[0]
        block = self.page.locator("#veel")
        name = f"many.{question.code}"
        made = steps(question, name, BLANK, most, in_roster=True)
        typed = sum(actions(steps(question, name, BLANK, given, in_roster=True)) for given in wanted)
        corrected = sum(actions(steps(question, name, most, given, in_roster=True)) for given in wanted)
        every = block.locator("#veel-alle")
        is_open = block.get_attribute("open") is not None
        ready = (not is_open) + (not every.is_checked())
        if ready + actions(made) + 1 + corrected >= typed:
            return
        if not is_open:
            self.hands.click(block.locator("summary"))
        if not every.is_checked():
            self.hands.click(every)
        self.hands.do(made)
        with self.page.expect_response(f"**{block.get_attribute('data-url')}"):
            self.hands.click(block.locator(f'button[name=many][value="set.{question.code}"]'))
        self.hands.wait_until_saved()

    def _rows(self) -> list[str]:
        """The codes of the schools in the order of the page."""
        ids: list[str] = self.page.locator("tr[id^=rij-]").evaluate_all("all => all.map(row => row.id)")
        return [one.removeprefix("rij-") for one in ids]

    def _standing(self) -> dict[tuple[str, str], Given]:
        """What is stored now, which is what the page shows."""
        entry = FrameEntry.objects.select_related("wave", "library").get(pk=self.task.entry_id)
        sheet = sheet_of(entry, response_of(entry))
        library = {(code, ""): given for code, given in sheet.facts.answers.items()}
        return library | {
            (code, school): given for school, row in sheet.facts.rows.items() for code, given in row.items()
        }

    # --- The end -------------------------------------------------------------------------------------------------

    def _explain(self) -> None:
        """Soft checks: nothing is wrong with these answers, so each gets an explanation."""
        empty = self.page.locator('input[name^="explain."], textarea[name^="explain."]')
        boxes = [box for box in empty.all() if not box.input_value()]
        for box in boxes:
            self.hands.clicks += 1
            self.hands.keys += len(EXPLANATION)
            box.click()
            self.page.keyboard.type(EXPLANATION)
        if boxes:
            self._go(self.page.get_by_role("button", name="Toelichtingen opslaan"))

    def check(self) -> None:
        """The submission holds every answer, and nothing else."""
        sent = Submission.objects.get(response__entry_id=self.task.entry_id, is_latest=True)
        contents = snapshot.read(self.task.instrument, json.loads(json.dumps(sent.snapshot)))
        held = {(code, ""): given for code, given in contents.answers.items()}
        held |= {(code, school): given for school, row in contents.rows.items() for code, given in row.items()}
        wrong = {one for one in held.keys() | self.task.answers.keys() if held.get(one) != self.task.answers.get(one)}
        if wrong:
            raise Unexpected(f"Submitted otherwise than meant: {sorted(wrong)}")
