"""PO 2021-2022: the library questions, with the counts behind the published percentages.

Of 137 libraries two left all library questions open, so most bases are 135. Counts with a published figure are the
integers that round to it; those without one are plausible inventions.
"""

from random import Random

from tools.demo.answers.assign import Affinity, allocate, choose_many, choose_one, seeded, spread, top
from tools.demo.answers.habits import add_other_texts, decimal_text, inclination, matrix, with_none
from tools.demo.answers.libraries import Library
from tools.demo.answers.po_roster import Roster, fill_roster, plan_roster, silent_libraries
from tools.demo.answers.schools import School
from tools.demo.answers.sheets import Sheet
from tools.demo.answers.texts import KPI_TOPICS, OUTLOOK

N_ASKED = 135
PARTNERS = {
    "municipality": 124, "poi": 107, "schrijverscentrale_schoolschrijver": 101, "cultural_institution": 99,
    "childcare": 84, "teacher_training": 46, "other": 27,
}  # fmt: skip
ANY_PARTNER = 131
KPI = {"yes": 53, "no": 70, "unknown": 12}
# "Other" is large: the published mean of four to five functions per library counts more than the named ones.
STAFF_FUNCTIONS = {
    "education_specialist": 95, "reading_consultant": 87, "reading_media_consultant": 70, "administrative": 87,
    "front_office": 47, "volunteer": 53, "other": 104,
}  # fmt: skip
VOLUNTEERS = 609
VOLUNTEER_TASKS = {"reading_aloud": 31, "school_library_assistance": 37, "event_assistance": 22, "other": 5}
# Half hours per week over all libraries (3.5 fte each) and per library over 200,000 inhabitants (8 fte).
HALF_HOURS_PER_FTE = 72
MEAN_FTE_TIMES_TEN, MEAN_FTE_XL = 35, 8
CAMPAIGNS = {
    "nationale_voorleeswedstrijd": 131, "kinderboekenweek": 130, "nationale_voorleesdagen": 126, "poezieweek": 47,
    "other": 70,
}  # fmt: skip
ANY_CAMPAIGN = 133
READING_SERVICES = {
    "group_visits_library": 121, "collection_advice": 120, "activity_support_at_school": 118,
    "reading_policy_advice": 88, "parent_evenings_workshops": 92, "teacher_workshops_training": 97,
    "reading_plan_support": 101, "other": 18,
}  # fmt: skip
N_DIGITAL = 83
DIGITAL_SERVICES = {
    "activity_support_at_school": 62, "group_visits_library": 47, "demonstrating_activities": 36,
    "develops_programmes": 40, "joint_media_plan": 23, "vision_policy_support": 20, "policy_advice": 24, "other": 8,
}  # fmt: skip
ANY_DIGITAL_SERVICE = 81
DIGITAL_ASPECTS = {
    "media_literacy": {"much": 35, "some": 38, "little": 8, "none": 2},
    "information_skills": {"much": 21, "some": 39, "little": 18, "none": 5},
    "ict_basic_skills": {"much": 6, "some": 22, "little": 31, "none": 24},
    "computational_thinking": {"much": 11, "some": 25, "little": 28, "none": 19},
}
DIGITAL_CAMPAIGNS = {"week_van_de_mediawijsheid": 89, "mediamasters": 57, "other": 19}
ANY_DIGITAL_CAMPAIGN = 103
PLAN_OFFERED = 103
PLAN_LOCATIONS = 2297
# Locations that work on reading with the libraries that offer a plan: 2,297 is 75% of it (and 47% of all 4,886).
PLAN_BASE = (3043, 3083)
MEDIA_PLAN_OFFERED, MEDIA_PLAN_LOCATIONS = 38, 352
# Cooperating locations of the libraries that offer a media plan: 352 is 25% of it.
MEDIA_PLAN_BASE = (1381, 1436)
# The three programme options came into the questionnaire a year later, so nobody chose them.
FUNDING = {
    "own_regular_budget": 126,
    "schools": 126,
    "municipality_extra": 75,
    "stimulation_funds": 72,
    "other": 19,
}
OWN_BUDGET = {"structural": 112, "incidental": 61}
N_MUNICIPALITIES_KNOWN, WITH_STRUCTURAL_MUNICIPALITY = 73, 52
N_OWN_OR_STRUCTURAL = 118
MUNICIPALITIES = {"structural": 110, "incidental": 45}
SCHOOL_CONTRIBUTION = {"per_service": 62, "per_pupil": 48, "per_school": 16}
AMOUNT_TIMES_TEN = 90
MONITOR_DBOS = {
    "monitor_dbos_national_report": 68, "monitor_dbos_local_school_report": 99,
    "monitor_dbos_local_library_report": 88, "monitor_dbos_local_municipality_report": 60,
}  # fmt: skip
BIBLIOTHEEKMONITOR = {
    "bibliotheekmonitor_national_report": 72, "bibliotheekmonitor_national_infographic": 50,
    "bibliotheekmonitor_provincial_infographic": 34, "bibliotheekmonitor_local_infographic": 52,
    "bibliotheekmonitor_dashboard": 28,
}  # fmt: skip
INSTRUMENTS = {
    "talks_reading_coordinators": 112, "talks_school_management": 97, "library_system_data": 96, **MONITOR_DBOS,
    **BIBLIOTHEEKMONITOR, "other": 10,
}  # fmt: skip
ANY_INSTRUMENT = 132
SUCCESSES = {
    "way_of_cooperating": 92, "library_expertise": 80, "reaching_target_group": 66, "anchoring_of_cooperation": 26,
    "policy_priority_library": 38, "policy_priority_schools": 26, "funding": 24, "staffing": 22, "other": 6,
}  # fmt: skip
BOTTLENECKS = {
    "staffing": 70, "anchoring_of_cooperation": 56, "policy_priority_schools": 62, "policy_priority_library": 14,
    "funding": 58, "library_expertise": 22, "reaching_target_group": 30, "other": 9,
}  # fmt: skip
ANY_BOTTLENECK = 129
CONSEQUENCES = {
    "forced_to_make_choices": 28, "flexible_deployment": 25, "not_all_parts_equal_attention": 24,
    "fewer_schools_than_wished": 19, "other": 5,
}  # fmt: skip
MEMBERS_UNDER_3000, MEMBERS_3000_TO_5000 = 33, 18


def answers_2021_2022(libraries: list[Library], schools: list[School]) -> Sheet:
    """The whole wave: all 137 libraries with all their PO locations."""
    sheet = Sheet("po", libraries, [school for school in schools if school.in_po])
    silent = silent_libraries(sheet)
    rng = seeded("po-2021-2022 roster")
    roster = plan_roster(sheet, silent, rng)
    fill_roster(sheet, silent, roster, rng)
    _fill_members(sheet, seeded("po-2021-2022 members"))
    rng = seeded("po-2021-2022 libraries")
    asked = [code for code in sheet.codes if code not in silent.codes]
    likes = inclination(libraries, rng)
    _fill_network(sheet, asked, likes, rng)
    _fill_staff(sheet, asked, likes, rng)
    _fill_services(sheet, asked, likes)
    _fill_digital(sheet, [code for code in asked if roster.digital[code]], likes)
    _fill_plans(sheet, asked, roster, rng)
    _fill_funding(sheet, asked, likes, rng)
    _fill_evaluation(sheet, asked, roster, likes, rng)
    add_other_texts(sheet)
    return sheet


def _fill_members(sheet: Sheet, rng: Random) -> None:
    """Members follow inhabitants; the two smallest size classes hold exactly the published shares of libraries."""
    raw = {library.code: library.inhabitants * 0.0725 * rng.lognormvariate(0, 0.13) for library in sheet.libraries}
    ranked = sorted(raw, key=raw.__getitem__)
    small, middle = MEMBERS_UNDER_3000, MEMBERS_UNDER_3000 + MEMBERS_3000_TO_5000
    for place, code in enumerate(ranked):
        low, high = (620, 2990) if place < small else (3010, 4980) if place < middle else (5010, 10**6)
        raw[code] = min(high - rng.randrange(90), max(low + rng.randrange(90), raw[code]))
    members = {code: round(number) for code, number in raw.items()}
    total = sum(members.values())
    for question, promille in (("members_active_4_12", 650), ("members_new_4_12", 170)):
        wish = {code: members[code] * rng.uniform(0.85, 1.15) for code in members}
        parts = allocate(total * promille // 1000, wish, dict.fromkeys(members, 0), members)
        sheet.put(question, {code: str(number) for code, number in parts.items()})
    sheet.put("members_4_12", {code: str(number) for code, number in members.items()})


def _fill_network(sheet: Sheet, asked: list[str], likes: Affinity[str], rng: Random) -> None:
    sheet.put("partners", with_none(asked, choose_many(asked, PARTNERS, ANY_PARTNER, likes)))
    sheet.put("kpi_or_targets_used", choose_one(asked, KPI, likes))
    users = sheet.with_option("kpi_or_targets_used", "yes")
    sheet.put("kpi_topics", {code: rng.choice(KPI_TOPICS) for code in users if rng.random() < 0.85})


def _fill_staff(sheet: Sheet, asked: list[str], likes: Affinity[str], rng: Random) -> None:
    chosen = choose_many(asked, STAFF_FUNCTIONS, N_ASKED, likes)
    # Volunteers work under somebody: a library with nothing but volunteers has no hours to give.
    for code in asked:
        if chosen[code] == ["volunteer"]:
            donor = next(other for other in asked if len(chosen[other]) > 3 and "volunteer" not in chosen[other])
            chosen[code], chosen[donor] = chosen[donor][:1], [*chosen[donor][1:], "volunteer"]
    order = list(STAFF_FUNCTIONS)
    chosen = {code: sorted(options, key=order.index) for code, options in chosen.items()}
    sheet.put("staff_functions", chosen)
    with_volunteers = sheet.with_option("staff_functions", "volunteer")
    wish = {code: rng.lognormvariate(0, 0.7) for code in with_volunteers}
    volunteers = spread(VOLUNTEERS, wish, 1, 60)
    sheet.put("volunteers", {code: str(number) for code, number in volunteers.items()})
    sheet.put("volunteer_tasks", choose_many(with_volunteers, VOLUNTEER_TASKS, len(with_volunteers), likes))
    _fill_hours(sheet, asked, rng)


def _fill_hours(sheet: Sheet, asked: list[str], rng: Random) -> None:
    """Hours follow inhabitants; the totals of all and of the largest libraries are fixed."""
    size = {library.code: library.inhabitants for library in sheet.libraries}
    wish = {code: size[code] ** 0.75 * rng.lognormvariate(0, 0.3) for code in asked}
    largest = {library.code for library in sheet.libraries if library.is_xl} & set(asked)
    total = MEAN_FTE_TIMES_TEN * HALF_HOURS_PER_FTE * len(asked) // 10
    of_largest = MEAN_FTE_XL * HALF_HOURS_PER_FTE * len(largest)
    halves = spread(of_largest, {code: wish[code] for code in sorted(largest)}, 200, 1200)
    halves |= spread(total - of_largest, {code: wish[code] for code in asked if code not in largest}, 40, 700)
    weight = {
        "education_specialist": 3.0,
        "reading_consultant": 6.0,
        "reading_media_consultant": 4.5,
        "administrative": 1.5,
    }
    hours: dict[str, dict[str, str]] = {}
    for code in asked:
        functions = [option for option in sheet.answers[code]["staff_functions"] if option != "volunteer"]
        shares = {option: weight.get(option, 1.0) * rng.lognormvariate(0, 0.4) for option in functions}
        parts = spread(halves[code], shares, 2, halves[code])
        hours[code] = {option: decimal_text(number * 5) for option, number in parts.items()}
    sheet.put("staff_hours", hours)


def _fill_services(sheet: Sheet, asked: list[str], likes: Affinity[str]) -> None:
    sheet.put("reading_campaigns", with_none(asked, choose_many(asked, CAMPAIGNS, ANY_CAMPAIGN, likes)))
    sheet.put("reading_services", choose_many(asked, READING_SERVICES, N_ASKED, likes))
    campaigns = choose_many(asked, DIGITAL_CAMPAIGNS, ANY_DIGITAL_CAMPAIGN, likes)
    sheet.put("digital_campaigns", with_none(asked, campaigns))


def _fill_digital(sheet: Sheet, asked: list[str], likes: Affinity[str]) -> None:
    if len(asked) != N_DIGITAL:
        raise ValueError(f"{len(asked)} libraries answer on digital literacy")
    services = choose_many(asked, DIGITAL_SERVICES, ANY_DIGITAL_SERVICE, likes)
    sheet.put("digital_services", with_none(asked, services))
    sheet.put("digital_aspects_attention", matrix(asked, DIGITAL_ASPECTS, likes))


def _fill_plans(sheet: Sheet, asked: list[str], roster: Roster, rng: Random) -> None:
    """Who offers a plan is drawn until their locations are as many as the published uptake asks for."""
    for question, base, n_offering, bounds, total in (
        ("reading_plan", roster.reading, PLAN_OFFERED, PLAN_BASE, PLAN_LOCATIONS),
        ("media_plan", roster.cooperating, MEDIA_PLAN_OFFERED, MEDIA_PLAN_BASE, MEDIA_PLAN_LOCATIONS),
    ):
        able = [code for code in asked if base[code]]
        offering = draw_with_sum(able, n_offering, base, bounds, rng)
        sheet.put(f"{question}_offered", {code: "yes" if code in offering else "no" for code in able})
        highest = {code: base[code] for code in offering}
        wish = {code: base[code] * rng.uniform(0.4, 1.6) for code in offering}
        parts = allocate(total, wish, dict.fromkeys(offering, 1), highest)
        sheet.put(f"{question}_locations", {code: str(number) for code, number in parts.items()})


def draw_with_sum(
    codes: list[str], count: int, base: dict[str, int], bounds: tuple[int, int], rng: Random
) -> list[str]:
    """`count` libraries at random whose bases add up to something within the bounds."""
    chosen = rng.sample(codes, count)
    others = [code for code in codes if code not in chosen]
    while not bounds[0] <= (total := sum(base[code] for code in chosen)) <= bounds[1]:
        leaves, enters = rng.randrange(len(chosen)), rng.randrange(len(others))
        change = base[others[enters]] - base[chosen[leaves]]
        if abs(total + change - bounds[0]) < abs(total - bounds[0]):
            chosen[leaves], others[enters] = others[enters], chosen[leaves]
    return sorted(chosen)


def _fill_funding(sheet: Sheet, asked: list[str], likes: Affinity[str], rng: Random) -> None:
    sheet.put("funding_sources", choose_many(asked, FUNDING, N_ASKED, likes))
    own = sheet.with_option("funding_sources", "own_regular_budget")
    helped = sheet.with_option("funding_sources", "municipality_extra")
    _fill_municipalities(sheet, own, helped, likes, rng)
    by_schools = sheet.with_option("funding_sources", "schools")
    kinds = choose_one(by_schools, SCHOOL_CONTRIBUTION, likes)
    sheet.put("funding_school_contribution_type", {code: [kind] for code, kind in kinds.items()})
    per_pupil = sheet.with_option("funding_school_contribution_type", "per_pupil")
    wish = {code: rng.lognormvariate(0, 0.35) for code in per_pupil}
    amounts = spread(AMOUNT_TIMES_TEN * len(per_pupil) // 5, wish, 6, 48)
    sheet.put("funding_amount_per_pupil", {code: decimal_text(number * 5) for code, number in amounts.items()})


def _fill_municipalities(sheet: Sheet, own: list[str], helped: list[str], likes: Affinity[str], rng: Random) -> None:
    """Own budget and extra money of municipalities; in 118 of 135 libraries (87%) a part of either is structural."""
    known = sorted(rng.sample(helped, N_MUNICIPALITIES_KNOWN))
    with_structural = set(rng.sample(known, WITH_STRUCTURAL_MUNICIPALITY))
    elsewhere = [code for code in own if code not in with_structural]
    both_ways = [code for code in own if code in with_structural]
    n_own_only = N_OWN_OR_STRUCTURAL - WITH_STRUCTURAL_MUNICIPALITY
    structural = {
        *top(elsewhere, n_own_only, lambda code: likes(code, "structural")),
        *top(both_ways, OWN_BUDGET["structural"] - n_own_only, lambda code: likes(code, "structural")),
    }
    only_incidental = [code for code in own if code not in structural]
    n_both = OWN_BUDGET["incidental"] - len(only_incidental)
    also = set(top(sorted(structural), n_both, lambda code: likes(code, "incidental")))
    types = {
        code: [
            option
            for option, holds in (
                ("structural", code in structural),
                ("incidental", code in also or code in only_incidental),
            )
            if holds
        ]
        for code in own
    }
    sheet.put("funding_own_budget_type", types)
    shares = {code: rng.uniform(0.5, 2) for code in known}
    low = {code: int(code in with_structural) for code in known}
    n_structural = allocate(MUNICIPALITIES["structural"], shares, low, {code: 6 * low[code] for code in known})
    low = {code: 1 - low[code] for code in known}
    n_incidental = allocate(MUNICIPALITIES["incidental"], shares, low, dict.fromkeys(known, 4))
    sheet.put(
        "funding_municipalities",
        {code: {"structural": str(n_structural[code]), "incidental": str(n_incidental[code])} for code in known},
    )


def _fill_evaluation(sheet: Sheet, asked: list[str], roster: Roster, likes: Affinity[str], rng: Random) -> None:
    def likes_monitor(code: str, option: str) -> float:
        # The monitor of the approach is for libraries that work by it.
        return likes(code, option) + (1.5 if option in MONITOR_DBOS and roster.structural[code] else 0)

    chosen = choose_many(asked, INSTRUMENTS, ANY_INSTRUMENT, likes_monitor)
    parents = {"monitor_dbos": MONITOR_DBOS, "bibliotheekmonitor": BIBLIOTHEEKMONITOR}
    sheet.put("monitoring_instruments", with_none(asked, {c: with_parents(o, parents) for c, o in chosen.items()}))
    sheet.put("successes_top3", choose_many(asked, SUCCESSES, N_ASKED, likes, limit=3))
    bottlenecks = choose_many(asked, BOTTLENECKS, ANY_BOTTLENECK, likes, limit=3)
    sheet.put("bottlenecks_top3", with_none(asked, bottlenecks))
    short = sheet.with_option("bottlenecks_top3", "staffing")
    sheet.put("bottleneck_staffing_consequences", choose_many(short, CONSEQUENCES, len(short), likes))
    sheet.put("outlook", {code: rng.choice(OUTLOOK) for code in asked if rng.random() < 0.8})


def with_parents(options: list[str], parents: dict[str, dict[str, int]]) -> list[str]:
    """The options with each parent before its first ticked child, as in the questionnaire."""
    result: list[str] = []
    for option in options:
        for parent, children in parents.items():
            if option in children and parent not in result:
                result.append(parent)
        result.append(option)
    return result
