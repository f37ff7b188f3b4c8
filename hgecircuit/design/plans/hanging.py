"""Good plans that hang from the upper limit, where noise is least: any size, any distance."""

from __future__ import annotations

import random

import numpy as np

from hgecircuit.design.plans.construct import MOST_FIRST_FIT, Effort
from hgecircuit.design.plans.rulers import optimal_ruler
from hgecircuit.design.plans.slots import SECOND, Slots, first_fit, is_free
from hgecircuit.design.plans.stretches import sidon_sets, stretch

# Up to this size the exact search needs no help from Sidon sets.
_MOST_EXACT = 8
# Least distances of neighbours, in steps, that are tried where neighbours disturb each other.
_SPREADS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)


def highest_carriers(
    slots: Slots, count: int, effort: Effort, *, spread: bool = False
) -> list[np.ndarray]:
    """Plans with carriers as high as they get below the upper limit, each rising; maybe none.

    Args:
        slots: The rules, with an upper limit.
        count: Number of carriers.
        effort: How long to search.
        spread: Whether plans that keep neighbours further apart are wanted too.
    """
    places = slots.usable[::-1]
    if len(places) < count:
        return []
    found = []
    if count <= MOST_FIRST_FIT:
        found.append(first_fit(slots, count, places))
    if slots.order == SECOND:
        # Places above half the top are free, however far apart.
        most = max(1, len(places[2 * places > places[0]]) // count)
        steps = {min(spread, most) for spread in (*_SPREADS, most)} if spread else {1}
        found += [first_fit(slots, count, places[::step]) for step in sorted(steps)]
    if slots.order > SECOND:
        found += _rulers_below(slots, count)
        if count > _MOST_EXACT:
            found += _sidon_below(slots, count, effort, _SPREADS if spread else (1,))
    return [plan for plan in found if plan is not None]


def _rulers_below(slots: Slots, count: int) -> list[np.ndarray]:
    """The shortest ruler and its mirror image, as high as bands allow."""
    ruler = optimal_ruler(count)
    assert slots.highest is not None
    if ruler is None:
        return []
    found, length = [], int(ruler[-1])
    for marks in (ruler, length - ruler[::-1]):
        for drop in range(length + 1):
            carriers = (slots.highest // slots.step - drop - length + marks) * slots.step
            if carriers[0] < slots.lowest:
                break
            blocked = slots.bands.blocked(carriers * slots.unit_hz).any()
            if not blocked and is_free(slots, carriers):
                found.append(carriers)
                break
    return found


def _sidon_below(
    slots: Slots, count: int, effort: Effort, spreads: tuple[int, ...]
) -> list[np.ndarray]:
    """Dense stretches of Sidon sets that hang from the upper limit: the highest for every spread.

    Args:
        slots: The rules, with an upper limit.
        count: Number of carriers.
        effort: How long to search.
        spreads: Least distances of neighbours, in steps.
    """
    assert slots.highest is not None
    draw, work = random.Random(effort.seed), 0.0
    sets, best = sidon_sets(count), dict[int, np.ndarray]()
    ceiling = slots.highest // slots.step * slots.step
    while work < effort.tries:
        spread = draw.choice(spreads)
        drops = stretch(draw, draw.choice(sets), count)[0]
        hanging = ceiling - drops[np.diff(drops, prepend=-spread) >= spread] * slots.step
        hanging = hanging[hanging >= slots.lowest]
        hanging = hanging[~slots.bands.blocked(hanging * slots.unit_hz)]
        work += 4 + count / 20
        if len(hanging) >= count:
            work += len(hanging)
            plan = first_fit(slots, count, hanging)
            if plan is not None and plan.sum() > best.get(spread, np.zeros(1)).sum():
                best[spread] = plan
    return list(best.values())
