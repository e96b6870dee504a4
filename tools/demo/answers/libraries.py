"""The invented libraries: 137 in 2021-2022, three of them merged a year later."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from tools.demo.answers.assign import seeded

DEMO_LIBRARY = "B054"
SECOND_LIBRARY = "B025"

# Libraries per province, invented support organisation, and endings that sound like the place.
PROVINCES: dict[str, tuple[int, str, tuple[str, ...]]] = {
    "Groningen": (6, "Leesbrug Noord", ("wolde", "huizen", "meeden")),
    "Fryslân": (6, "Leesbrug Noord", ("wâld", "terp", "gea")),
    "Drenthe": (6, "Leesbrug Noord", ("loo", "esch", "diep")),
    "Overijssel": (13, "Verhalenwerf Oost", ("marke", "broek", "horst", "beek")),
    "Flevoland": (4, "Polderletters", ("polder", "vaart", "kaap")),
    "Gelderland": (21, "Verhalenwerf Oost", ("waard", "enk", "berg", "laar", "dal")),
    "Utrecht": (10, "Bladwijzer Midden", ("sticht", "veen", "hout")),
    "Noord-Holland": (20, "Duinschrift", ("duin", "meer", "dijk", "koog", "geest")),
    "Zuid-Holland": (24, "Deltapagina", ("rijn", "plas", "kade", "sluis", "hoek")),
    "Zeeland": (3, "Schelpschrift", ("kreek", "schor", "vliet")),
    "Noord-Brabant": (14, "Inktpot Zuid", ("donk", "rode", "ven", "heuvel")),
    "Limburg": (10, "Inktpot Zuid", ("rade", "graaf", "mergel")),
}
STEMS = (
    "Elzen", "Wilgen", "Hazelaar", "Vlier", "Meidoorn", "Iepen", "Kievits", "Reiger", "Leeuwerik", "Zwaluw",
    "Otter", "Bever", "Wulpen", "Varen", "Klaver", "Gagel", "Sperwer", "Merel", "Korenbloem", "Zegge", "Libel",
    "Egel", "Karper", "Lijster", "Populier", "Kornoelje", "Snoek", "Waterlelie", "Boterbloem", "Vos", "Haver",
    "Gerst", "Tarwe", "Lupine", "Kweepeer",
)  # fmt: skip

# Inhabitants in thousands of the sixteen largest work areas; the others follow from curves per size class.
XL = (864, 657, 549, 362, 317, 296, 278, 261, 252, 241, 236, 229, 222, 214, 208, 203)
N_LARGE, N_SMALL = 50, 14
MERGED_ON = ("2022-09-01", "2022-10-01", "2022-12-31")


@dataclass(frozen=True)
class Library:
    """A library. `leaning` is how active it is (a score around 0); it never leaves this package."""

    code: str
    name: str
    province: str
    inhabitants: int
    leaning: float
    successor: str = ""
    merged_on: str = ""

    @property
    def support_organisation(self) -> str:
        return PROVINCES[self.province][1]

    @property
    def is_xl(self) -> bool:
        return self.inhabitants > 200_000


def libraries_2022() -> list[Library]:
    """All 137 libraries, by code."""
    rng = seeded("libraries")
    sizes = list(_sizes(rng))
    rng.shuffle(sizes)
    names = _names(rng)
    made: list[Library] = []
    for province, (count, _, endings) in PROVINCES.items():
        for place in range(count):
            name = names[endings[place % len(endings)]].pop()
            code = f"B{len(made) + 1:03d}"
            made.append(Library(code, f"Bibliotheek {name}", province, sizes[len(made)], rng.gauss(0, 1)))
    return [_fixed(library) for library in made]


def _fixed(library: Library) -> Library:
    """The two libraries that have demo accounts: middle-sized, pleasantly named, in Gelderland."""
    if library.code == DEMO_LIBRARY:
        return replace(library, name="Bibliotheek Wilgenwaard", inhabitants=96_400, leaning=0.4)
    if library.code == SECOND_LIBRARY:
        return replace(library, inhabitants=71_300, leaning=0.1)
    return library


def libraries_2023(libraries: list[Library]) -> list[Library]:
    """The same rows a year later: three small libraries went up in a neighbour, which took over their inhabitants."""
    merged = dict(zip(_merging(libraries), MERGED_ON, strict=True))
    later: dict[str, Library] = {}
    grown = {library.code: library.inhabitants for library in libraries}
    for library in libraries:
        grown[library.code] += library.inhabitants * 6 // 1000
    for library in libraries:
        if library.code in merged:
            successor = _successor(library, libraries, merged)
            grown[successor.code] += grown[library.code]
            later[library.code] = replace(library, successor=successor.code, merged_on=merged[library.code])
        else:
            later[library.code] = library
    return [replace(library, inhabitants=grown[library.code]) for library in later.values()]


def active(libraries: list[Library]) -> list[Library]:
    return [library for library in libraries if not library.successor]


def _merging(libraries: list[Library]) -> list[str]:
    """The smallest library of three provinces."""
    provinces = ("Overijssel", "Noord-Holland", "Limburg")
    return [
        min((item for item in libraries if item.province == province), key=lambda item: item.inhabitants).code
        for province in provinces
    ]


def _successor(library: Library, libraries: list[Library], merged: dict[str, str]) -> Library:
    apart = {*merged, DEMO_LIBRARY, SECOND_LIBRARY}
    candidates = [item for item in libraries if item.province == library.province and item.code not in apart]
    return min(candidates, key=lambda item: abs(item.inhabitants - 90_000))


def _sizes(rng: Random) -> Iterator[int]:
    """Inhabitants of the 137 work areas: 16 over 200,000; 50 from 100,000; 57 from 30,000; 14 smaller."""
    total = sum(count for count, _, _ in PROVINCES.values())
    for thousands in XL:
        yield thousands * 1000 + rng.randrange(0, 900, 10)
    for place in range(N_LARGE):
        yield _tens(101_000 * math.exp(0.66 * place / N_LARGE) + rng.randrange(0, 900))
    n_middle = total - len(XL) - N_LARGE - N_SMALL
    for place in range(n_middle):
        yield _tens(30_800 + 67_000 * (place / n_middle) ** 1.15 + rng.randrange(0, 900))
    for place in range(N_SMALL):
        yield _tens(12_500 + 1_180 * place + rng.randrange(0, 700))


def _tens(number: float) -> int:
    return 10 * round(number / 10)


def _names(rng: Random) -> dict[str, list[str]]:
    """For each ending a shuffled stock of names, none of them twice."""
    stock: dict[str, list[str]] = {}
    for _, _, endings in PROVINCES.values():
        for ending in endings:
            names = [stem + ending for stem in STEMS if stem + ending != "Wilgenwaard"]
            rng.shuffle(names)
            stock[ending] = names
    return stock
