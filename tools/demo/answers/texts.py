"""Short invented Dutch texts for open questions and for "anders, namelijk"."""

OTHER_TEXTS: dict[str, tuple[str, ...]] = {
    "partners": (
        "de speelotheek",
        "het jongerenwerk",
        "de natuurspeeltuin",
        "een lokale boekwinkel",
        "de taalvrijwilligers",
    ),
    "staff_functions": (
        "mediacoach",
        "collectiespecialist",
        "teamleider educatie",
        "projectleider",
        "medewerker jeugd",
        "coördinator onderwijs",
    ),
    "volunteer_tasks": ("boeken repareren", "boeken rondbrengen", "leesclub begeleiden"),
    "reading_campaigns": (
        "een eigen zomerleesactie",
        "een boekenquiz voor groep 7 en 8",
        "een leesestafette van de gemeente",
    ),
    "reading_services": ("voorlezen op school", "boekenkringen", "leeskoffers op thema", "een schrijver in de klas"),
    "digital_services": ("een makersplaats op wielen", "lessen over nepnieuws", "leskisten met robots"),
    "digital_campaigns": ("een eigen mediamiddag", "een programmeerdag", "de week van veilig online"),
    "funding_sources": ("een fonds uit de streek", "een samenwerkingsverband", "bijdrage van de kinderopvang"),
    "monitoring_instruments": (
        "eigen enquête onder leerkrachten",
        "bezoeken met een kijkwijzer",
        "jaargesprek met het bestuur",
    ),
    "successes_top3": ("een gezamenlijke leesdag", "de nieuwe schoolbibliotheken", "meer plezier in lezen"),
    "bottlenecks_top3": (
        "wisselingen in het schoolteam",
        "te weinig ruimte in de school",
        "lange reistijden in ons gebied",
    ),
    "bottleneck_staffing_consequences": ("meer werkdruk", "minder bezoeken per school", "nieuwe plannen uitgesteld"),
    "bottleneck_funding_consequences": ("plannen een jaar uitgesteld", "geen nieuwe lesmaterialen"),
}

KPI_TOPICS = (
    "Prestatieafspraken met de gemeente over het aantal scholen.",
    "Aantal groepsbezoeken en het bereik onder kinderen van 4 tot 12 jaar.",
    "Het aandeel scholen met een eigen schoolbibliotheek.",
    "Aantal deelnemende scholen en tevredenheid van leerkrachten.",
    "Bereik per kern en het aantal leden jonger dan 12 jaar.",
)

OUTLOOK = (
    "We willen met alle scholen een meerjarige afspraak maken.",
    "Komend jaar ligt de nadruk op digitale geletterdheid.",
    "We breiden het aantal schoolbibliotheken verder uit.",
    "De inzet van leesconsulenten blijft gelijk; we zoeken structureel geld.",
    "We verwachten meer vraag van scholen naar hulp bij leesonderwijs.",
    "Na de verhuizing pakken we de groepsbezoeken weer op.",
)
