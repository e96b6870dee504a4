"""VO 2022-2023: 134 libraries, 132 with a VO location in their area, 122 that cooperate with 919 of 1,838 locations.

Counts without a published figure are plausible inventions; those with one are the integers that round to it.
"""

from random import Random

from tools.demo.answers.assign import Affinity, allocate, choose_many, choose_one, seeded, spread, top
from tools.demo.answers.habits import add_other_texts, decimal_text, inclination, matrix, with_none
from tools.demo.answers.libraries import DEMO_LIBRARY, SECOND_LIBRARY, Library
from tools.demo.answers.schools import School
from tools.demo.answers.sheets import Sheet
from tools.demo.answers.vo_roster import fill_roster

ANY_PARTNER = 110
PARTNERS = {
    "municipality": 84, "poi": 76, "cultural_institution": 51, "schrijverscentrale_schoolschrijver": 47,
    "other": 14,
}  # fmt: skip
ANY_FUNCTION = 118
STAFF_FUNCTIONS = {
    "education_specialist": 81, "reading_consultant": 53, "reading_media_consultant": 48,
    "project_leader_programme_coordinator_account_manager": 46, "front_office": 28, "collection_specialist": 17,
    "media_coach": 22, "volunteer": 12, "other": 19,
}  # fmt: skip
MEAN_HALF_HOURS = 37
TRAINING = {"yes": 48, "no": 74}
READING_SERVICES = {
    "delivering_collections": 0.82, "group_visits_library": 0.68, "author_visits": 0.5,
    "attending_department_meetings": 0.28, "other": 0.08,
}  # fmt: skip
DIGITAL_ASPECTS = {
    "media_literacy": {"much": 19, "some": 24, "little": 7, "none": 1},
    "information_skills": {"much": 12, "some": 25, "little": 11, "none": 3},
    "ict_basic_skills": {"much": 4, "some": 13, "little": 20, "none": 14},
    "computational_thinking": {"much": 3, "some": 11, "little": 19, "none": 18},
}
# Means near 2 on a scale of five; a library scores only the kinds of education it has in its area.
INTENSITY = {"vmbo": 2.3, "havo": 2.0, "vwo": 1.9, "praktijkonderwijs": 1.8, "vso": 1.6}
FUNDING = {
    "own_regular_budget": 106, "schools": 99, "stimulation_funds_or_commercial": 38, "municipality_extra": 22,
    "npo": 28, "other": 9,
}  # fmt: skip
OWN_BUDGET = {"structural": 80, "incidental": 46}
# Only nine libraries could say which part of their structural budget their municipality pays: 56% on average.
N_MUNICIPAL_SHARE, MUNICIPAL_SHARE = 9, 56
INSTRUMENTS = {
    "evaluation_talks_schools": 85, "library_system_data": 66, "talks_reading_coordinators": 59,
    "visitor_counts_activities": 55, "bibliotheekmonitor_national_report": 49, "monitor_dbos_national_report": 46,
    "other": 7,
}  # fmt: skip
ANY_INSTRUMENT = 110
SUCCESSES = {
    "way_of_cooperating": 85, "library_expertise": 55, "policy_priority_library": 33, "policy_priority_schools": 30,
    "reaching_target_group": 44, "funding": 18, "staffing": 21, "other": 8,
}  # fmt: skip
# Funding must be 36: of 37 no whole number is 50%.
BOTTLENECKS = {
    "staffing": 70, "anchoring_of_cooperation": 53, "policy_priority_schools": 37, "funding": 36,
    "policy_priority_library": 21, "library_expertise": 17, "reaching_target_group": 30, "other": 9,
}  # fmt: skip
ANY_BOTTLENECK = 120
CONSEQUENCES = {"fewer_schools_than_wished": 18, "fewer_activities": 17, "smaller_collection": 11, "other": 3}


def answers_2022_2023(libraries: list[Library], schools: list[School]) -> Sheet:
    """The whole wave: every active library, also the two that have nothing to answer about."""
    sheet = Sheet("vo", libraries, [school for school in schools if school.in_vo])
    fill_roster(sheet, seeded("vo-2022-2023 roster"), keep=(DEMO_LIBRARY, SECOND_LIBRARY))
    rng = seeded("vo-2022-2023 libraries")
    asked = _with_row(sheet, "cooperation", "yes")
    likes = inclination(libraries, rng)
    sheet.put("partners", with_none(asked, choose_many(asked, PARTNERS, ANY_PARTNER, likes)))
    _fill_staff(sheet, asked, likes, rng)
    _fill_activities(sheet, likes, rng)
    _fill_funding(sheet, asked, likes, rng)
    sheet.put("monitoring_instruments", with_none(asked, choose_many(asked, INSTRUMENTS, ANY_INSTRUMENT, likes)))
    sheet.put("successes_top3", choose_many(asked, SUCCESSES, len(asked), likes, limit=3))
    bottlenecks = choose_many(asked, BOTTLENECKS, ANY_BOTTLENECK, likes, limit=3)
    sheet.put("bottlenecks_top3", with_none(asked, bottlenecks))
    poor = sheet.with_option("bottlenecks_top3", "funding")
    sheet.put("bottleneck_funding_consequences", choose_many(poor, CONSEQUENCES, len(poor), likes))
    add_other_texts(sheet)
    return sheet


def _with_row(sheet: Sheet, question: str, option: str) -> list[str]:
    """Libraries with at least one location with this answer, in order."""
    found = {library for library, _ in sheet.row_keys(question, (option,))}
    return [code for code in sheet.codes if code in found]


def _fill_staff(sheet: Sheet, asked: list[str], likes: Affinity[str], rng: Random) -> None:
    sheet.put("staff_functions", with_none(asked, choose_many(asked, STAFF_FUNCTIONS, ANY_FUNCTION, likes)))
    size = {library.code: library.inhabitants for library in sheet.libraries}
    staffed = [code for code in asked if sheet.answers[code]["staff_functions"] != ["none"]]
    wish = {code: size[code] ** 0.6 * rng.lognormvariate(0, 0.35) for code in staffed}
    halves = spread(MEAN_HALF_HOURS * len(staffed), wish, 4, 240)
    sheet.put("staff_hours_per_week", {code: decimal_text(number * 5) for code, number in halves.items()})
    sheet.put("digital_literacy_staff_training", choose_one(asked, TRAINING, likes))


def _fill_activities(sheet: Sheet, likes: Affinity[str], rng: Random) -> None:
    on_reading = _with_row(sheet, "cooperation_topics", "reading_promotion")
    counts = {option: round(share * len(on_reading)) for option, share in READING_SERVICES.items()}
    services = choose_many(on_reading, counts, len(on_reading) - 3, likes)
    sheet.put("reading_services", with_none(on_reading, services))
    on_digital = _with_row(sheet, "cooperation_topics", "digital_literacy")
    sheet.put("digital_aspects_attention", matrix(on_digital, DIGITAL_ASPECTS, likes))
    intensity: dict[str, dict[str, str]] = {}
    for code in on_digital:
        scored = [row for row in INTENSITY if row in ("vmbo", "havo") or rng.random() < 0.75]
        keen = rng.gauss(0, 0.6)
        intensity[code] = {row: str(min(5, max(1, round(INTENSITY[row] + keen + rng.gauss(0, 0.6))))) for row in scored}
    sheet.put("digital_literacy_intensity", intensity)


def _fill_funding(sheet: Sheet, asked: list[str], likes: Affinity[str], rng: Random) -> None:
    sheet.put("funding_sources", choose_many(asked, FUNDING, len(asked), likes))
    own = sheet.with_option("funding_sources", "own_regular_budget")
    sheet.put("funding_own_budget_type", choose_many(own, OWN_BUDGET, len(own), likes))
    structural = sheet.with_option("funding_own_budget_type", "structural")
    knowing = top(structural, N_MUNICIPAL_SHARE, lambda _: rng.random())
    wish = {code: rng.lognormvariate(0, 0.5) for code in knowing}
    shares = allocate(MUNICIPAL_SHARE * len(knowing), wish, dict.fromkeys(knowing, 10), dict.fromkeys(knowing, 100))
    sheet.put("funding_structural_budget_municipal_share", {code: str(number) for code, number in shares.items()})
