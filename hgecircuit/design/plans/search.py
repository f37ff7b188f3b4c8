"""The lowest top: constructions first, then a proof by branch and bound as far as it gets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.plans.bounds import top_bound
from hgecircuit.design.plans.construct import Effort, lowest_top
from hgecircuit.design.plans.exact import LARGEST_TREE, Budget, OutOfNodesError, plan_at, tree_size
from hgecircuit.design.plans.slots import Slots

# Beyond this size the tree is too large for a proof, or even for a better bound.
_MOST_PROVEN = 12
# Up to this size the proof takes less time than the constructions.
_MOST_AT_ONCE = 10


@dataclass(frozen=True, eq=False)
class Found:
    """Result of a search.

    Attributes:
        carriers: Rising places, shape (D,); None when no plan was found.
        bound: No plan has its top below; None when there is no plan at all.
        nodes: Nodes of the exact search.
    """

    carriers: np.ndarray | None
    bound: int | None
    nodes: int = 0

    @property
    def proved(self) -> bool:
        """Whether the plan is proven optimal, or proven not to exist."""
        if self.carriers is None:
            return self.bound is None
        return self.bound == int(self.carriers[-1])


def smallest_top(slots: Slots, count: int, effort: Effort, *, any_plan: bool = False) -> Found:
    """The plan with the lowest highest carrier.

    Args:
        slots: The rules.
        count: Number of carriers, at least 1.
        effort: How long to search.
        any_plan: Whether the first plan within the limits is enough.
    """
    bound = top_bound(slots, count)
    if bound is None:
        return Found(None, None)
    goal = slots.highest if any_plan and slots.highest is not None else bound
    if count <= _MOST_AT_ONCE:
        found = _prove(slots, count, bound, None, effort)
        if found.proved:
            return found
        assert found.bound is not None
        best = lowest_top(slots, count, max(goal, found.bound), effort)
        return Found(best, found.bound, found.nodes)
    best = lowest_top(slots, count, goal, effort)
    if best is not None and (any_plan or best[-1] == bound):
        return Found(best, bound)
    return _prove(slots, count, bound, best, effort)


def _prove(slots: Slots, count: int, bound: int, best: np.ndarray | None, effort: Effort) -> Found:
    """Try every top from the bound up: the first that works is optimal."""
    last = slots.highest if best is None else int(best[-1]) - 1
    if count > _MOST_PROVEN:
        return Found(best, bound)
    budget = Budget(effort.nodes)
    for top in slots.rising(bound):
        if last is not None and top > last:
            break
        if tree_size(slots, top) > LARGEST_TREE:
            return Found(best, top, budget.used)
        try:
            found = plan_at(slots, count, top, budget)
        except OutOfNodesError:
            return Found(best, top, budget.used)
        if found is not None:
            return Found(np.array(found), top, budget.used)
    return Found(best, None if best is None else int(best[-1]), budget.used)
