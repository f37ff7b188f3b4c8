"""A filter's design as plain data, for JSON and for tables: SI units, their names in the keys."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hgecircuit.design.filters.design import FilterDesign
from hgecircuit.design.filters.opamps import OpAmpFit
from hgecircuit.design.filters.tolerance import Spread
from hgecircuit.parts.filters.settling import READINGS

# An output resistance that many op-amps have about.
_EXAMPLE_OHM = 100.0
PERCENTILE_NAMES = ("least", "p5", "median", "p95", "most")


def design_data(design: FilterDesign) -> dict[str, Any]:
    """Everything that is known about a design; values that do not exist are None."""
    return {
        "request": design.request.to_dict(),
        "target": _target(design),
        "components": _components(design),
        "selection": _selection(design),
        "performance": _performance(design),
        "tolerances": _tolerances(design),
        "noise": _noise(design),
        "opamp": None if design.chosen is None else design.chosen.part.name,
        "opamp_needs": {key: _finite(value) for key, value in vars(design.needs).items()},
        "opamps": [_fit(fit) for fit in design.fits],
    }


def _target(design: FilterDesign) -> dict[str, Any]:
    prototype, request = design.prototype, design.request
    return {
        "cutoff_hz": prototype.cutoff_hz,
        "sections": [target._asdict() for target in design.metric.targets],
        "poles_rad_s": [[float(p.real), float(p.imag)] for p in prototype.poles_rad_s],
        "delay_s": prototype.delay_s,
        "noise_bandwidth_hz": prototype.noise_bandwidth_hz,
        "settling_s": {
            reading: prototype.settling_s(request.settle_error, reading) for reading in READINGS
        },
        "attenuation_db": prototype.attenuation_db(np.array(request.reject_hz)).tolist(),
    }


def _components(design: FilterDesign) -> list[dict[str, Any]]:
    exact = exact_values(design)
    found = []
    for one in design.sensitivities:
        section = design.cascade.sections[one.section]
        network = design.cascade.networks[one.section]
        branch = next(
            b for b in (*network.resistors, *network.capacitors) if b.name == one.component
        )
        found.append(
            {
                "name": one.component,
                "unit": "Ω" if one.component.startswith("R") else "F",
                "value": design.cascade.values[one.component],
                "exact_value": exact[one.component],
                "section": one.section + 1,
                "section_kind": section.kind.name,
                "nodes": [branch.a, branch.b],
                "sensitivity": {"cutoff": one.cutoff, "pole_frequency": one.pole, "q": one.q},
            }
        )
    return found


def exact_values(design: FilterDesign) -> dict[str, float]:
    """Values before rounding, by component."""
    cascade, found = design.cascade, {}
    triples = zip(cascade.sections, cascade.networks, design.rounded.exact, strict=True)
    for section, network, values in triples:
        for branch, part in zip(network.resistors, section.kind.resistors, strict=True):
            found[branch.name] = values[part.name]
        for branch, part in zip(network.capacitors, section.kind.capacitors, strict=True):
            found[branch.name] = values[part.name]
    return found


def _selection(design: FilterDesign) -> dict[str, Any]:
    selection = design.selection
    return {
        "metric": "largest |H / H_ideal - 1| over the pass-band and at the interfering frequencies",
        "error": selection.error,
        "rounded_error": selection.rounded_error,
        "recomputed_error": selection.recomputed_error,
        "improvement": _finite(selection.improvement),
        "rounded_values": selection.rounded.values,
        "combinations": list(selection.combinations),
        "proven_best": selection.complete,
    }


def _performance(design: FilterDesign) -> dict[str, Any]:
    analysis, request = design.analysis, design.request
    error_left = None
    if request.settle_time_s is not None:
        error_left = abs(analysis.step(request.settle_time_s) - 1)
    return {
        "gain_v_per_v": analysis.gain_v_per_v,
        "cutoff_hz": analysis.cutoff_hz,
        "sections": [{"pole_hz": pole_hz, "q": q} for pole_hz, q in analysis.sections],
        "attenuation_db": analysis.attenuation_db(np.array(request.reject_hz)).tolist(),
        "settling_s": {
            reading: analysis.settling_s(request.settle_error, reading) for reading in READINGS
        },
        "error_at_settle_time": error_left,
        "noise_bandwidth_hz": analysis.noise_bandwidth_hz,
        "output_resistance": _output_resistance(design),
        "opamp_response_error": None if design.chosen is None else design.chosen.response_error,
    }


def _output_resistance(design: FilterDesign) -> dict[str, Any]:
    """What the op-amps' output resistance does to the attenuations."""
    frequency_hz = np.array(design.request.reject_hz)
    example = design.with_output_ohm(_EXAMPLE_OHM)
    return {
        "counted_ohm": design.request.output_ohm,
        "most_ohm": design.most_output_ohm,
        "example_ohm": _EXAMPLE_OHM,
        "example_attenuation_db": example.attenuation_db(frequency_hz).tolist(),
    }


def spreads(design: FilterDesign) -> list[Spread]:
    """Every quantity that the random builds spread."""
    figures, request = design.figures, design.request
    found = [Spread("cutoff", "Hz", figures.cutoffs_hz)]
    for index, (pole_hz, q) in enumerate(figures.sections):
        found.append(Spread(f"pole frequency of section {index + 1}", "Hz", pole_hz))
        if q is not None:
            found.append(Spread(f"Q of section {index + 1}", "", q))
    for reading in READINGS:
        found.append(Spread(f"settling ({reading})", "s", figures.settling_s[reading]))
    for column, frequency_hz in enumerate(request.reject_hz):
        name = f"attenuation at {frequency_hz:.6g} Hz"
        found.append(Spread(name, "dB", figures.attenuations_db[:, column]))
    found.append(Spread("gain at 0 Hz", "V/V", figures.gains))
    return found


def share_settled(design: FilterDesign) -> float | None:
    """Share of the builds that are settled at the settling time asked for."""
    request = design.request
    if request.settle_time_s is None:
        return None
    return float(np.mean(design.figures.settling_s[request.settled] <= request.settle_time_s))


def share_attenuated(design: FilterDesign) -> float | None:
    """Share of the builds that attenuate every interfering frequency as asked for."""
    wanted_db = design.request.attenuation_db
    if wanted_db is None:
        return None
    return float(np.mean(np.all(design.figures.attenuations_db >= wanted_db, axis=1)))


def _tolerances(design: FilterDesign) -> dict[str, Any]:
    return {
        "builds": design.request.builds,
        "seed": design.request.seed,
        "distribution": "each component evenly within its tolerance, independent of the others",
        "spreads": [
            {
                "name": spread.name,
                "unit": spread.unit,
                **dict(zip(PERCENTILE_NAMES, map(_finite, spread.percentiles), strict=True)),
            }
            for spread in spreads(design)
        ],
        "share_settled_in_time": share_settled(design),
        "share_attenuated": share_attenuated(design),
    }


def _noise(design: FilterDesign) -> dict[str, Any]:
    """The noise, and which kinds of it are unknown: the sums are too small by those."""
    unknown = () if design.chosen is None else design.chosen.part.unknown_noise
    shares: dict[str, float | None] = dict(design.noise.shares_rms_v)
    if "current noise" in unknown:
        shares["op-amp current noise"] = None
    return {**vars(design.noise), "shares_rms_v": shares, "unknown": list(unknown)}


def _fit(fit: OpAmpFit) -> dict[str, Any]:
    part = fit.part
    return {
        "name": part.name,
        "fits": fit.fits,
        "reasons": list(fit.reasons),
        "output_offset_v": fit.output_offset_v,
        "response_error": fit.response_error,
        "attenuation_db": fit.attenuation_db,
        "output_noise_rms_v": fit.noise.rms_v,
        "output_noise_band_rms_v": fit.noise.band_rms_v,
        "unknown_noise": list(part.unknown_noise),
        "data_sheet": {**vars(part), "supply_v": list(part.supply_v), "read": dict(part.read)},
    }


def _finite(value: Any) -> Any:
    return value if not isinstance(value, float) or math.isfinite(value) else None
