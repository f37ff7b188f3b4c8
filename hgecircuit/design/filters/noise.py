"""Output noise: thermal noise of the resistors, voltage and current noise of the op-amps.

Each source is independent, so powers add: S_out(f) = sum_k |T_k(f)|^2 S_k with the exact transfer
T_k from the source to the output, 4 k T / R in parallel with every resistor, e_n^2 (1 + f_corner/f)
at every op-amp's input and i_n^2 from each of its inputs to ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis
from hgecircuit.parts.filters.network import System

BOLTZMANN_J_PER_K = 1.380649e-23
#: 27 C, the temperature that SPICE simulators assume.
TEMPERATURE_K = 300.15
# Lowest frequency of the 1/f noise, as a share of the cut-off: slower drift is offset.
LOWEST_SHARE = 1e-3
# The noise band around the signal ends at this multiple of the cut-off.
BAND = 10.0
_POINTS_PER_DECADE = 200
_CONTRIBUTORS = ("resistors", "op-amp voltage noise", "op-amp current noise")


@dataclass(frozen=True)
class OutputNoise:
    """Noise at the output, one-sided densities.

    Attributes:
        density_v_per_rthz: In the pass-band (a tenth of the cut-off), in V/sqrt(Hz).
        cutoff_density_v_per_rthz: At the cut-off.
        rms_v: Up to far beyond every pole, in V; its 1/f part from a thousandth of the cut-off.
        band_rms_v: The part of it below ten times the cut-off.
        shares_rms_v: rms_v by contributor: resistors, voltage and current noise of the op-amps.
    """

    density_v_per_rthz: float
    cutoff_density_v_per_rthz: float
    rms_v: float
    band_rms_v: float
    shares_rms_v: dict[str, float]


def find_noise(analysis: FilterAnalysis) -> OutputNoise:
    """The noise of a filter with its op-amps."""
    cutoff_hz = analysis.cutoff_hz
    poles_hz = np.abs(analysis.system.poles_rad_s) / (2 * math.pi)
    top_hz = 1e4 * max(float(poles_hz.max()), cutoff_hz)
    start_hz = LOWEST_SHARE * cutoff_hz
    grid_hz = np.geomspace(
        start_hz, top_hz, int(_POINTS_PER_DECADE * math.log10(top_hz / start_hz))
    )
    powers = noise_powers(analysis, grid_hz)
    # White noise goes on below the grid; drift (1/f) is offset there.
    drift = 1 + analysis.opamp.corner_hz / start_hz
    below = {name: start_hz * power[0] for name, power in powers.items()}
    below[_CONTRIBUTORS[1]] /= drift
    totals = {name: below[name] + _integral(grid_hz, power) for name, power in powers.items()}
    everything = np.sum(list(powers.values()), axis=0)
    inside = grid_hz <= BAND * cutoff_hz
    spots = noise_powers(analysis, np.array([cutoff_hz / 10, cutoff_hz]))
    density = np.sqrt(np.sum(list(spots.values()), axis=0))
    return OutputNoise(
        float(density[0]),
        float(density[1]),
        math.sqrt(sum(totals.values())),
        math.sqrt(sum(below.values()) + _integral(grid_hz[inside], everything[inside])),
        {name: math.sqrt(total) for name, total in totals.items()},
    )


def noise_powers(analysis: FilterAnalysis, frequency_hz: np.ndarray) -> dict[str, np.ndarray]:
    """Output noise power density by contributor, shape (F,) each, in V^2/Hz."""
    system, opamp, network = analysis.system, analysis.opamp, analysis.system.network
    transfers = system.transfers(frequency_hz)
    resistors = np.zeros(len(frequency_hz))
    # The output resistance of an op-amp is part of it, and so is its noise.
    for branch in analysis.cascade.network.resistors:
        current, _ = network.stamp(branch)
        siemens = 1 / analysis.cascade.values[branch.name]
        resistors += 4 * BOLTZMANN_J_PER_K * TEMPERATURE_K * siemens * _square(transfers @ current)
    voltage, currents = np.zeros(len(frequency_hz)), np.zeros(len(frequency_hz))
    for amplifier in network.amplifiers:
        voltage += _square(transfers[:, system.row(amplifier.out)])
        for node in (amplifier.plus, amplifier.minus):
            currents += _square(_from_node(system, transfers, node))
    voltage = voltage * opamp.noise_v_per_rthz**2 * (1 + opamp.corner_hz / frequency_hz)
    currents = currents * opamp.noise_a_per_rthz**2
    return dict(zip(_CONTRIBUTORS, (resistors, voltage, currents), strict=True))


def _from_node(system: System, transfers: np.ndarray, node: str) -> np.ndarray:
    """Transfer from a current into a node; none where an op-amp or ground takes it."""
    if node not in system.network.nodes or node in system.network.driven:
        return np.zeros(len(transfers))
    return transfers[:, system.row(node)]


def _square(values: np.ndarray) -> np.ndarray:
    return np.abs(values) ** 2


def _integral(frequency_hz: np.ndarray, power: np.ndarray) -> float:
    """Integral over a logarithmic grid, exact for powers of f between its points."""
    if not power.any():
        return 0.0
    slope = np.diff(np.log(power)) / np.diff(np.log(frequency_hz)) + 1
    ends = frequency_hz * power
    flat = np.abs(slope) < 1e-6
    steps = np.where(flat, ends[:-1] * np.diff(np.log(frequency_hz)), 0.0)
    steps[~flat] = (np.diff(ends)[~flat]) / slope[~flat]
    return float(steps.sum())
