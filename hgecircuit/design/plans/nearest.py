"""What to say when no plan exists: the nearest that does, each proposal searched and found."""

from __future__ import annotations

from dataclasses import replace

from hgecircuit.design.plans.request import PlanRequest
from hgecircuit.design.plans.room import NoPlaceError
from hgecircuit.design.plans.search import smallest_top
from hgecircuit.design.plans.shortest import shortest_time
from hgecircuit.design.plans.slots import Slots
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity

# Share of the effort that each proposal gets; it need not be the best.
_SHARE = 0.2
_ORDERS = {2: "second", 3: "third"}


def no_plan(request: PlanRequest, time_s: float, slots: Slots, *, proved: bool) -> InputError:
    """The error for a request without a plan, with what is possible instead.

    Args:
        request: What was asked for.
        time_s: T.
        slots: The problem at T.
        proved: Whether no plan exists; otherwise none was found.
    """
    request = replace(request, effort=request.effort * _SHARE)
    proposals = [
        *_fewer_channels(request, slots),
        *_higher_top(request, slots),
        *_longer_time(request, time_s),
    ]
    if slots.highest is not None and slots.count(request.carriers) == request.carriers:
        proposals.append("--allow-collisions for the plan with the fewest")
    verb = "exists" if proved else "was found"
    return InputError(
        f"no plan without collisions up to the {_ORDERS[request.order]} order {verb} "
        f"{_limits(request, slots)}",
        key="--channels",
        value=request.channels,
        expected="; or ".join(proposals) or "wider limits or fewer excluded bands",
    )


def no_place(request: PlanRequest, error: NoPlaceError) -> InputError:
    """The error for limits and bands that leave no place, with the shortest time that does."""
    if request.grid_hz is not None or request.highest_allowed_hz is None:
        return error
    request = replace(request, objective="time", time_s=None, effort=request.effort * _SHARE)
    found = shortest_time(request)
    if found is None:
        return error
    return InputError(
        error.problem,
        key=error.key,
        value=error.value,
        expected=f"--time {format_quantity(found.time_s, 's', 6)}; or {error.expected}",
    )


def no_time(request: PlanRequest) -> InputError:
    """The error for a request for the shortest time, when not even the longest is enough."""
    request = replace(request, effort=request.effort * _SHARE)
    found = shortest_time(replace(request, time_s=None))
    proposals = [] if found is None else [f"--time {format_quantity(found.time_s, 's', 6)}"]
    limit = ""
    if request.time_s is not None:
        limit = f" within {format_quantity(request.time_s, 's', 6)}"
        try:
            slots = request.slots(request.time_s)
        except InputError:
            pass
        else:
            proposals = [*_fewer_channels(request, slots), *_higher_top(request, slots), *proposals]
    elif request.lowest_hz == request.highest_allowed_hz:
        proposals = ["at most 2 channels" if request.quadrature else "at most 1 channel"]
    return InputError(
        f"no plan without collisions up to the {_ORDERS[request.order]} order was found{limit}",
        key="--time",
        value=None if request.time_s is None else format_quantity(request.time_s, "s", 6),
        expected="; or ".join(proposals) or "fewer channels, wider limits or narrower bands",
    )


def _limits(request: PlanRequest, slots: Slots) -> str:
    grid = format_quantity(slots.unit_hz * slots.step, "Hz", 6)
    text = f"on multiples of {grid} from {format_quantity(slots.lowest * slots.unit_hz, 'Hz', 6)}"
    highest_hz = request.highest_allowed_hz
    if highest_hz is None:
        return text
    text += f" to {format_quantity(highest_hz, 'Hz', 6)}"
    if highest_hz != request.highest_hz:
        text += " (the sample rate's limit)"
    return text


def _fewer_channels(request: PlanRequest, slots: Slots) -> list[str]:
    """The largest number of channels for which a plan is found."""
    low, high = 0, request.carriers
    while high - low > 1:
        middle = (low + high) // 2
        if smallest_top(slots, middle, request.effort, any_plan=True).carriers is None:
            high = middle
        else:
            low = middle
    if low == 0:
        return []
    channels = 2 * low if request.quadrature else low
    proposals = [f"at most {channels} channel{'s' if channels > 1 else ''}"]
    if not request.quadrature and (request.channels + 1) // 2 <= low:
        proposals.append("--quadrature")
    return proposals


def _higher_top(request: PlanRequest, slots: Slots) -> list[str]:
    """The smallest upper limit that is enough."""
    if request.highest_hz is None:
        return []
    freed = replace(request, highest_hz=None, objective="top")
    highest_hz = freed.highest_allowed_hz
    highest = None if highest_hz is None else int(highest_hz / slots.unit_hz * (1 + 1e-9))
    found = smallest_top(replace(slots, highest=highest), request.carriers, request.effort)
    if found.carriers is None:
        return []
    top_hz = float(found.carriers[-1]) * slots.unit_hz
    return [f"--highest {format_quantity(top_hz, 'Hz', 6)}"]


def _longer_time(request: PlanRequest, time_s: float) -> list[str]:
    """The shortest time that is enough."""
    if request.grid_hz is not None or request.highest_allowed_hz is None:
        return []
    found = shortest_time(replace(request, objective="time", time_s=None))
    if found is None or found.time_s <= time_s:
        return []
    return [f"--time {format_quantity(found.time_s, 's', 6)}"]
