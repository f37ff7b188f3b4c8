"""What Figs. 3c and 3d share: data, settings, remarks, picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.reproduce.base import Claim, Reproduction
from hgecircuit.reproduce.data import dataset
from hgecircuit.reproduce.rig import (
    AMPLITUDE_V,
    DEVICE,
    NOISE,
    READINGS,
    TRANSIMPEDANCE_OHM,
    input_converter,
    output_converter,
)
from hgecircuit.reproduce.scatter import (
    LOW_PASSES,
    TIME_S,
    Numbers,
    Scatter,
    carriers_hz,
    crosstalk_of_phases,
    numbers,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WORDS = {
    "first": "first reading of 98 % settled",
    "stay": "second reading of 98 % settled",
    "gate": "mean over T",
}
_NANO = 1e9


def reproduction(
    found: Scatter, cloud: dict[str, Numbers], claims: tuple[Claim, ...]
) -> Reproduction:
    """The figure around its claims.

    Args:
        found: The derivatives.
        cloud: Figures of the points by low-pass.
        claims: What the paper says.
    """
    return Reproduction(
        claims,
        dataset(
            {
                "electrode": (np.arange(found.exact.shape[1]), "1", "electrode, counted from 0"),
                "point": (np.arange(len(found.exact)), "1", "operating point"),
            },
            _variables(found),
        ),
        partial(_draw, found),
        _settings(found),
        (_setting_remark(found), _phase_remark(found, cloud), _gate_remark(cloud["gate"])),
    )


def all_numbers(found: Scatter) -> dict[str, Numbers]:
    """Figures of the points by low-pass."""
    return {low_pass: numbers(found, low_pass) for low_pass in LOW_PASSES}


def values(cloud: dict[str, Numbers]) -> dict[str, dict[str, list[float]]]:
    """The same, fit for JSON."""
    return {
        low_pass: {name: one.numbers() for name, one in vars(figures).items()}
        for low_pass, figures in cloud.items()
    }


def summary(figures: Numbers) -> str:
    """Correlation, slope and deviation in words."""
    return (
        f"r = {figures.pearson.words('.4f')}, slope {figures.slope.words('.4f')}, rms deviation "
        f"{100 * figures.deviation.value:.1f} % of the rms derivative (two sequential "
        f"measurements: {100 * figures.repeated.value:.1f} %)"
    )


def _variables(found: Scatter) -> dict:
    axes = ("point", "electrode")
    variables = {"exact": (axes, found.exact, "A/V", "exact derivative of the model")}
    for (low_pass, kind), derivatives in found.measured.items():
        words = "sequential, second measurement" if kind == "again" else kind
        name = f"{kind}_{low_pass}"
        variables[name] = (axes, derivatives, "A/V", f"derivative, {words}, {_WORDS[low_pass]}")
    return variables


def _settings(found: Scatter) -> dict[str, Any]:
    return {
        "device": DEVICE,
        "operating_points": len(found.exact),
        "frequencies_Hz": carriers_hz(found.spacing_hz).tolist(),
        "spacing_Hz": found.spacing_hz,
        "phases_rad": 0.0,
        "amplitude_V": AMPLITUDE_V,
        "time_s": TIME_S,
        "order": 3,
        "settled": list(READINGS),
        "noise_A2_per_Hz_at_1_kHz": NOISE.flicker_a2_per_hz,
        "noise_exponent": NOISE.exponent,
        "noise_lowest_Hz": 1 / TIME_S,
        "sample_rate_Hz": NOISE.sample_rate_hz,
        "transimpedance_ohm": TRANSIMPEDANCE_OHM,
        "input_module": input_converter().provenance,
        "output_module": output_converter().provenance,
        "interval_seed": found.seed,
    }


def _setting_remark(found: Scatter) -> str:
    clipped = f"{found.clipped or 'none'} of {len(found.exact)}"
    return (
        f"The paper states neither the amplitude ({1e3 * AMPLITUDE_V:g} mV here, that of Fig. 2d) "
        "nor the highest carrier (1 kHz here, its rig's highest), the phases (0), or the "
        f"current-to-voltage gain ({TRANSIMPEDANCE_OHM / 1e6:g} Mohm, a setup of its authors' "
        f"group). The device's noise and the steps of both modules are in; {clipped} operating "
        f"points exceed the input's +-10 V. Rms derivative {found.size_a_per_v * _NANO:.1f} "
        f"nA/V, median {np.median(np.abs(found.exact)) * _NANO:.1f} nA/V."
    )


def _phase_remark(found: Scatter, cloud: dict[str, Numbers]) -> str:
    parts = []
    for reading in READINGS:
        zero, *others = crosstalk_of_phases(found, reading) * _NANO
        noise = cloud[reading].repeated.value / np.sqrt(2) * found.size_a_per_v * _NANO
        low, high = np.quantile(others, [0.05, 0.95])
        above = 100 * np.mean(np.array(others) > noise)
        parts.append(
            f"{zero:.2f} nA/V with all phases 0, {low:.2f} to {high:.2f} nA/V in 90 % of random "
            f"sets of phases, against {noise:.2f} nA/V of noise, which {above:.0f} % of the sets "
            f"exceed ({_WORDS[reading]})"
        )
    return (
        "Crosstalk depends on the perturbations' phases, because the low-pass starts from rest: "
        + "; ".join(parts)
        + "."
    )


def _gate_remark(gate: Numbers) -> str:
    return (
        "The mean over T instead of the Butterworth low-pass, with these carriers whole multiples "
        f"of 1/T, has no crosstalk: {summary(gate)}."
    )


def _draw(found: Scatter) -> Figure:
    from hgecircuit.reproduce.scatter_plot import draw

    return draw(found)
