"""Multiplier chips: figures of their data sheets, each with where it was read.

Makers' own files could not be opened; ``read`` says which copies, pages and models were. A maximum
that none of them confirms is None, and a worst case then takes the typical figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hgecircuit.errors import InputError
from hgecircuit.parts.multipliers.translinear import TranslinearMultiplier
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel


@dataclass(frozen=True)
class Spread:
    """A figure's typical size and its maximum, None when not confirmed; either sign."""

    typical: float
    maximum: float | None = None

    @property
    def largest(self) -> float:
        """The maximum, or the typical size when there is none."""
        return self.typical if self.maximum is None else self.maximum


@dataclass(frozen=True)
class MultiplierFigures:
    """A multiplier chip, at 25 C and +-15 V.

    Attributes:
        name: Part.
        denominator_v: U as it is used here, in V.
        scale_error: Relative error of the scale factor.
        input_offset_v: Offset of the X and of the Y input in V.
        output_offset_v: Offset at the output with no gain behind the core, in V.
        x_nonlinearity: Typical, share of the full scale.
        y_nonlinearity: Typical, share of the full scale.
        gain_bandwidth_hz: Bandwidth with no gain behind the core, in Hz.
        dc_gain_db: Open-loop gain of the output amplifier in dB.
        second_pole_hz: Second pole of the output amplifier in Hz.
        slew_v_per_s: Typical, in V/s.
        headroom_v: Distance of the output to the rails in V.
        output_ohm: Open-loop output resistance.
        bias_a: Typical input bias current in A.
        supply_a: Typical supply current in A; None when unknown.
        supply_v: Smallest and largest total supply in V.
        source: Data sheet and revision.
        read: Where each figure was read, by attribute; ``*`` is for those that are not named.
    """

    name: str
    denominator_v: float
    scale_error: Spread
    input_offset_v: Spread
    output_offset_v: Spread
    x_nonlinearity: float
    y_nonlinearity: float
    gain_bandwidth_hz: float
    dc_gain_db: float
    second_pole_hz: float
    slew_v_per_s: float
    headroom_v: float
    output_ohm: float
    bias_a: float
    supply_a: float | None
    supply_v: tuple[float, float]
    source: str
    read: Mapping[str, str] = field(compare=False)

    def multiplier(
        self,
        supply_v: tuple[float, float] = (-15.0, 15.0),
        gains: tuple[float, float] = (1.0, 1.0),
        scale_share: float = 0.0,
        offset_shares: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> TranslinearMultiplier:
        """One chip, with its typical nonlinearity, bias current and bandwidth.

        Args:
            supply_v: Negative and positive supply in V.
            gains: Gain in front of its X and Y input.
            scale_share: Its scale error as a share of the largest, -1 to 1.
            offset_shares: The same for the offsets of X, Y and the output; draw them from a seed,
                or take 1 or -1 for the worst case.

        Raises:
            InputError: The supply is outside the chip's range, or a share outside -1 to 1.
        """
        total_v = supply_v[1] - supply_v[0]
        if not self.supply_v[0] <= total_v <= self.supply_v[1]:
            expected = f"{self.supply_v[0]:g} to {self.supply_v[1]:g} V in total"
            raise InputError(
                f"{self.name} does not work from this supply", value=supply_v, expected=expected
            )
        for share in (scale_share, *offset_shares):
            if not -1 <= share <= 1:
                raise InputError("a share of the maximum", value=share, expected="-1 to 1")
        amplifier = OpAmpMacromodel(
            gain_bandwidth_hz=self.gain_bandwidth_hz,
            dc_gain=10 ** (self.dc_gain_db / 20),
            second_pole_hz=self.second_pole_hz,
            slew_v_per_s=self.slew_v_per_s,
            rail_low_v=supply_v[0] + self.headroom_v,
            rail_high_v=supply_v[1] - self.headroom_v,
            output_ohm=self.output_ohm,
        )
        return TranslinearMultiplier(
            amplifier,
            denominator_v=self.denominator_v,
            x_gain=gains[0],
            y_gain=gains[1],
            scale_error=scale_share * self.scale_error.largest,
            x_offset_v=offset_shares[0] * self.input_offset_v.largest,
            y_offset_v=offset_shares[1] * self.input_offset_v.largest,
            output_offset_v=offset_shares[2] * self.output_offset_v.largest,
            x_nonlinearity=self.x_nonlinearity,
            y_nonlinearity=self.y_nonlinearity,
            bias_a=self.bias_a,
            supply_a=self.supply_a,
            supply_v=total_v,
            part=self.name,
            source=self.source,
        )


_MACROMODEL = "maker's macromodel of 12/93, revision A, in public copies"
MULTIPLIERS: Mapping[str, MultiplierFigures] = {
    "AD633": MultiplierFigures(
        name="AD633",
        denominator_v=10.0,
        # No maximum of its own: the total error, at most 2 % of the full scale, bounds it.
        scale_error=Spread(2.5e-3, 2e-2),
        input_offset_v=Spread(5e-3, 30e-3),
        output_offset_v=Spread(5e-3, 50e-3),
        x_nonlinearity=4e-3,
        y_nonlinearity=1e-3,
        gain_bandwidth_hz=1e6,
        dc_gain_db=70.0,
        second_pole_hz=4e6,
        slew_v_per_s=20e6,
        headroom_v=3.7,
        output_ohm=43.0,
        bias_a=0.8e-6,
        supply_a=3.9e-3,
        supply_v=(16.0, 36.0),
        source="Analog Devices AD633, revisions B (1999) and E",
        read={
            "*": _MACROMODEL,
            "scale_error": "functional description: beike2008.cn/ad633jn_datasheet_16236051_3.html",
            "x_nonlinearity": "the same",
            "y_nonlinearity": "the same",
            "gain_bandwidth_hz": "first page: scribd.com 242769022",
            "slew_v_per_s": "the same, and the macromodel",
            "input_offset_v": "typical: the macromodel; maximum: a study that quotes the sheet",
            "output_offset_v": "typical: the macromodel; maximum: a study that quotes the sheet",
            "supply_v": "+-8 to +-18 V: a public summary that quotes revision K",
            "headroom_v": f"{_MACROMODEL}: 4.34 V less a diode's forward voltage",
        },
    ),
    "AD734": MultiplierFigures(
        name="AD734",
        # Its denominator can be set: 1 V gives x y / (1 V) without a gain behind the core.
        denominator_v=1.0,
        scale_error=Spread(1e-3),
        input_offset_v=Spread(5e-3),
        output_offset_v=Spread(5e-3),
        x_nonlinearity=1e-4,
        y_nonlinearity=1e-4,
        gain_bandwidth_hz=10e6,
        dc_gain_db=72.0,
        second_pole_hz=15e6,
        slew_v_per_s=450e6,
        headroom_v=5.0,
        output_ohm=100.0,
        bias_a=0.1e-6,
        supply_a=None,
        supply_v=(16.0, 36.0),
        source="Analog Devices AD734, revisions B and E",
        read={
            "*": "pages 4 and 5: m.beike2008.cn/ad734_datasheet_16303418_4.html",
            "scale_error": "no figure of its own; the typical total error of the first page",
            "input_offset_v": "page 4: residual offset typically below this, bias current included",
            "output_offset_v": "the same, for its Z input",
            "x_nonlinearity": "distortion of -80 dBc of the first page, as a third harmonic",
            "y_nonlinearity": "the same",
            "gain_bandwidth_hz": "first page: dtsheet.com/doc/1853104; kept to a gain of 20 dB",
            "second_pole_hz": "assumed: 60 degrees of phase margin",
            "headroom_v": "page 4: +-10 V into 1 kohm from +-15 V, so at most this",
            "output_ohm": "assumed",
            "supply_v": "page 4 (+-8 V), and +-18 V of a public summary",
        },
    ),
}
