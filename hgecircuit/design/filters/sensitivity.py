r"""How much each component moves the cut-off, and each section's pole frequency and Q.

All are relative, d ln(quantity) / d ln(value), and exact, without finite differences:

* Cut-off: with the adjoint voltages l, dH = -l^T (dG + s dC) v. Where |H| = |H(0)| / sqrt(2),
  d ln f_c = -d ln|H/H(0)| / (d ln|H| / d ln f).
* Section: det(1 + s S) = 1 + a_1 s + a_2 s^2 with the time constants S (see ``network``), so
  a_1 = tr S, a_2 = (tr^2 S - tr S^2) / 2, w_0 = a_2^-1/2, Q = sqrt(a_2) / a_1. With an ideal
  op-amp, whose own pole is no part of the section's Q.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis
from hgecircuit.parts.filters.cascade import Cascade
from hgecircuit.parts.filters.network import Branch, System
from hgecircuit.parts.filters.opamp import IDEAL


@dataclass(frozen=True)
class Sensitivity:
    """Relative sensitivities to one component.

    Attributes:
        component: Its name, such as ``R2``.
        section: Its section, counted from 0.
        cutoff: d ln f_c / d ln value.
        pole: d ln f_0 / d ln value of its section.
        q: d ln Q / d ln value of its section; None for a real pole.
    """

    component: str
    section: int
    cutoff: float
    pole: float
    q: float | None


def find_sensitivities(analysis: FilterAnalysis) -> tuple[Sensitivity, ...]:
    """Sensitivities to every component, in the order of ``Cascade.values``."""
    cascade = analysis.cascade
    cutoff = _cutoff_slopes(analysis)
    found: dict[str, Sensitivity] = {}
    for index, network in enumerate(cascade.networks):
        for branch in (*network.resistors, *network.capacitors):
            pole, q = _section_slopes(cascade, index, branch.name)
            found[branch.name] = Sensitivity(branch.name, index, cutoff[branch.name], pole, q)
    return tuple(found[name] for name in cascade.values)


def _cutoff_slopes(analysis: FilterAnalysis) -> dict[str, float]:
    system, f = analysis.system, analysis.cutoff_hz
    at_cutoff = _response_slopes(system, f, analysis.cascade)
    at_zero = _response_slopes(system, 0.0, analysis.cascade)
    s = 2j * np.pi * f
    voltages, adjoint = system.voltages(np.array([f]))[0], system.transfers(np.array([f]))[0]
    to_frequency = float((-(adjoint @ (s * system.c) @ voltages) / voltages[system.row()]).real)
    return {name: -(at_cutoff[name] - at_zero[name]) / to_frequency for name in at_cutoff}


def _response_slopes(system: System, frequency_hz: float, cascade: Cascade) -> dict[str, float]:
    """D ln|H| / d ln value of every component at one frequency."""
    network = system.network
    s = 2j * np.pi * frequency_hz
    voltages = system.voltages(np.array([frequency_hz]))[0]
    adjoint = system.transfers(np.array([frequency_hz]))[0]
    found, parts = {}, cascade.network
    for branch in (*parts.resistors, *parts.capacitors):
        current, voltage = network.stamp(branch)
        across = voltage @ voltages + network.from_input(branch)
        resistor = branch in parts.resistors
        # d(1/R) / d ln R = -1/R; d(sC) / d ln C = sC.
        change = -1 / cascade.values[branch.name] if resistor else s * cascade.values[branch.name]
        slope = -(adjoint @ current) * change * across / voltages[system.row()]
        found[branch.name] = float(slope.real)
    return found


def _section_slopes(cascade: Cascade, index: int, name: str) -> tuple[float, float | None]:
    system = cascade.solve_section(index, IDEAL)
    constants = system.time_constants_s
    change = _constants_change(system, name, cascade.values[name])
    if constants.shape[-1] == 1:
        return float(-(change[0, 0] / constants[0, 0])), None
    a1, d1 = np.trace(constants), np.trace(change)
    a2 = (a1**2 - np.trace(constants @ constants)) / 2
    d2 = a1 * d1 - np.trace(constants @ change)
    return float(-d2 / a2 / 2), float(d2 / a2 / 2 - d1 / a1)


def _constants_change(system: System, name: str, value: float) -> np.ndarray:
    """DS / d ln value: S = N^T G^-1 P, so dS = N^T G^-1 (dP - dG G^-1 P)."""
    network = system.network
    dg, dp = np.zeros_like(system.g), np.zeros_like(system.p)
    for branch in network.resistors:
        if branch.name == name:
            dg -= np.outer(*network.stamp(branch)) / value
    for column, branch in enumerate(network.capacitors):
        if branch.name == name:
            dp[:, column] = _current(system, branch) * value
    change = dp - dg @ np.linalg.solve(system.g, system.p)
    return system.m.T @ np.linalg.solve(system.g, change)


def _current(system: System, branch: Branch) -> np.ndarray:
    return system.network.stamp(branch)[0]
