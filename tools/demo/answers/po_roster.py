"""PO 2021-2022, the school roster: which locations cooperate, on what, by which approach, and with what collection."""

from dataclasses import dataclass
from random import Random

from tools.demo.answers.assign import allocate, choose_one, top
from tools.demo.answers.libraries import DEMO_LIBRARY, SECOND_LIBRARY
from tools.demo.answers.sheets import Sheet

# Published counts of school locations.
COOPERATING, READING, DIGITAL, CULTURE = 5298, 4886, 1807, 861
DBOS, COMPARABLE = 2586, 731
# Published or derived counts of libraries. 84 of the 136 that named topics is 62%.
WITH_DBOS, WITH_READING, WITH_DIGITAL, WITH_CULTURE = 125, 130, 84, 74
WITH_COMPARABLE = 38
N_LIBRARIES = 137
# Shares of the year before the last published open data, in promille of cooperating locations.
OWNERSHIP = {"school": 350, "library": 205, "combined": 255, "no_collection": 67, "unknown": 123}

Counts = dict[str, int]
Key = tuple[str, str]


@dataclass(frozen=True)
class Silent:
    """The two libraries that answered the roster but no library question: 135 of 137.

    `no_topics` also left the topics open (136 of 137). `digital_only` does nothing on reading: of 84 libraries that
    were asked about digital literacy 83 answered, of 130 that were asked about reading plans all.
    """

    no_topics: str
    digital_only: str

    @property
    def codes(self) -> tuple[str, str]:
        return self.no_topics, self.digital_only


@dataclass(frozen=True)
class Roster:
    """How many locations each library has of everything."""

    cooperating: Counts
    structural: Counts
    comparable: Counts
    reading: Counts
    digital: Counts
    culture: Counts


def silent_libraries(sheet: Sheet) -> Silent:
    """Two small libraries without a demo account."""
    small = [code for code in sheet.codes if code not in (DEMO_LIBRARY, SECOND_LIBRARY)]
    ranked = sorted(small, key=lambda code: (len(sheet.rows[code]), code))
    return Silent(no_topics=ranked[8], digital_only=ranked[11])


def plan_roster(sheet: Sheet, silent: Silent, rng: Random) -> Roster:
    """Divide the published counts of locations over the libraries."""
    codes = sheet.codes
    size = {code: len(sheet.rows[code]) for code in codes}
    leaning = {library.code: library.leaning for library in sheet.libraries}
    none = dict.fromkeys(codes, 0)

    def keen(strength: float) -> dict[str, float]:
        return {code: max(0.15, 1 + strength * leaning[code] + rng.gauss(0, strength)) for code in codes}

    wish = keen(0.1)
    cooperating = allocate(
        COOPERATING,
        {code: size[code] * wish[code] for code in codes},
        {code: max(1, size[code] * 9 // 20) for code in codes},
        size,
    )

    # Libraries without any location that works by the approach, and those that (also) use another name for it.
    drawn = keen(0.3)
    others = [code for code in codes if code not in (*silent.codes, DEMO_LIBRARY, SECOND_LIBRARY)]
    without = {
        *top(others, N_LIBRARIES - WITH_DBOS - 2, lambda code: -drawn[code] - size[code] / 200),
        *silent.codes,
    }
    structural = allocate(
        DBOS + COMPARABLE,
        {code: cooperating[code] * drawn[code] for code in codes},
        {code: int(code not in without) for code in codes},
        {code: 0 if code in without else cooperating[code] for code in codes},
    )
    renamed = set(top([code for code in codes if code not in without], WITH_COMPARABLE, lambda _: rng.random()))
    comparable = allocate(
        COMPARABLE,
        {code: structural[code] * rng.uniform(0.2, 3) for code in codes},
        {code: int(code in renamed) for code in codes},
        {code: structural[code] if code in renamed else 0 for code in codes},
    )

    # Five small libraries and `digital_only` do nothing on reading; the rest of the gap lies in digital libraries.
    drawn = keen(0.4)
    small = sorted(others, key=lambda code: (size[code], code))[10:40]
    not_reading = {
        *top(small, N_LIBRARIES - 1 - WITH_READING - 1, lambda code: -drawn[code]),
        silent.digital_only,
    }
    culture_only = set(sorted(not_reading - {silent.digital_only})[:2])
    able = [code for code in codes if code not in (*silent.codes, *culture_only)]
    likes_digital = set(
        top(able, WITH_DIGITAL - 1, lambda code: drawn[code] + size[code] / 150 + 9 * (code in not_reading))
    )
    likes_digital.add(silent.digital_only)
    gap = COOPERATING - cooperating[silent.no_topics] - READING
    no_reading = allocate(
        gap,
        {code: cooperating[code] * rng.uniform(0.1, 2) for code in codes},
        {code: cooperating[code] if code in not_reading else 0 for code in codes},
        {
            code: cooperating[code] if code in not_reading else cooperating[code] // 3 * (code in likes_digital)
            for code in codes
        },
    )
    reading = {code: cooperating[code] - no_reading[code] for code in codes} | {silent.no_topics: 0}
    digital = allocate(
        DIGITAL,
        {code: cooperating[code] * drawn[code] for code in codes},
        {code: max(1, no_reading[code]) if code in likes_digital else 0 for code in codes},
        {code: cooperating[code] if code in likes_digital else 0 for code in codes},
    )
    cultural = keen(0.5)
    likes_culture = {*top(able, WITH_CULTURE - len(culture_only), lambda code: cultural[code]), *culture_only}
    culture = allocate(
        CULTURE,
        {code: cooperating[code] * cultural[code] for code in codes},
        none | dict.fromkeys(likes_culture, 1) | {code: cooperating[code] for code in culture_only},
        {code: cooperating[code] if code in likes_culture else 0 for code in codes},
    )
    return Roster(cooperating, structural, comparable, reading, digital, culture)


def fill_roster(sheet: Sheet, silent: Silent, roster: Roster, rng: Random) -> None:
    """Choose the locations themselves and answer every school question that applies to them."""
    kinds = {school.code: school.kind for school in sheet.schools}
    for library in sheet.codes:
        rows = sheet.rows[library]
        drawn = {school: rng.random() + 0.6 * (kinds[school] == "bo") for school in rows}
        cooperating = top(list(rows), roster.cooperating[library], drawn.__getitem__)
        structural = top(cooperating, roster.structural[library], drawn.__getitem__)
        comparable = set(top(structural, roster.comparable[library], lambda _: rng.random()))
        topics = {} if library == silent.no_topics else _topics(library, cooperating, roster, rng)
        share_of_talks = rng.choice((0, 0.05, 0.1, 0.2))
        for school, row in rows.items():
            if school in structural:
                row["cooperation"] = "structural"
                row["approach"] = "comparable" if school in comparable else "dbos"
            else:
                row["cooperation"] = "general_without_contract" if school in cooperating else "none"
                row["exploratory_talks"] = "yes" if rng.random() < share_of_talks else "no"
            if school in topics:
                row["cooperation_topics"] = topics[school]
    _fill_collection(sheet, rng)


def _topics(library: str, cooperating: list[str], roster: Roster, rng: Random) -> dict[str, list[str]]:
    """At least one topic for every cooperating location; what is not on reading is digital, or else culture."""
    reading = set(top(cooperating, roster.reading[library], lambda _: rng.random()))
    others = [school for school in cooperating if school not in reading]
    drawn = {school: rng.random() for school in cooperating}
    first = {school: drawn[school] + (school in others) for school in cooperating}
    digital = set(top(cooperating, roster.digital[library], first.__getitem__))
    left = {school: rng.random() + (school not in reading and school not in digital) for school in cooperating}
    culture = set(top(cooperating, roster.culture[library], left.__getitem__))
    return {
        school: [
            topic
            for topic, chosen in (
                ("reading_promotion", reading),
                ("digital_literacy", digital),
                ("culture_education", culture),
            )
            if school in chosen
        ]
        for school in cooperating
    }


def _fill_collection(sheet: Sheet, rng: Random) -> None:
    keys = sheet.row_keys("cooperation", ("structural", "general_without_contract"))
    habit = {(library, option): rng.gauss(0, 1) for library in sheet.codes for option in OWNERSHIP}
    counts = {option: len(keys) * promille // 1000 for option, promille in OWNERSHIP.items()}
    counts["school"] += len(keys) - sum(counts.values())
    owners = choose_one(keys, counts, lambda key, option: habit[key[0], option] + rng.gauss(0, 0.7))
    sheet.put_rows("collection_ownership", owners)
    for key, owner in owners.items():
        row = sheet.rows[key[0]][key[1]]
        if owner == "school":
            row["collection_advice"] = "yes" if rng.random() < 0.62 else "no"
        if owner != "no_collection":
            row["books_home"] = rng.choices(("allowed", "stay_at_school", "unknown"), (42, 33, 25))[0]
    for library, school in sheet.row_keys("approach", ("dbos",)):
        # About one location in twelve could not count its books.
        if rng.random() < 0.92:
            books = min(24.0, max(2.0, rng.lognormvariate(1.80, 0.42)))
            sheet.rows[library][school]["books_per_pupil"] = f"{books:.1f}"
