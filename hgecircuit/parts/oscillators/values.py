"""Preferred numbers and op-amps, as every oscillator takes them."""

from __future__ import annotations

from hgecircuit.parts.filters.eseries import nearest, series_values
from hgecircuit.parts.filters.opamp import OpAmp
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel

#: Any op-amp: the network analysis's model, or a macromodel.
AnyOpAmp = OpAmp | OpAmpMacromodel


def linear_model(opamp: AnyOpAmp) -> OpAmp:
    """What the exact network analysis knows of an op-amp."""
    return opamp if isinstance(opamp, OpAmp) else opamp.linear


def preferred(value: float, series: str | None) -> float:
    """The nearest value of an E series, or the value itself without a series."""
    if series is None:
        return value
    return float(nearest(series_values(series, value / 2, value * 2), value))
