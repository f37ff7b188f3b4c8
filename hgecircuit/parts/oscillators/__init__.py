"""Oscillator banks: carriers and references, one class per way to make them.

| name | class | made of | keeps step with the gate |
| --- | --- | --- | --- |
| ``source`` | :class:`OscillatorBank` | sources, with errors as numbers | when without error |
| ``divider`` | :class:`DividerBank` | counters, weighted taps, low-pass | always |
| ``quadrature`` | :class:`QuadratureBank` | two-integrator loop, multipliers hold x^2+y^2 | never |
| ``wien`` | :class:`WienBank` | Wien bridge, diodes limit the gain | never |

All take frequencies, phases and reference lags first and have the same ports. A
:class:`RecordedBank` replays any of them.
"""

from __future__ import annotations

from hgecircuit.parts.oscillators.bank import OscillatorBank
from hgecircuit.parts.oscillators.base import Bank, Tone
from hgecircuit.parts.oscillators.divider import DividerBank
from hgecircuit.parts.oscillators.quadrature import QuadratureBank
from hgecircuit.parts.oscillators.recorded import RecordedBank
from hgecircuit.parts.oscillators.wien import WienBank

#: Every bank that a design can size, by its name.
BANKS: dict[str, type[Bank]] = {
    "source": OscillatorBank,
    "divider": DividerBank,
    "quadrature": QuadratureBank,
    "wien": WienBank,
}

__all__ = [
    "BANKS",
    "Bank",
    "DividerBank",
    "OscillatorBank",
    "QuadratureBank",
    "RecordedBank",
    "Tone",
    "WienBank",
]
