"""The design page's arithmetic, run in a browser, against Python's."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser_tools import answers, asked, needs_browser
from scipy.optimize import brentq

from hgecircuit.design.error_model.quantities import Quantities, quantities_budget
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.parts.filters.eseries import nearest, series_values
from hgecircuit.parts.filters.prototypes import PoleTarget, Prototype
from hgecircuit.parts.filters.sections import RC_BUFFERED, SALLEN_KEY
from hgecircuit.report.page import ARITHMETIC, script

pytestmark = needs_browser
# Sums of a few hundred doubles, and the poles' own last digits, differ by about 1e-12.
RELATIVE = 1e-9
# Whole periods in a gate leave rounding only: |W|^2 of 1e-33 on either side.
NOTHING = 1e-24


def arithmetic_only(steps: str) -> str:
    scripts = "\n".join(map(script, ARITHMETIC))
    return f"<!doctype html><meta charset='utf-8'><body><script>{scripts}</script>{asked(steps)}"


def _cases() -> list[dict[str, Any]]:
    """All filters and readings, with plans, curvature and noise spread over them."""
    filters = [
        (response, order, settled)
        for response, settled in itertools.product(
            ("butterworth", "bessel", "critically-damped"), ("first", "stay")
        )
        for order in range(1, 7)
    ]
    plans = [
        {"channels": 7, "topHz": 1e3, "spacingHz": 40.0, "timeS": 0.1},
        {"channels": 1, "topHz": 333.0, "spacingHz": 10.0, "timeS": 0.037},
        {"channels": 40, "topHz": 1e4, "spacingHz": 17.3, "timeS": 0.2},
        {"channels": 16, "topHz": 2e3, "spacingHz": 25.0, "timeS": 0.05},
    ]
    devices = [
        {"noiseExponent": 0.0, "secondAPerV2": 0.0, "thirdAPerV3": 0.0, "ratio": 2.05},
        {"noiseExponent": 1.5, "secondAPerV2": 0.0, "thirdAPerV3": 0.0, "ratio": 20.0},
        {"noiseExponent": 0.0, "secondAPerV2": 3e-7, "thirdAPerV3": -2e-6, "ratio": 1.0},
    ]
    return [
        {"response": response, "order": order, "settled": settled, **plan, **device}
        | {"amplitudeV": 8e-3, "derivativeAPerV": 1e-7, "noiseA2PerHz": 1e-23}
        for response, order, settled in [*filters, ("gate", 3, "first")]
        for plan, device in itertools.product(plans, devices)
        # Python takes a second for curvature of 16 channels, or for 1/f noise over many periods.
        if plan["channels"] < 16 or (order == 3 and settled == "first") or device is devices[0]
        # The page refuses curvature of more.
        if plan["channels"] <= 16 or device["thirdAPerV3"] == 0
    ]


def _expected(case: dict[str, Any]) -> dict[str, float]:
    """Python's figures under the page's names."""
    gate, density = case["response"] == "gate", case["noiseA2PerHz"]
    white = case["noiseExponent"] == 0
    noise = (
        NoiseSpec(white_a2_per_hz=density)
        if white
        else NoiseSpec(flicker_a2_per_hz=density, exponent=case["noiseExponent"])
    )
    found = quantities_budget(
        Quantities(
            channels=case["channels"],
            top_hz=case["topHz"],
            spacing_hz=case["spacingHz"],
            time_s=case["timeS"],
            response=case["response"],
            order=None if gate else case["order"],
            settled=None if gate else case["settled"],
            amplitude_v=case["amplitudeV"],
            derivative_a_per_v=case["derivativeAPerV"],
            ratio=case["ratio"],
            second_a_per_v2=case["secondAPerV2"],
            third_a_per_v3=case["thirdAPerV3"],
            noise=noise,
        )
    )
    window, paper = found.window, found.paper
    return {
        "cut-off": window.cutoff_hz,
        "noise bandwidth": window.settled_noise_bandwidth_hz,
        "noise bandwidth at T": window.noise_bandwidth_hz,
        "settled share": window.settled_share,
        "sequential": float(paper.sequential[0, 0]),
        "parallel": float(paper.together[0, 0]),
        "sequential at T": float(found.sequential.mean_square_a2_per_v2[0, 0]),
        "parallel at T": float(found.parallel.mean_square_a2_per_v2[0, 0]),
        **{name: float(value[0, 0]) for name, value in found.paper_terms.items()},
        **{
            f"{term.name} at T": float(term.mean_square_a2_per_v2[0, 0])
            for term in found.parallel.terms
            if term.name != "phase lag"  # the page has no chain in front of its mixer
        },
    }


def test_error_model_is_pythons(tmp_path: Path) -> None:
    cases = _cases()
    steps = f"""return {json.dumps(cases)}.map((q) => {{
      const b = Arithmetic.budget(q);
      return {{
        "cut-off": b.cutoffHz, "noise bandwidth": b.window.settledNoiseBandwidthHz,
        "noise bandwidth at T": b.window.noiseBandwidthHz, "settled share": b.window.settledShare,
        sequential: b.settled.sequential, parallel: b.settled.parallel,
        "sequential at T": b.atT.sequential, "parallel at T": b.atT.parallel, ...b.settled.terms,
        ...Object.fromEntries(Object.entries(b.atT.terms).map(([k, v]) => [k + " at T", v])),
      }};
    }});"""
    found = answers(tmp_path, arithmetic_only(steps))
    assert len(found) == len(cases) > 300
    compared = 0
    for case, page in zip(cases, found, strict=True):
        weak = case["derivativeAPerV"] / case["ratio"]
        for name, value in _expected(case).items():
            nothing = NOTHING * weak**2
            assert page[name] == pytest.approx(value, rel=RELATIVE, abs=nothing), (name, case)
            compared += 1
    assert compared > 3000


def test_spectra_hold_what_the_table_counts(tmp_path: Path) -> None:
    """Products drawn behind the mixer, weighed with |W|, have the squares of the table's terms."""
    base = {"amplitudeV": 0.02, "derivativeAPerV": 5e-8, "ratio": 1.0, "noiseA2PerHz": 0.0}
    base |= {"noiseExponent": 0.0, "order": 3, "settled": "first"}
    cases = [
        {**base, "response": response, "channels": channels, "topHz": 1e3, "spacingHz": spacing_hz}
        | {"timeS": 0.0137, "secondAPerV2": second, "thirdAPerV3": third}
        for response in ("butterworth", "gate")
        for channels, spacing_hz in ((1, 40.0), (4, 37.0), (7, 100.0))
        for second, third in ((3e-7, 0.0), (0.0, -2e-6), (3e-7, 2e-6))
    ]
    steps = f"""return {json.dumps(cases)}.map((q) => {{
      const b = Arithmetic.budget(q);
      const {{ output, mixed }} = Curvature.spectra(q, b.frequenciesHz, b.middle);
      const left = (order) => mixed.filter((one) => one.order === order).reduce((sum, one) =>
        sum + (one.amplitude / q.amplitudeV) ** 2 * b.window.power(one.f) / 2, 0);
      return {{ second: left(2), third: left(3), terms: b.atT.terms, mixed, output }};
    }});"""
    found = answers(tmp_path, arithmetic_only(steps))
    for case, page in zip(cases, found, strict=True):
        for order, name in (("second", "second-order products"), ("third", "third-order products")):
            # On the page tones are named by nine digits of their frequency.
            assert page[order] == pytest.approx(page["terms"][name], rel=1e-6, abs=1e-30)
        drawn = {one["order"] for one in page["output"]}
        expected = {2} if case["secondAPerV2"] else set()
        expected |= {3} if case["thirdAPerV3"] else set()
        assert drawn == expected
    # I = T V^3 / 6 of one electrode: T a^3 / 24 at 3 f, as by hand; three times that at f.
    alone = next(
        page
        for case, page in zip(cases, found, strict=True)
        if case["channels"] == 1 and not case["secondAPerV2"]
    )
    sizes = {round(one["f"]): one["amplitude"] * 1e15 for one in alone["output"]}
    by_hand = 2e-6 * 0.02**3 / 24 * 1e15
    assert sizes == {1000: pytest.approx(3 * by_hand), 3000: pytest.approx(by_hand)}


def test_component_values_are_pythons(tmp_path: Path) -> None:
    cases = [
        {"response": response, "order": order, "cutoffHz": cutoff_hz, "capacitorF": farad}
        for response in ("butterworth", "bessel", "critically-damped")
        for order in range(1, 7)
        for cutoff_hz, farad in ((5.83, 100e-9), (1234.5, 3.3e-9), (0.0917, 2.1e-6))
    ]
    steps = f"""return {json.dumps(cases)}.map((c) =>
      Sections.cascade(c.response, c.order, c.cutoffHz, c.capacitorF));"""
    found = answers(tmp_path, arithmetic_only(steps))
    for case, page in zip(cases, found, strict=True):
        family = {"critically-damped": "critically-damped"}.get(case["response"], case["response"])
        prototype = Prototype(family, case["order"], case["cutoffHz"])
        assert len(page["sections"]) == len(prototype.sections)
        for target, section in zip(prototype.sections, page["sections"], strict=True):
            kind = RC_BUFFERED if target.q is None else SALLEN_KEY
            assert section["target"]["poleHz"] == pytest.approx(target.pole_hz, rel=RELATIVE)
            ideal = kind.size(target, case["capacitorF"])
            assert section["ideal"] == pytest.approx(ideal, rel=RELATIVE)
            real = section["real"]
            assert section["achieved"]["poleHz"] == pytest.approx(
                float(kind.pole_hz(**real)), rel=RELATIVE
            )
            if target.q is None:
                _check_single(target, real, case["capacitorF"])
            else:
                _check_pair(target, real, section["achieved"], case["capacitorF"])
        assert page["cutoffHz"] == pytest.approx(_cutoff_hz(page), rel=RELATIVE)


def _check_single(target: PoleTarget, real: dict[str, float], farad: float) -> None:
    capacitors, resistors = series_values("E24", 1e-12, 1e-3), series_values("E96", 1.0, 1e12)
    assert real["c1"] == pytest.approx(float(nearest(capacitors, farad)), rel=1e-12)
    exact = RC_BUFFERED.size(target, real["c1"])["ra"]
    assert real["ra"] == pytest.approx(float(nearest(resistors, exact)), rel=1e-12)


def _check_pair(
    target: PoleTarget, real: dict[str, float], achieved: dict[str, float], farad: float
) -> None:
    """The values are of their series, and no others nearby come closer to pole and Q."""
    capacitors, resistors = series_values("E24", 1e-12, 1e-3), series_values("E96", 1.0, 1e12)
    assert achieved["q"] == pytest.approx(float(SALLEN_KEY.q(**real)), rel=RELATIVE)
    c2 = float(nearest(capacitors, farad))
    assert real["c2"] == pytest.approx(c2, rel=1e-12)
    least = SALLEN_KEY.least_capacitor_ratio(target.q) * c2
    errors = []
    for c1 in capacitors[capacitors >= least * (1 - 1e-9)][:3]:
        exact = SALLEN_KEY.resistors_for(target, c1, np.array(c2))
        near = [_neighbours(resistors, float(r)) for r in exact]
        ra, rb = np.meshgrid(*near)
        values = {"ra": ra, "rb": rb, "c1": c1, "c2": c2}
        errors.append(_error(target, values).min())
    for name, series in (("c1", capacitors), ("ra", resistors), ("rb", resistors)):
        assert np.isclose(series, real[name], rtol=1e-12, atol=0).any()
    assert float(_error(target, real)) == pytest.approx(min(errors), rel=1e-6, abs=1e-18)


def _neighbours(series: np.ndarray, wanted: float) -> np.ndarray:
    """The nearest value and two on either side."""
    middle = int(np.flatnonzero(series == nearest(series, wanted))[0])
    return series[middle - 2 : middle + 3]


def _error(target: PoleTarget, values: dict[str, Any]) -> np.ndarray:
    pole, q = SALLEN_KEY.pole_hz(**values), SALLEN_KEY.q(**values)
    return np.log(pole / target.pole_hz) ** 2 + np.log(q / target.q) ** 2


def _cutoff_hz(page: dict) -> float:
    """-3.01 dB of the cascade, from the sections that the page achieved."""

    def excess(frequency_hz: float) -> float:
        gain = 1.0
        for section in page["sections"]:
            s = 1j * frequency_hz / section["achieved"]["poleHz"]
            q = section["achieved"]["q"]
            gain *= abs(1 + s if q is None else 1 + s / q + s * s) ** 2
        return gain - 2

    return float(np.asarray(brentq(excess, page["cutoffHz"] / 3, page["cutoffHz"] * 3)))
