"""VO 2022-2023, the school roster: cooperation, agreements and talks, collections and plans per location."""

from random import Random

from tools.demo.answers.assign import Affinity, allocate, choose_many, choose_one, top
from tools.demo.answers.sheets import Sheet

Counts = dict[str, int]
Key = tuple[str, str]

# Published counts of locations and of libraries with at least one.
COOPERATING, WITH_COOPERATION = 919, 122
SIGNED, SIGNED_ELSEWHERE, WITH_SIGNED = 292, 61, 77
DIGITAL, WITH_DIGITAL = 129, 51
TALKS, WITH_TALKS = 273, 76
NOT_READING = 46
COLLECTIONS = {
    "library_collection_delivered": 542, "project_collection": 175, "school_mediatheek_collection": 129,
    "class_borrowing_in_library": 110, "rotating_collection": 64, "reserved_books_delivered": 55,
}  # fmt: skip
ANY_COLLECTION = 771
COLLECTION_PLAN = {"yes": 154, "no": 765}
OWNERSHIP = {"library": 0.42, "school": 0.22, "combined": 0.24, "unknown": 0.12}
ALLOWED_HOME, STAY_AT_SCHOOL, WITH_ALLOWED_HOME = 200, 168, 64
PLANS = {
    "reading_activity_plan": 184, "reading_policy_plan": 96, "digital_activity_plan": 20, "digital_policy_plan": 11,
}  # fmt: skip
ANY_PLAN, PLAN_UNKNOWN = 236, 270
# Unknown is published as half of the libraries, though asked per location; here it is half of both.
FREE_READING_YES, FREE_READING_UNKNOWN, WITH_FREE_READING_UNKNOWN = 221, 460, 61
COVERAGE_PLAN = {"yes": 330, "no": 589}


def fill_roster(sheet: Sheet, rng: Random, keep: tuple[str, ...]) -> None:
    """Answer every school question; the libraries in `keep` are among those that cooperate on everything."""
    size = {code: len(rows) for code, rows in sheet.rows.items() if rows}
    leaning = {library.code: library.leaning for library in sheet.libraries}
    codes = list(size)

    def divide(total: int, count: int, high: Counts, low: Counts | None = None) -> Counts:
        """Divide locations over exactly `count` libraries, active ones first."""
        drawn = {code: leaning[code] + rng.gauss(0, 0.8) + 9 * (code in keep) for code in codes}
        able = [code for code in codes if high[code]]
        chosen = set(top(able, count, lambda code: drawn[code] + 0.04 * high[code]))
        return allocate(
            total,
            {code: high[code] * max(0.2, 1 + 0.4 * drawn[code]) if code not in keep else high[code] for code in codes},
            {code: max(1, (low or {}).get(code, 0)) if code in chosen else 0 for code in codes},
            {code: high[code] if code in chosen else 0 for code in codes},
        )

    cooperating = divide(COOPERATING, WITH_COOPERATION, size)
    signed = divide(SIGNED, WITH_SIGNED, cooperating)
    digital = divide(DIGITAL, WITH_DIGITAL, cooperating)
    not_reading = divide(NOT_READING, 24, {code: min(digital[code], cooperating[code] // 2) for code in codes})
    talks = divide(TALKS, WITH_TALKS, size)

    for code in codes:
        rows = sheet.rows[code]
        drawn = {school: rng.random() for school in rows}
        chosen = top(list(rows), cooperating[code], drawn.__getitem__)
        with_signature = set(top(chosen, signed[code], drawn.__getitem__))
        # Talks are held first of all with schools that do not cooperate yet.
        wish = {school: rng.random() + (school not in chosen) for school in rows}
        talking = set(top(list(rows), talks[code], wish.__getitem__))
        off_reading = set(top(chosen, not_reading[code], lambda _: rng.random()))
        wish = {school: rng.random() + (school in off_reading) for school in chosen}
        on_digital = set(top(chosen, digital[code], wish.__getitem__))
        for school, row in rows.items():
            row["cooperation"] = "yes" if school in chosen else "no"
            row["exploratory_talks"] = "yes" if school in talking else "no"
            if school in chosen:
                topics = ["reading_promotion"] * (school not in off_reading)
                row["cooperation_topics"] = topics + ["digital_literacy"] * (school in on_digital)
                row["agreement"] = "signed_dbos" if school in with_signature else "none"
    keys = sheet.row_keys("cooperation", ("yes",))
    likes = _habits(keys, rng)
    elsewhere = top(sheet.row_keys("agreement", ("signed_dbos",)), SIGNED_ELSEWHERE, lambda key: likes(key, "name"))
    sheet.put_rows("agreement", dict.fromkeys(elsewhere, "signed_comparable"))
    _fill_collections(sheet, keys, likes)
    _fill_plans(sheet, keys, likes)


def _habits(keys: list[Key], rng: Random) -> Affinity[Key]:
    """Locations of one library resemble each other."""
    habits: dict[tuple[str, str], float] = {}

    def affinity(key: Key, option: str) -> float:
        return habits.setdefault((key[0], option), rng.gauss(0, 0.8)) + rng.gauss(0, 0.7)

    return affinity


def _fill_collections(sheet: Sheet, keys: list[Key], likes: Affinity[Key]) -> None:
    chosen = choose_many(keys, COLLECTIONS, ANY_COLLECTION, likes)
    sheet.put_rows("collection_types", {key: chosen.get(key, ["none"]) for key in keys})
    sheet.put_rows("collection_plan", choose_one(keys, COLLECTION_PLAN, likes))
    owned = list(chosen)
    counts = {option: int(share * len(owned)) for option, share in OWNERSHIP.items()}
    counts["unknown"] += len(owned) - sum(counts.values())
    sheet.put_rows("collection_ownership", choose_one(owned, counts, likes))

    delivered = sheet.row_keys("collection_types", ("library_collection_delivered",))
    allowed = _in_libraries(delivered, ALLOWED_HOME, WITH_ALLOWED_HOME, likes, "allowed")
    left = [key for key in delivered if key not in allowed]
    counts = {"stay_at_school": STAY_AT_SCHOOL, "unknown": len(left) - STAY_AT_SCHOOL}
    sheet.put_rows("books_home", dict.fromkeys(allowed, "allowed") | choose_one(left, counts, likes))


def _fill_plans(sheet: Sheet, keys: list[Key], likes: Affinity[Key]) -> None:
    plans = choose_many(keys, PLANS, ANY_PLAN, likes)
    left = [key for key in keys if key not in plans]
    without = choose_one(left, {"unknown": PLAN_UNKNOWN, "none": len(left) - PLAN_UNKNOWN}, likes)
    sheet.put_rows("plan", plans | {key: [option] for key, option in without.items()})
    unknown = _in_libraries(keys, FREE_READING_UNKNOWN, WITH_FREE_READING_UNKNOWN, likes, "unknown")
    left = [key for key in keys if key not in unknown]
    known = choose_one(left, {"yes": FREE_READING_YES, "no": len(left) - FREE_READING_YES}, likes)
    sheet.put_rows("free_reading_in_timetable", dict.fromkeys(unknown, "unknown") | known)
    sheet.put_rows("funding_coverage_plan", choose_one(keys, COVERAGE_PLAN, likes))


def _in_libraries(keys: list[Key], total: int, n_libraries: int, likes: Affinity[Key], option: str) -> set[Key]:
    """`total` of the keys, in exactly `n_libraries` libraries; those with many keys first, as there must be room."""
    per_library: dict[str, list[Key]] = {}
    for key in keys:
        per_library.setdefault(key[0], []).append(key)
    room = {library: len(own) for library, own in per_library.items()}
    score = {library: likes((library, ""), option) * 4 + room[library] for library in room}
    chosen = set(top(list(room), n_libraries, score.__getitem__))
    parts = allocate(
        total,
        {library: float(count) for library, count in room.items()},
        {library: int(library in chosen) for library in room},
        {library: count if library in chosen else 0 for library, count in room.items()},
    )
    return {
        key for library, own in per_library.items() for key in top(own, parts[library], lambda key: likes(key, option))
    }
