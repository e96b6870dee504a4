"""The invented register of school locations: primary, special, secondary; with pupils and the library of the area."""

from collections import Counter
from dataclasses import dataclass, replace
from random import Random

from tools.demo.answers.assign import allocate, seeded
from tools.demo.answers.libraries import DEMO_LIBRARY, PROVINCES, STEMS, Library, active

# PO: 6,590 locations = 6,017 + 427 special + 146 unknown. VO: 1,838, of which 919 is half.
PO_KINDS = {"bo": 6017, "sbo": 183, "so": 136, "unknown": 146}
N_BOTH = 108
VO_KINDS = {"vo": 1476, "vso": 254}
N_PO = sum(PO_KINDS.values()) + N_BOTH
N_VO = sum(VO_KINDS.values()) + N_BOTH
N_WITHOUT_VO = 2
DEMO_LOCATIONS = 48
MEAN_PUPILS = {"bo": 215, "sbo": 140, "so": 105, "so_vso": 160, "vso": 130, "vo": 620, "unknown": 90}
N_CLOSED, N_OPENED = 31, 18

_ADJECTIVES = (
    "Blauwe", "Gouden", "Groene", "Grote", "Hoge", "Kleine", "Lichte", "Oude", "Rode", "Ronde", "Snelle", "Stille",
    "Vrije", "Vrolijke", "Wakkere", "Warme", "Wijde", "Wilde", "Witte", "Zachte", "Zilveren", "Zonnige",
)  # fmt: skip
_NOUNS = (
    "Appelboom", "Ballon", "Beuk", "Brug", "Dolfijn", "Eekhoorn", "Fontein", "Golf", "Haven", "Kade", "Kikker",
    "Klimop", "Komeet", "Kraanvogel", "Kring", "Krekel", "Lantaarn", "Meander", "Molen", "Oever", "Parel",
    "Penseel", "Pluim", "Schelp", "Sleutel", "Sprong", "Tuin", "Uil", "Vlieger", "Vlinder", "Vuurtoren", "Weide",
    "Wegwijzer", "Zeester",
)  # fmt: skip
_KIND_NAMES = {
    "bo": "Basisschool", "unknown": "School", "sbo": "SBO", "so": "SO-school", "so_vso": "Centrum",
    "vso": "VSO-college", "vo": "College",
}  # fmt: skip


@dataclass(frozen=True)
class School:
    code: str
    name: str
    kind: str
    municipality: str
    pupils: int
    library: str

    @property
    def in_po(self) -> bool:
        return self.kind in ("bo", "sbo", "so", "so_vso", "unknown")

    @property
    def in_vo(self) -> bool:
        return self.kind in ("vo", "vso", "so_vso")


def schools_2022(libraries: list[Library], without_vo: list[str]) -> list[School]:
    """The register in 2021-2022, by library."""
    rng = seeded("schools")
    per_library = _kinds_per_library(rng, libraries, without_vo)
    towns = _municipalities(rng, libraries)
    made: list[School] = []
    brin = location = 0
    for library in libraries:
        previous = ""
        for kind in per_library[library.code]:
            # Now and then a location of the same school as the one before: same first four characters.
            same = kind == previous and location < 3 and rng.random() < 0.1
            brin, location, previous = (brin, location + 1, kind) if same else (brin + 1, 0, kind)
            town = towns[library.code][int(len(towns[library.code]) * rng.random() ** 1.5)]
            pupils = max(12, round(MEAN_PUPILS[kind] * rng.lognormvariate(-0.12, 0.5)))
            made.append(School(_code(brin, location), _name(rng, kind), kind, town, pupils, library.code))
    return made


def schools_2023(schools: list[School], libraries: list[Library]) -> list[School]:
    """A year later: other libraries after the mergers, some primary schools closed, some new; VO as it was."""
    rng = seeded("schools-2023")
    moved = {library.code: library.successor for library in libraries if library.successor}
    here = [school for school in schools if school.kind == "bo" and school.library != DEMO_LIBRARY]
    large = Counter(school.library for school in here)
    roomy = [school for school in here if large[school.library] > 30]
    closed = {school.code for school in rng.sample(roomy, N_CLOSED)}
    later = [
        replace(school, library=moved.get(school.library, school.library), pupils=_a_year_later(rng, school))
        for school in schools
        if school.code not in closed
    ]
    brin = len(schools)
    for near in rng.sample([school for school in roomy if school.code not in closed], N_OPENED):
        brin += 1
        new = replace(near, code=_code(brin, 0), name=_name(rng, "bo"), pupils=rng.randrange(30, 120))
        later.append(replace(new, library=moved.get(near.library, near.library)))
    order = {library.code: place for place, library in enumerate(libraries)}
    return sorted(later, key=lambda school: (order[school.library], school.code))


def libraries_without_vo(libraries_2023: list[Library]) -> list[str]:
    """The two smallest libraries that are no part of a merger: no secondary school in their work area."""
    apart = {library.successor for library in libraries_2023}
    candidates = [library for library in active(libraries_2023) if library.code not in apart]
    return [library.code for library in sorted(candidates, key=lambda item: item.inhabitants)[:N_WITHOUT_VO]]


def _kinds_per_library(rng: Random, libraries: list[Library], without_vo: list[str]) -> dict[str, list[str]]:
    """The kinds of each library's locations, grouped so that locations of one school can follow each other."""
    codes = [library.code for library in libraries]
    size = {library.code: float(library.inhabitants) for library in libraries}
    has_vo = {code: code not in without_vo for code in codes}
    weight = {code: size[code] ** 0.97 * rng.uniform(0.8, 1.25) for code in codes}
    low, high = dict.fromkeys(codes, 8), dict.fromkeys(codes, 999)
    low[DEMO_LIBRARY] = high[DEMO_LIBRARY] = DEMO_LOCATIONS
    n_po = allocate(N_PO, weight, low, high)
    n_vo = allocate(
        N_VO,
        {code: size[code] ** 1.04 * rng.uniform(0.75, 1.3) for code in codes},
        {code: int(has_vo[code]) for code in codes},
        {code: 999 * has_vo[code] for code in codes},
    )
    n_both = allocate(
        N_BOTH,
        {code: n_vo[code] ** 1.2 for code in codes},
        dict.fromkeys(codes, 0),
        {code: n_vo[code] // 2 for code in codes},
    )
    po = _deal(rng, {code: n_po[code] - n_both[code] for code in codes}, PO_KINDS)
    vo = _deal(rng, {code: n_vo[code] - n_both[code] for code in codes}, VO_KINDS)
    return {code: [*po[code], *["so_vso"] * n_both[code], *vo[code]] for code in codes}


def _deal(rng: Random, places: dict[str, int], kinds: dict[str, int]) -> dict[str, list[str]]:
    """Deal the kinds at random over the places, exactly as many of each kind as there are; sorted per library."""
    deck = [kind for kind, count in kinds.items() for _ in range(count)]
    rng.shuffle(deck)
    dealt: dict[str, list[str]] = {}
    for code, count in places.items():
        dealt[code], deck = sorted(deck[:count]), deck[count:]
    return dealt


def _municipalities(rng: Random, libraries: list[Library]) -> dict[str, list[str]]:
    """One to seven invented municipalities per library, the largest first."""
    used: set[str] = set()
    towns: dict[str, list[str]] = {}
    for library in libraries:
        endings = PROVINCES[library.province][2]
        wanted = min(7, 1 + round(library.inhabitants / 60_000 * rng.uniform(0.4, 1.3)))
        towns[library.code] = []
        while len(towns[library.code]) < wanted:
            first = rng.choice(("", "", "Oud", "Nieuw", "Noord", "Zuid", "Hoog", "Laag", "Klein", "Groot"))
            town = (first + rng.choice(STEMS) + rng.choice(endings)).capitalize()
            if town not in used:
                used.add(town)
                towns[library.code].append(town)
    return towns


def _code(brin: int, location: int) -> str:
    """Four characters and two digits; the first two digits lie outside the range that the real register uses."""
    letters = brin % 676
    return f"{60 + brin // 676:02d}{chr(65 + letters // 26)}{chr(65 + letters % 26)}{location:02d}"


def _name(rng: Random, kind: str) -> str:
    return f"{_KIND_NAMES[kind]} De {rng.choice(_ADJECTIVES)} {rng.choice(_NOUNS)}"


def _a_year_later(rng: Random, school: School) -> int:
    return max(10, round(school.pupils * rng.uniform(0.96, 1.035)))
