"""Fig. 2c: density of the noise that all simulations of the device use, and its estimate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.reproduce.base import Claim, PaperFigure, Reproduction
from hgecircuit.reproduce.data import dataset
from hgecircuit.reproduce.rig import NOISE, TRANSIMPEDANCE_OHM, input_converter
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.spread import JUDGED, Interval
from hgecircuit.reproduce.workshop import Workshop

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RECORDS, _QUICK_RECORDS = 40, 8
_RECORD_S = 20.0
# Welch's segments; the lowest frequencies carry the window's width and the removed mean.
_SEGMENT_S = 10.0
_LOWEST_BIN = 4
_BINS_PER_DECADE = 12
_UNIT = "A^2/Hz"
_LEVEL_HZ = (900.0, 1100.0)
_TOP_HZ = (1000.0, 4800.0)
# "1/f^1.5" and "1e-5" are read to their last digit.
_EXPONENT_TOLERANCE = 0.05
_LEVEL_TOLERANCE = 0.5
_SOURCE = "Boon 2025, Fig. 2c"


@dataclass(frozen=True, eq=False)
class _Found:
    """Welch densities of independent records in A^2/Hz, binned evenly on a logarithmic axis.

    Attributes:
        frequencies_hz: Middles of the bins, shape (F,).
        law: The law's mean over each bin's lines, shape (F,).
        densities: Shape (records, F).
    """

    frequencies_hz: np.ndarray
    law: np.ndarray
    densities: np.ndarray


def make(workshop: Workshop) -> Reproduction:
    """Estimate the generator's density; nothing of the device but its noise is in it."""
    records = workshop.count(_RECORDS, _QUICK_RECORDS)
    job = {"records": records, "seed": seed_for(workshop.seed, "fig2c")}
    made = workshop.run("records", densities, [job])[0]
    found = _binned(made["frequency_hz"], made["density"])
    return Reproduction(
        (_law(found), _level(found), _no_plateau(found)),
        dataset(
            {"frequency": (found.frequencies_hz, "Hz", "frequency")},
            {
                "law": ("frequency", found.law, _UNIT, "1/f^1.5 law of the simulations"),
                "estimate": ("frequency", found.densities.mean(axis=0), _UNIT, "Welch estimate"),
                "estimate_spread": (
                    "frequency",
                    found.densities.std(axis=0, ddof=1) / np.sqrt(records),
                    _UNIT,
                    "standard error of the estimate, from independent records",
                ),
            },
        ),
        partial(_draw, found),
        _settings(records),
        _remarks(),
    )


def densities(records: int, seed: int) -> dict[str, np.ndarray]:
    """Welch densities of independent records.

    Args:
        records: Number of records.
        seed: Of the noise.
    """
    from scipy.signal import welch

    from hgecircuit.run.reference.noise import IndependentNoise

    rate_hz = NOISE.sample_rate_hz
    noise = IndependentNoise(replace(NOISE, seed=seed), 1 / _RECORD_S)
    frequency_hz, found = np.empty(0), []
    for _ in range(records):
        # scaled, so that no rounding of 1e-23 A^2/Hz is lost in SciPy's own steps
        current_na = noise(1, round(_RECORD_S * rate_hz))[0] * 1e9
        frequency_hz, density = welch(
            current_na, rate_hz, nperseg=round(_SEGMENT_S * rate_hz), detrend="constant"
        )
        found.append(density * 1e-18)
    return {"frequency_hz": frequency_hz, "density": np.array(found)}


def _binned(frequency_hz: np.ndarray, density: np.ndarray) -> _Found:
    """Means over bins that are even on a logarithmic axis."""
    used = slice(_LOWEST_BIN, int(np.searchsorted(frequency_hz, _TOP_HZ[1])))
    lines_hz = frequency_hz[used]
    number = np.floor(np.log10(lines_hz / lines_hz[0]) * _BINS_PER_DECADE).astype(int)
    count = np.bincount(number)
    kept = count > 0
    law = NOISE.density_a2_per_hz(lines_hz)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(number, values)[kept] / count[kept]

    middle_hz = np.exp(mean(np.log(lines_hz)))
    return _Found(middle_hz, mean(law), np.array([mean(one[used]) for one in density]))


def _jackknife(estimate: Callable[[np.ndarray], float], found: _Found) -> Interval:
    """What an estimate is over all records, with its interval.

    Leaving out each record in turn gives spread and bias of an estimate that isn't a plain mean
    (Quenouille 1956, "Notes on bias in estimation", Biometrika 43, 353).

    Args:
        estimate: From the records' mean density over the law, shape (F,).
        found: The records.
    """
    from scipy.stats import t

    shares = found.densities / found.law
    count = len(shares)
    mean = shares.mean(axis=0)
    without = [estimate((count * mean - share) / (count - 1)) for share in shares]
    values = count * estimate(mean) - (count - 1) * np.array(without)
    reach = t.ppf((1 + JUDGED) / 2, count - 1) * np.std(values, ddof=1) / np.sqrt(count)
    middle = float(np.mean(values))
    return Interval(middle, float(middle - reach), float(middle + reach))


def _exponent(found: _Found, lowest_hz: float) -> Interval:
    """The n of 1/f^n above a frequency, from a straight line through the logarithms.

    The bins are compared with the law's own means, so that the width of a bin doesn't count.
    """
    used = found.frequencies_hz >= lowest_hz
    axis = np.log(found.frequencies_hz[used])
    return _jackknife(
        lambda shares: NOISE.exponent - float(np.polyfit(axis, np.log(shares[used]), 1)[0]), found
    )


def _as_claimed(exponent: Interval) -> bool | None:
    claimed = NOISE.exponent
    return exponent.within(claimed - _EXPONENT_TOLERANCE, claimed + _EXPONENT_TOLERANCE)


def _law(found: _Found) -> Claim:
    exponent = _exponent(found, 0.0)
    return Claim(
        text='the current noise follows "a 1/f^1.5 dependence"',
        source=_SOURCE,
        claimed="n = 1.5",
        found=f"n = {exponent.words('.4f')}",
        criterion=f"the {100 * JUDGED:.0f} % interval (jackknife over independent records) "
        "within 1.45 to 1.55, the claim's last digit",
        agrees=_as_claimed(exponent),
        values={"exponent": exponent.numbers()},
    )


def _level(found: _Found) -> Claim:
    low_hz, high_hz = _LEVEL_HZ
    used = (found.frequencies_hz > low_hz / 1.1) & (found.frequencies_hz < high_hz * 1.1)
    stated = NOISE.flicker_a2_per_hz * 1e18 / 1e-5
    level = _jackknife(lambda shares: stated * float(shares[used].mean()), found)
    return Claim(
        text='"10^-5 nA^2 Hz^-1 (at 1 kHz), which is directly determined from measurements"',
        source="Boon 2025, text on Fig. 3b",
        claimed="1e-5 nA^2/Hz",
        found=f"{level.words('.3f')} times 1e-5 nA^2/Hz",
        criterion=f"the {100 * JUDGED:.0f} % interval (jackknife over independent records) "
        "within 0.5 to 1.5, the claim's last digit",
        agrees=level.within(1 - _LEVEL_TOLERANCE, 1 + _LEVEL_TOLERANCE),
        values={"level_over_1e-5_nA2_per_Hz": level.numbers()},
    )


def _no_plateau(found: _Found) -> Claim:
    top = _exponent(found, _TOP_HZ[0])
    return Claim(
        text='"the noise plateau is not reached due to the limited sampling frequency"',
        source=_SOURCE,
        claimed="none below 5 kHz",
        found=f"n = {top.words('.3f')} from 1 to 4.8 kHz",
        criterion=f"the {100 * JUDGED:.0f} % interval of the exponent there within 1.45 to 1.55",
        agrees=_as_claimed(top),
        values={"exponent_above_1_kHz": top.numbers()},
    )


def _settings(records: int) -> dict[str, Any]:
    return {
        "noise_A2_per_Hz_at_1_kHz": NOISE.flicker_a2_per_hz,
        "noise_exponent": NOISE.exponent,
        "sample_rate_Hz": NOISE.sample_rate_hz,
        "records": records,
        "record_s": _RECORD_S,
        "welch_segment_s": _SEGMENT_S,
        "welch_window": "hann",
        "noise_lowest_Hz": 1 / _RECORD_S,
    }


def _remarks() -> tuple[str, ...]:
    floor = input_converter().step ** 2 / 12 / (NOISE.sample_rate_hz / 2)
    return (
        "Law and level are the paper's and go into the simulations of Figs. 2d, 2e, 3c and 3d; "
        "the claims check the samples that these get.",
        f"The steps of the paper's input module (24 bits, +-10 V, behind "
        f"{TRANSIMPEDANCE_OHM / 1e6:g} Mohm) alone would "
        f"be a plateau of {floor:.1g} A^2/Hz; its own analog noise is not in the model.",
    )


def _draw(found: _Found) -> Figure:
    from hgecircuit.report.plots.style import COLOURS, INK, legend_below, new_figure

    figure = new_figure(3.8)
    axes = figure.subplots()
    to_na = 1e18
    mean = found.densities.mean(axis=0)
    spread = found.densities.std(axis=0, ddof=1) / np.sqrt(len(found.densities))
    axes.plot(found.frequencies_hz, found.law * to_na, color=INK, label="law: 1/f¹·⁵")
    axes.errorbar(
        found.frequencies_hz,
        mean * to_na,
        2 * spread * to_na,
        color=COLOURS[0],
        marker="o",
        markerfacecolor="white",
        linestyle="none",
        capsize=2,
        label=f"samples: Welch, {len(found.densities)} records",
    )
    axes.plot(
        [1e3],
        [1e-5],
        marker="*",
        markersize=12,
        linestyle="none",
        color=COLOURS[5],
        markeredgecolor=INK,
        label="paper: 10⁻⁵ nA²/Hz at 1 kHz",
        zorder=5,
    )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="frequency (Hz)",
        ylabel="noise density, one-sided (nA²/Hz)",
    )
    legend_below(figure, axes, columns=3)
    return figure


FIGURE = PaperFigure("fig2c", "density of the device's noise: law and samples", make)
