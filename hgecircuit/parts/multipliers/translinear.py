"""Four-quadrant multiplier chip: offsets, scale error, nonlinearity, bandwidth and rails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Chip, Subcircuit, format_number
from hgecircuit.parts.bought import bought
from hgecircuit.parts.multipliers.product import UNIT_V
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel

FULL_SCALE_V = 10.0  # range of the inputs and the output of AD633 and AD734


@dataclass(frozen=True)
class TranslinearMultiplier:
    """A multiplier chip wired so that out = x y / (1 V), with the ports of ``Multiplier``.

        core = (1 + scale_error) f(x_gain x + X_os; n_x) f(y_gain y + Y_os; n_y) / U
        out = G (core + W_os), G = U / (1 V x_gain y_gain)
        f(v; n) = v + n F T_3(v/F), F = 10 V, T_3(u) = 4 u^3 - 3 u

    f leaves its best straight line by n of the full scale at most, which is how data sheets state
    nonlinearity. The output amplifier adds its gain-bandwidth product, slew rate and rails.

    ``chip_subcircuit`` is the chip alone with all pins: out = core(x1 - x2, y1 - y2) + W_os + z.

    G is the gain behind the core, a divider from the output to the chip's Z input (1 kohm, then
    (G - 1) kohm to ground). It amplifies the core's output offset and divides the bandwidth: a chip
    with U = 10 V and no gain in front has G = 10. Gain in front (op-amps, or a carrier of 10 V)
    lowers it, and then the input offset counts less as well; x_gain |x| must stay below 10 V.

    Feedthrough of one input while the other is at 0 V is what that other input's offset lets
    through, see ``feedthrough``. Not modelled: its rise with frequency, common-mode errors of the
    differential inputs, and noise.

    Attributes:
        amplifier: Output amplifier; its offset is not used.
        denominator_v: U in V.
        x_gain: Gain in front of the chip's X input.
        y_gain: Gain in front of the chip's Y input.
        scale_error: Relative error of the core.
        x_offset_v: X_os, at the chip's input, in V.
        y_offset_v: Y_os in V.
        output_offset_v: W_os, at the chip's output with a gain of 1 behind the core, in V.
        x_nonlinearity: n_x, share of the full scale.
        y_nonlinearity: n_y, share of the full scale.
        bias_a: Current into the X and Y inputs in A.
        supply_a: Supply current in A, for the power estimate; None when unknown.
        supply_v: Total supply voltage in V, for the power estimate.
        part: Part number; empty when the figures are nobody's.
        source: Data sheet of the figures.
    """

    amplifier: OpAmpMacromodel
    denominator_v: float = 10.0
    x_gain: float = 1.0
    y_gain: float = 1.0
    scale_error: float = 0.0
    x_offset_v: float = 0.0
    y_offset_v: float = 0.0
    output_offset_v: float = 0.0
    x_nonlinearity: float = 0.0
    y_nonlinearity: float = 0.0
    bias_a: float = 0.0
    supply_a: float | None = None
    supply_v: float = 0.0
    part: str = ""
    source: str = ""

    @property
    def chip(self) -> Chip | None:
        """The bought part for the bill of materials; None without a part number."""
        return bought(self.part, "multiplier", self.supply_a, self.supply_v, self.source)

    @property
    def gain_behind(self) -> float:
        """G, the gain between the core and the output."""
        return self.denominator_v / (UNIT_V * self.x_gain * self.y_gain)

    @property
    def bandwidth_hz(self) -> float:
        """-3 dB frequency of the output amplifier's gain-bandwidth product with the gain G."""
        return self.amplifier.gain_bandwidth_hz / self.gain_behind

    @property
    def slope(self) -> float:
        """The core's gain for small signals over its ideal gain: scale and nonlinearity."""
        return (
            (1 + self.scale_error) * (1 - 3 * self.x_nonlinearity) * (1 - 3 * self.y_nonlinearity)
        )

    @property
    def feedthrough(self) -> tuple[float, float]:
        """Output in V per V of x while y is 0 V, and per V of y while x is 0 V; small signals."""
        x_slope = self.x_gain * (1 - 3 * self.x_nonlinearity)
        y_slope = self.y_gain * (1 - 3 * self.y_nonlinearity)
        core = self.gain_behind * (1 + self.scale_error) / self.denominator_v
        x_at_rest = _bent(np.array(self.x_offset_v), self.x_nonlinearity)
        y_at_rest = _bent(np.array(self.y_offset_v), self.y_nonlinearity)
        return core * x_slope * float(y_at_rest), core * y_slope * float(x_at_rest)

    def product_v(self, x_v: np.ndarray, y_v: np.ndarray) -> np.ndarray:
        """Ideal response: settled output in V at voltages in V (shapes that fit each other)."""
        core = self.core_v(self.x_gain * np.asarray(x_v), self.y_gain * np.asarray(y_v))
        # The amplifier of gain A in a unity loop, with Z feedback: out (1 + 1/A) = core + z.
        loss = 1 + self.gain_behind / self.amplifier.dc_gain
        wanted = self.gain_behind * (core + self.output_offset_v) / loss
        return np.clip(wanted, self.amplifier.rail_low_v, self.amplifier.rail_high_v)

    def core_v(self, x_v: np.ndarray, y_v: np.ndarray) -> np.ndarray:
        """The core's product in V, for x1 - x2 and y1 - y2 at the chip's pins in V."""
        x_core = _bent(np.asarray(x_v) + self.x_offset_v, self.x_nonlinearity)
        y_core = _bent(np.asarray(y_v) + self.y_offset_v, self.y_nonlinearity)
        return (1 + self.scale_error) * x_core * y_core / self.denominator_v

    def chip_v(self, x_v: np.ndarray, y_v: np.ndarray, z_v: np.ndarray) -> np.ndarray:
        """Settled output of the chip alone in V, for x1 - x2, y1 - y2 and z in V."""
        wanted = self.core_v(x_v, y_v) + self.output_offset_v + z_v
        wanted = wanted / (1 + 1 / self.amplifier.dc_gain)
        return np.clip(wanted, self.amplifier.rail_low_v, self.amplifier.rail_high_v)

    def subcircuit(self, name: str = "multiplier") -> Subcircuit:
        """Ports ``x``, ``y``, ``out``. Instances with other figures need another name."""
        part = Subcircuit(name, ("x", "y", "out"), "Multiplier chip: out = x y / (1 V).", self.chip)
        _add_bent(part, "x", ("x", GROUND), self.x_gain, self.x_offset_v, self.x_nonlinearity)
        _add_bent(part, "y", ("y", GROUND), self.y_gain, self.y_offset_v, self.y_nonlinearity)
        if self.gain_behind != 1:
            part.vccs("z", GROUND, "core", "out", GROUND, 1 - 1 / self.gain_behind)
        self._add_core(part, ("x", "y"))
        return part

    def chip_subcircuit(self, name: str) -> Subcircuit:
        """The chip alone: ports ``x1``, ``x2``, ``y1``, ``y2``, ``z``, ``out``.

        The gains in front and behind are what stands around it, so ``x_gain`` and ``y_gain`` are
        not used.
        """
        ports = ("x1", "x2", "y1", "y2", "z", "out")
        purpose = f"Multiplier chip: out = (x1 - x2) (y1 - y2) / ({self.denominator_v:g} V) + z."
        part = Subcircuit(name, ports, purpose, self.chip)
        _add_bent(part, "x", ("x1", "x2"), 1.0, self.x_offset_v, self.x_nonlinearity)
        _add_bent(part, "y", ("y1", "y2"), 1.0, self.y_offset_v, self.y_nonlinearity)
        part.vccs("z", GROUND, "core", "z", GROUND, 1.0)
        self._add_core(part, ports[:5])
        return part

    def _add_core(self, part: Subcircuit, inputs: tuple[str, ...]) -> None:
        """Add core, offset, bias currents and amplifier; what Z adds goes to node ``core``."""
        scale = format_number((1 + self.scale_error) / self.denominator_v)
        # The core's node sums in A into 1 ohm: product, output offset, and the Z voltage.
        part.behavioural_current("core", GROUND, "core", f"{scale}*v(x_bent)*v(y_bent)")
        part.resistor("core", "core", GROUND, 1.0)
        if self.output_offset_v:
            part.current("offset", GROUND, "core", self.output_offset_v)
        for port in inputs:
            if self.bias_a:
                part.current(port, port, GROUND, self.bias_a)
        amplifier = self.amplifier.subcircuit(f"{part.name}_amplifier")
        part.instance("amplifier", amplifier, ("core", "out", "out"))


def _bent(voltage_v: np.ndarray, nonlinearity: float) -> np.ndarray:
    share = voltage_v / FULL_SCALE_V
    return voltage_v * (1 + nonlinearity * (4 * share * share - 3))


def _add_bent(
    part: Subcircuit,
    port: str,
    pins: tuple[str, str],
    gain: float,
    offset_v: float,
    nonlinearity: float,
) -> None:
    """Add node ``<port>_bent`` at f(gain v(pins) + offset), made of currents in A into 1 ohm.

    Two nodes per input are cheaper than one source for the whole product (2.9 against 3.8 us per
    time point): ngspice writes out a derivative for every voltage that an expression names.
    """
    part.vccs(f"{port}_sum", GROUND, f"{port}_sum", *pins, gain)
    if offset_v:
        part.current(f"{port}_offset", GROUND, f"{port}_sum", offset_v)
    part.resistor(f"{port}_sum", f"{port}_sum", GROUND, 1.0)
    straight = format_number(1 - 3 * nonlinearity)
    cubic = format_number(4 * nonlinearity / FULL_SCALE_V**2)
    voltage = f"v({port}_sum)"
    bent = f"{voltage}*({straight}+({cubic})*{voltage}*{voltage})"
    part.behavioural_current(f"{port}_bent", GROUND, f"{port}_bent", bent)
    part.resistor(f"{port}_bent", f"{port}_bent", GROUND, 1.0)
