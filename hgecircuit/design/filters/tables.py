"""A filter's design as tables of text for people."""

from __future__ import annotations

from typing import Any, NamedTuple

from hgecircuit.design.filters.data import PERCENTILE_NAMES
from hgecircuit.design.filters.hints import option
from hgecircuit.units import format_quantity

_ENOUGH_BUILDS = 0.95


class TextTable(NamedTuple):
    """One table.

    Attributes:
        title: Above it.
        headings: Of the columns.
        rows: Texts, as many as there are headings.
    """

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]


def design_tables(data: dict[str, Any]) -> list[TextTable]:
    """All tables of a design; ``data`` comes from :func:`design_data`."""
    return [_components(data), _performance(data), _needs(data), _opamps(data)]


def headline(data: dict[str, Any]) -> str:
    """What the filter is, in one sentence."""
    request, target = data["request"], data["target"]
    text = (
        f"{request['family']} low-pass of order {request['order']}, {request['topology']}, "
        f"cut-off {_q(target['cutoff_hz'], 'Hz')}"
    )
    settled, asked_s = request["settled"], request["settle_time_s"]
    if asked_s is not None:
        real_s = data["performance"]["settling_s"][settled]
        text += (
            f", settles to {100 * request['settle_error']:.4g} % ({settled}) after "
            f"{_q(real_s, 's')} ({_q(asked_s, 's')} asked for)"
        )
    return text


def notes(data: dict[str, Any]) -> list[str]:
    """What to know beside the tables."""
    selection, noise = data["selection"], data["noise"]
    best = "the best of all in these ranges" if selection["proven_best"] else "the best found"
    found = [
        f"response error of these values: {100 * selection['error']:.3g} % ({best}); "
        f"{100 * selection['rounded_error']:.3g} % with every value rounded by itself, "
        f"{100 * selection['recomputed_error']:.3g} % with resistors computed for real capacitors"
        " and rounded" + _opamp_note(data),
        f"output noise: {_least(noise['unknown'])}{_q(noise['density_v_per_rthz'], 'V')}/sqrt(Hz) "
        f"in the pass-band, {_q(noise['band_rms_v'], 'V')} rms up to 10 times the cut-off, "
        f"{_q(noise['rms_v'], 'V')} rms in all ("
        + ", ".join(
            f"{name} {'unknown' if rms is None else _q(rms, 'V')}"
            for name, rms in noise["shares_rms_v"].items()
        )
        + ")"
        + _unknown_note(data),
        *_output_notes(data),
    ]
    share = data["tolerances"]["share_settled_in_time"]
    if share is not None:
        found.append(
            f"{100 * share:.3g} % of {data['tolerances']['builds']} random builds are settled in"
            " time" + _yield_note(data, share)
        )
    share, wanted_db = data["tolerances"]["share_attenuated"], data["request"]["attenuation_db"]
    if share is not None:
        found.append(
            f"{100 * share:.3g} % of {data['tolerances']['builds']} random builds attenuate every "
            f"interfering frequency by {wanted_db:g} dB"
        )
    return found


def _least(unknown: list[str]) -> str:
    """What stands before a noise figure that lacks the kinds of noise that are unknown."""
    return "at least " if unknown else ""


def _unknown_note(data: dict[str, Any]) -> str:
    unknown = data["noise"]["unknown"]
    return f"; no figure for the {' and the '.join(unknown)} of {data['opamp']}" if unknown else ""


def _yield_note(data: dict[str, Any], share: float) -> str:
    """What to ask for so that nearly all builds are in time: times scale with the cut-off."""
    if share >= _ENOUGH_BUILDS:
        return ""
    request = data["request"]
    wanted_s = request["settle_time_s"]
    name = f"settling ({request['settled']})"
    late_s = next(one["p95"] for one in data["tolerances"]["spreads"] if one["name"] == name)
    if late_s is None:
        return ""
    if request["cutoff_hz"] is not None:
        hint = option("--cutoff", request["cutoff_hz"] * late_s / wanted_s, "Hz", up=True)
    else:
        hint = option("--settle-time", wanted_s * wanted_s / late_s, "s", up=False)
    return f"; with about {hint} 95 % would be"


def _output_notes(data: dict[str, Any]) -> list[str]:
    """How far the attenuation can be believed: op-amps without loop gain let the input through."""
    output = data["performance"]["output_resistance"]
    if output["counted_ohm"] or output["most_ohm"] is None:
        return []
    text = (
        "the attenuations leave out the op-amps' output resistance, for which the table has no "
        f"figure: they hold within 1 dB up to {_q(output['most_ohm'], 'Ω', 3)} in open loop"
    )
    if output["most_ohm"] < output["example_ohm"]:
        pairs = zip(data["request"]["reject_hz"], output["example_attenuation_db"], strict=True)
        levels = ", ".join(f"{level:.1f} dB at {_q(hz, 'Hz')}" for hz, level in pairs)
        text = f"warning: {text}; with {_q(output['example_ohm'], 'Ω')} they are {levels}"
    return [f"{text}; --output-resistance counts it in"]


def _opamp_note(data: dict[str, Any]) -> str:
    error = data["performance"]["opamp_response_error"]
    return "" if error is None else f"; the op-amps change the pass-band by {100 * error:.2g} %"


def _components(data: dict[str, Any]) -> TextTable:
    rows = []
    for one in data["components"]:
        slopes = one["sensitivity"]
        rows.append(
            (
                one["name"],
                _q(one["value"], one["unit"], 3),
                f"{one['nodes'][0]} - {one['nodes'][1]}",
                f"{one['section']} {one['section_kind']}",
                _q(one["exact_value"], one["unit"]),
                f"{slopes['cutoff']:+.3f}",
                "" if slopes["q"] is None else f"{slopes['q']:+.3f}",
            )
        )
    headings = ("part", "value", "nodes", "section", "textbook", "on cut-off", "on Q")
    return TextTable(
        "components; textbook: exact values with equal resistors; sensitivities: d ln / d ln value",
        headings,
        rows,
    )


def _performance(data: dict[str, Any]) -> TextTable:
    target, real = data["target"], data["performance"]
    spreads = {one["name"]: one for one in data["tolerances"]["spreads"]}
    request = data["request"]
    rows = [_row("cut-off", target["cutoff_hz"], real["cutoff_hz"], "Hz", spreads["cutoff"])]
    for index, (wanted, found) in enumerate(
        zip(target["sections"], real["sections"], strict=True), 1
    ):
        name = f"pole frequency of section {index}"
        rows.append(_row(name, wanted["pole_hz"], found["pole_hz"], "Hz", spreads[name]))
        if wanted["q"] is not None:
            name = f"Q of section {index}"
            rows.append(_row(name, wanted["q"], found["q"], "", spreads[name]))
    for column, frequency_hz in enumerate(request["reject_hz"]):
        name = f"attenuation at {frequency_hz:.6g} Hz"
        levels = (target["attenuation_db"][column], real["attenuation_db"][column])
        rows.append(_row(f"attenuation at {_q(frequency_hz, 'Hz')}", *levels, "dB", spreads[name]))
    for reading in ("first", "stay"):
        spread = spreads[f"settling ({reading})"]
        times = (target["settling_s"][reading], real["settling_s"][reading])
        name = f"settled to {100 * request['settle_error']:.4g} % ({reading})"
        rows.append(_row(name, *times, "s", spread))
    bandwidths = (target["noise_bandwidth_hz"], real["noise_bandwidth_hz"])
    rows.append(_row("equivalent noise bandwidth", *bandwidths, "Hz", None))
    gain = data["performance"]["gain_v_per_v"]
    ideal = float(round(gain))
    rows.append(_row("gain at 0 Hz", ideal, gain, "V/V", spreads["gain at 0 Hz"]))
    opamp = data["opamp"] or "ideal op-amps"
    builds = data["tolerances"]["builds"]
    return TextTable(
        f"performance with {opamp}, and of {builds} random builds (seed "
        f"{data['tolerances']['seed']})",
        ("quantity", "ideal", "exact network", "least", "5 %", "95 %", "most"),
        rows,
    )


def _row(
    name: str, ideal: float, real: float, unit: str, spread: dict[str, Any] | None
) -> tuple[str, ...]:
    ends = [] if spread is None else [spread[key] for key in PERCENTILE_NAMES if key != "median"]
    texts = [_value(value, unit) for value in (ideal, real, *ends)]
    return (name, *texts, *[""] * (4 - len(ends)))


def _needs(data: dict[str, Any]) -> TextTable:
    needs = data["opamp_needs"]
    bias = "any" if needs["bias_a"] is None else f"at most {_q(needs['bias_a'], 'A')}"
    allowed = 100 * data["request"]["opamp_error"]
    rows = [
        ("gain-bandwidth product", f"at least {_q(needs['gain_bandwidth_hz'], 'Hz')}",
         f"changes the pass-band by at most {allowed:.3g} %"),
        ("slew rate", f"at least {_q(needs['slew_v_per_s'], 'V/s')}",
         f"input jumps between plus and minus {_q(data['request']['amplitude_v'], 'V')}"),
        ("input offset", f"at most {_q(needs['offset_v'], 'V')}",
         f"half of {_q(needs['offset_budget_v'], 'V')} at the output; it is multiplied by "
         f"{needs['offset_gain']:.3g}"),
        ("input bias current", bias,
         f"the other half; it flows through {_q(needs['bias_ohm'], 'Ω')}"),
        ("output swing", f"at least {_q(needs['swing_v'], 'V')} either way", "largest signal"),
        ("total supply", "any" if needs["supply_v"] is None else _q(needs["supply_v"], "V"),
         "more than twice the swing, and room at the rails"),
    ]  # fmt: skip
    return TextTable("each op-amp must have", ("figure", "needed", "because"), rows)


def _opamps(data: dict[str, Any]) -> TextTable:
    rows = []
    for fit in data["opamps"]:
        sheet = fit["data_sheet"]
        mark = " typ." if sheet["bias_is_typical"] else ""
        rows.append(
            (
                fit["name"] + (" *" if fit["name"] == data["opamp"] else ""),
                sheet["kind"],
                _q(sheet["gain_bandwidth_hz"], "Hz", 3),
                _q(sheet["offset_v"], "V", 3),
                _q(sheet["bias_a"], "A", 3) + mark,
                _q(fit["output_offset_v"], "V", 3),
                _least(fit["unknown_noise"]) + _q(fit["output_noise_band_rms_v"], "V", 3),
                "fits" if fit["fits"] else "; ".join(fit["reasons"]),
            )
        )
    headings = ("op-amp", "kind", "GBW", "offset", "bias", "offset out", "noise out", "verdict")
    return TextTable(
        "well-known op-amps in this filter (* used above; data sheets in --json)", headings, rows
    )


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "none"
    if unit == "dB":
        return f"{value:.2f} dB"
    return f"{value:.4f}" if unit in ("", "V/V") else _q(value, unit)


def _q(value: float, unit: str, digits: int = 4) -> str:
    return format_quantity(value, unit, digits)
