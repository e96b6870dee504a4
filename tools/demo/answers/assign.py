"""Hands out exact numbers: so many locations over libraries, so many ticks over units, always as many as asked.

Who gets them follows weights and scores, so that large or active libraries do more; how many is never left to chance.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeVar

Unit = TypeVar("Unit")
# How much a unit is inclined to an option; already holds its share of chance.
Affinity = Callable[[Unit, str], float]


def percent(k: int, n: int) -> int:
    """The one rounding of the project: half up, in exact integers. `percent(85, 136) == 63`."""
    return (200 * k + n) // (2 * n)


def allocate(
    total: int, weights: Mapping[Unit, float], low: Mapping[Unit, int], high: Mapping[Unit, int]
) -> dict[Unit, int]:
    """Divide `total` in proportion to the weights (Sainte-Laguë), each part between its own bounds."""
    parts = {unit: low[unit] for unit in weights}
    left = total - sum(parts.values())
    if left < 0 or total > sum(high[unit] for unit in weights):
        raise ValueError(f"{total} does not fit between the bounds")
    order = {unit: place for place, unit in enumerate(weights)}
    # A part above its due by its lower bound waits until the others have caught up.
    queue = [
        (-weight / (2 * parts[unit] + 1), order[unit], unit)
        for unit, weight in weights.items()
        if parts[unit] < high[unit]
    ]
    heapq.heapify(queue)
    for _ in range(left):
        _, place, unit = heapq.heappop(queue)
        parts[unit] += 1
        if parts[unit] < high[unit]:
            heapq.heappush(queue, (-weights[unit] / (2 * parts[unit] + 1), place, unit))
    return parts


def top(units: Sequence[Unit], k: int, score: Callable[[Unit], float]) -> list[Unit]:
    """The `k` units with the highest score, in the order of `units`."""
    if not 0 <= k <= len(units):
        raise ValueError(f"{k} of {len(units)} units")
    ranked = sorted(range(len(units)), key=lambda place: (-score(units[place]), place))[:k]
    return [units[place] for place in sorted(ranked)]


def choose_one(units: Sequence[Unit], counts: Mapping[str, int], affinity: Affinity) -> dict[Unit, str]:
    """One option each: option `o` to exactly `counts[o]` units; the most inclined first, in the order of `counts`."""
    left = list(units)
    chosen: dict[Unit, str] = {}
    for option, count in counts.items():
        score = {unit: affinity(unit, option) for unit in left}
        chosen |= dict.fromkeys(top(left, count, score.__getitem__), option)
        left = [unit for unit in left if unit not in chosen]
    if left:
        raise ValueError(f"{len(left)} units without an option")
    return chosen


def choose_many(
    units: Sequence[Unit], counts: Mapping[str, int], reach: int, affinity: Affinity, limit: int = 99
) -> dict[Unit, list[str]]:
    """Several options each: option `o` to exactly `counts[o]` units, at least one (at most `limit`) to exactly `reach`.

    Units that get nothing are not in the result. Options come in the order of `counts`.
    """
    if not max(counts.values()) <= reach <= sum(counts.values()) <= reach * limit:
        raise ValueError(f"{counts} cannot reach exactly {reach}")
    liking = {(unit, option): affinity(unit, option) for unit in units for option in counts}
    inclined = {unit: sum(liking[unit, option] for option in counts) for unit in units}
    reached = top(units, reach, inclined.__getitem__)
    chosen: dict[Unit, set[str]] = {unit: set() for unit in reached}
    for option in sorted(counts, key=lambda code: -counts[code]):
        open_units = [unit for unit in reached if len(chosen[unit]) < limit]
        score = {unit: liking[unit, option] for unit in open_units}
        for unit in top(open_units, counts[option], score.__getitem__):
            chosen[unit].add(option)
    for unit in reached:
        if not chosen[unit]:
            _hand_over(unit, chosen, liking)
    return {unit: [option for option in counts if option in chosen[unit]] for unit in reached}


def _hand_over(unit: Unit, chosen: dict[Unit, set[str]], liking: Mapping[tuple[Unit, str], float]) -> None:
    """Give an empty unit one tick of a unit that has more than one, where it hurts least; counts stay as they are."""
    donor, option = min(
        ((other, option) for other, options in chosen.items() if len(options) > 1 for option in sorted(options)),
        key=lambda pair: liking[pair] - liking[unit, pair[1]],
    )
    chosen[donor].remove(option)
    chosen[unit].add(option)


def spread(total: int, values: Mapping[Unit, float], low: int, high: int) -> dict[Unit, int]:
    """Whole numbers near `values` times a common factor, between `low` and `high`, that add up to `total`."""
    return allocate(total, values, dict.fromkeys(values, low), dict.fromkeys(values, high))


def seeded(name: str) -> Random:
    """A source of chance of its own for each part, so that a change in one part leaves the others as they are."""
    return Random(name)  # noqa: S311 (invented data, no secret)
