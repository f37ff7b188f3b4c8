"""Frequency plans as lines for people and as data for programs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.units import format_quantity

if TYPE_CHECKING:
    from hgecircuit.design.plans import (
        Collision,
        Collisions,
        FrequencyPlan,
        PlanCheck,
        PlanRequest,
    )

_ORDERS = {2: "second", 3: "third"}
_DIGITS = 7
# Longer tables are cut in the middle; the data have every row.
_MOST_ROWS = 44
_MOST_COLLISIONS = 30
#: Share of its partner's derivative that a shared carrier may leak, for the phase it needs.
QUADRATURE_LEAK = 0.01


def plan_lines(plan: FrequencyPlan) -> list[str]:
    """A plan in words and tables."""
    request = plan.request
    kind = "coherent plan" if plan.is_coherent else "plan, not coherent"
    head = (
        f"{kind}: {request.channels} channel{'s' if request.channels > 1 else ''} on "
        f"{request.carriers} carrier{'s' if request.carriers > 1 else ''}, multiples of "
        f"{_hertz(plan.grid_hz)}, T = {format_quantity(plan.time_s, 's', 6)}"
    )
    return [
        head,
        "",
        *_channel_table(plan),
        "",
        *_collision_lines(plan.collisions),
        _optimum_line(plan),
        *_expected_lines(plan),
        *_quadrature_lines(plan),
    ]


def check_lines(check: PlanCheck) -> list[str]:
    """A checked list of carriers in words."""
    tones = ", ".join(_hertz(tone_hz, 9) for tone_hz in check.frequencies_hz[:_MOST_ROWS])
    more = len(check.frequencies_hz) - _MOST_ROWS
    tones += f" and {more} more" if more > 0 else ""
    breaks = [f"broken rule: {one}" for one in check.breaks[:_MOST_ROWS]]
    return [f"carriers: {tones}", *_collision_lines(check.collisions), *breaks]


def plan_facts(plan: FrequencyPlan) -> dict[str, Any]:
    """A plan as data; every key ends in its unit."""
    request, expected, optimum = plan.request, plan.expected, plan.optimum
    return {
        "format": "hgecircuit-plan",
        "version": 1,
        "channels": request.channels,
        "carriers": request.carriers,
        "frequencies_hz": plan.frequencies_hz.tolist(),
        "phases_deg": np.degrees(plan.phases_rad).tolist(),
        "time_s": plan.time_s,
        "grid_hz": plan.grid_hz,
        "coherent": plan.is_coherent,
        "order": request.order,
        "collisions": collision_facts(plan.collisions),
        "optimum": {
            "objective": request.objective,
            "what": optimum.what,
            "value": optimum.value,
            "bound": optimum.bound,
            "unit": optimum.unit,
            "optimal": optimum.is_optimal,
            "gap": optimum.gap if math.isfinite(optimum.gap) else None,
            "nodes": optimum.nodes,
            "note": optimum.note,
        },
        "expected_error": {
            "noise": expected.noise.tolist(),
            "second_harmonic": expected.second_harmonic.tolist(),
            "crosstalk": expected.crosstalk.tolist(),
            "total": expected.total.tolist(),
            "unsettled": expected.unsettled,
        },
        "quadrature": _quadrature_facts(plan),
        "request": _request_facts(request),
    }


def _request_facts(request: PlanRequest) -> dict[str, Any]:
    return {
        "time_s": request.time_s,
        "lowest_hz": request.lowest_hz,
        "highest_hz": request.highest_hz,
        "grid_hz": request.grid_hz,
        "quadrature": request.quadrature,
        "mains_hz": list(request.bands.mains_hz),
        "mains_width_hz": request.bands.mains_width_hz,
        "excluded_hz": [list(band) for band in request.bands.bands_hz],
        "sample_rate_hz": request.sample_rate_hz,
        "response": request.response,
        "poles": request.filter_order,
        "settled": request.settled,
        "signal_a": request.signal_a,
        "allow_collisions": request.allow_collisions,
        "nodes": request.effort.nodes,
        "tries": request.effort.tries,
        "seed": request.effort.seed,
    }


def check_facts(check: PlanCheck) -> dict[str, Any]:
    """A checked list of carriers as data."""
    return {
        "format": "hgecircuit-plan-check",
        "version": 1,
        "frequencies_hz": list(check.frequencies_hz),
        "collisions": collision_facts(check.collisions),
        "broken_rules": list(check.breaks),
        "free": check.collisions.total == 0 and not check.breaks,
    }


def collision_facts(collisions: Collisions) -> dict[str, Any]:
    """Collisions as data: exact counts, and the first of them."""
    return {
        "order": collisions.order,
        "count": collisions.total,
        "by_order": {str(order): count for order, count in collisions.counts.items()},
        "tolerance_hz": collisions.tolerance_hz,
        "list": [
            {
                "order": one.order,
                "product": one.formula,
                "tones_hz": list(one.tones_hz),
                "counts": list(one.counts),
                "product_hz": one.product_hz,
                "carrier_hz": one.carrier_hz,
                "alias": one.is_alias,
                "weight": one.weight,
            }
            for one in collisions.listed
        ],
    }


def _channel_table(plan: FrequencyPlan) -> list[str]:
    heading = ("channel", "carrier", "phase", "cycles in T", "noise", "crosstalk", "2 f")
    expected, digits = plan.expected, _digits(plan)
    rows = [
        (
            str(channel + 1),
            _hertz(frequency_hz, digits),
            f"{math.degrees(phase_rad):.0f} deg",
            _cycles(frequency_hz * plan.time_s),
            _share(expected.noise[channel]),
            _share(expected.crosstalk[channel]),
            _share(expected.second_harmonic[channel]),
        )
        for channel, (frequency_hz, phase_rad) in enumerate(
            zip(plan.frequencies_hz.tolist(), plan.phases_rad.tolist(), strict=True)
        )
    ]
    if len(rows) > _MOST_ROWS:
        half = _MOST_ROWS // 2
        left_out = len(rows) - 2 * half
        middle = [("...", f"{left_out} more", "", "", "", "", "")]
        rows = [*rows[:half], *middle, *rows[-half:]]
    return _table(heading, rows)


def _table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[k]) for row in (heading, *rows)) for k in range(len(heading))]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in (heading, *rows)
    ]


def _collision_lines(collisions: Collisions) -> list[str]:
    words = _ORDERS[collisions.order]
    if collisions.total == 0:
        return [f"collisions up to the {words} order: none (every product checked)"]
    counts = ", ".join(
        f"{count} of the {_ORDERS[order]} order" for order, count in collisions.counts.items()
    )
    rows = [_collision_row(one) for one in collisions.listed[:_MOST_COLLISIONS]]
    lines = [
        f"collisions up to the {words} order: {collisions.total} ({counts})",
        *_table(("order", "product", "falls on", "amplitude"), rows),
    ]
    left_out = collisions.total - len(rows)
    return [*lines, f"... and {left_out} more"] if left_out else lines


def _collision_row(one: Collision) -> tuple[str, ...]:
    falls = _hertz(one.carrier_hz, 9)
    falls += f" (alias of {_hertz(one.product_hz, 9)})" if one.is_alias else ""
    return (str(one.order), one.formula, falls, f"{one.weight:g} x^{one.order}")


def _optimum_line(plan: FrequencyPlan) -> str:
    optimum = plan.optimum
    value, bound = (_in_unit(one, optimum.unit) for one in (optimum.value, optimum.bound))
    line = f"{optimum.what}: {value}; optimal: "
    if optimum.is_optimal:
        line += "yes"
    else:
        line += "not proven"
        if optimum.bound > 0:
            line += f" (no plan has less than {bound}: at most {_excess(optimum.gap)} the best)"
    if optimum.nodes:
        line += f"; {optimum.nodes} nodes searched"
    return line + (f"; {optimum.note}" if optimum.note else "")


def _excess(gap: float) -> str:
    return f"{100 * gap:.2g} % above" if gap < 1 else f"{1 + gap:.3g} times"


def _in_unit(value: float, unit: str) -> str:
    if unit == "1":
        return _share(value)
    return f"{value:g}" if unit == "collisions" else format_quantity(value, unit, 7)


def _expected_lines(plan: FrequencyPlan) -> list[str]:
    expected = plan.expected
    worst = int(np.argmax(expected.total))
    lines = [
        "expected error, equally strong channels, share of the derivative: "
        f"{_share(math.sqrt(expected.mean_square))} rms, worst {_share(expected.total[worst])} in "
        f"channel {worst + 1}",
    ]
    if expected.unsettled > 1e-6:
        lines.append(
            f"not settled at T: {_share(expected.unsettled)} of every reading (divide it out)"
        )
    return lines


def _quadrature_facts(plan: FrequencyPlan) -> dict[str, Any] | None:
    from hgecircuit.design.plans import phase_accuracy

    if not plan.request.quadrature or plan.request.channels < 2:
        return None
    shared_hz = plan.frequencies_hz[plan.request.channels // 2 * 2 - 1]
    error_rad, delay_s = phase_accuracy(QUADRATURE_LEAK, float(shared_hz))
    return {
        "leak": QUADRATURE_LEAK,
        "phase_error_deg": math.degrees(error_rad),
        "delay_s": delay_s,
        "at_hz": float(shared_hz),
    }


def _quadrature_lines(plan: FrequencyPlan) -> list[str]:
    facts = _quadrature_facts(plan)
    if facts is None:
        return []
    return [
        "quadrature: two channels share a carrier 90 deg apart; a phase error e leaks sin(e) of "
        "the partner's derivative. "
        f"{_share(facts['leak'])} needs {facts['phase_error_deg']:.2g} deg, which is "
        f"{format_quantity(facts['delay_s'], 's', 3)} of uncorrected delay at "
        f"{_hertz(facts['at_hz'])}"
    ]


def _digits(plan: FrequencyPlan) -> int:
    """Digits that tell one multiple of the grid from the next."""
    steps = float(plan.frequencies_hz[-1]) / plan.grid_hz
    return max(_DIGITS, math.ceil(math.log10(steps)) + 1)


def _hertz(frequency_hz: float, digits: int = _DIGITS) -> str:
    return format_quantity(float(frequency_hz), "Hz", digits)


def _cycles(cycles: float) -> str:
    nearest = round(cycles)
    return str(nearest) if abs(cycles - nearest) <= 1e-9 * cycles else f"{cycles:.6g}"


def _share(value: float) -> str:
    """A share in percent; what is only rounding is zero."""
    percent = 100 * float(value)
    if percent >= 99.5:
        return f"{percent:.0f} %"
    return "0 %" if abs(percent) < 1e-10 else f"{percent:.2g} %"
