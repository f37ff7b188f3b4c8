"""Op-amps as parts to build with: the figures of the op-amp table, and those of their outputs.

``hgecircuit/parts/filters/opamp_table.py`` has what the inputs and the gain need, with sources;
here are the output's swing and resistance and the phase margin. A figure that no source confirms is
None, and the macromodel then uses the assumption stated below. Swing: from each rail, into 10 kohm
where ``read`` doesn't say otherwise; the maker's limit, or typical where it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hgecircuit.errors import InputError
from hgecircuit.parts.filters.opamp import OpAmpPart
from hgecircuit.parts.filters.opamp_table import PARTS
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel, second_pole_for

# Used where a figure is unknown. A stable, moderately damped amplifier; a class-AB stage of bipolar
# transistors needs a V_BE and a saturation voltage from each rail, a CMOS one tens of millivolts.
ASSUMED_PHASE_MARGIN_DEG = 60.0
ASSUMED_OUTPUT_OHM = 100.0
ASSUMED_HEADROOM_V = 1.5
ASSUMED_CMOS_HEADROOM_V = 0.1


@dataclass(frozen=True)
class OpAmpFigures:
    """An op-amp of the table with its output's figures.

    Attributes:
        part: Figures of input and gain, with their sources.
        headroom_v: Least distance of the output to the negative and the positive rail, in V.
        output_ohm: Open-loop output resistance.
        phase_margin_deg: Phase margin at unity gain in degrees.
        read: Where each figure was read.
    """

    part: OpAmpPart
    headroom_v: tuple[float, float] | None = None
    output_ohm: float | None = None
    phase_margin_deg: float | None = None
    read: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def assumed(self) -> tuple[str, ...]:
        """Figures that the macromodel has to assume."""
        names = ("headroom_v", "output_ohm", "phase_margin_deg")
        return tuple(name for name in names if getattr(self, name) is None)

    def macromodel(
        self,
        supply_v: tuple[float, float],
        offset_share: float = 0.0,
        bias_shares: tuple[float, float] = (0.0, 0.0),
    ) -> OpAmpMacromodel:
        """One op-amp of this type.

        Args:
            supply_v: Negative and positive supply in V.
            offset_share: Its offset as a share of the data sheet's maximum, -1 to 1; draw it from a
                seed, or take 1 or -1 for the worst case.
            bias_shares: The same for the bias currents of the plus and the minus input.

        Raises:
            InputError: The supply is outside the part's range, or a share outside -1 to 1.
        """
        part, (negative_v, positive_v) = self.part, supply_v
        total_v = positive_v - negative_v
        if not part.supply_v[0] <= total_v <= part.supply_v[1]:
            expected = f"{part.supply_v[0]:g} to {part.supply_v[1]:g} V in total"
            raise InputError(
                f"{part.name} does not work from this supply", value=supply_v, expected=expected
            )
        for share in (offset_share, *bias_shares):
            if not -1 <= share <= 1:
                raise InputError("a share of the maximum", value=share, expected="-1 to 1")
        low_v, high_v = self.headroom_v or (_assumed_headroom_v(part),) * 2
        margin_deg = self.phase_margin_deg or ASSUMED_PHASE_MARGIN_DEG
        return OpAmpMacromodel(
            gain_bandwidth_hz=part.gain_bandwidth_hz,
            dc_gain=10 ** (part.dc_gain_db / 20),
            second_pole_hz=second_pole_for(part.gain_bandwidth_hz, margin_deg),
            slew_v_per_s=part.slew_v_per_s,
            rail_low_v=negative_v + low_v,
            rail_high_v=positive_v - high_v,
            output_ohm=self.output_ohm or ASSUMED_OUTPUT_OHM,
            offset_v=offset_share * part.offset_v,
            bias_plus_a=bias_shares[0] * part.bias_a,
            bias_minus_a=bias_shares[1] * part.bias_a,
            noise_v_per_rthz=part.noise_v_per_rthz,
            noise_a_per_rthz=part.noise_a_per_rthz or 0.0,
            corner_hz=part.corner_hz or 0.0,
            quiescent_a=part.quiescent_a,
            supply_v=total_v,
            part=part.name,
            source=part.source,
        )


def _assumed_headroom_v(part: OpAmpPart) -> float:
    return ASSUMED_CMOS_HEADROOM_V if "CMOS" in part.kind else ASSUMED_HEADROOM_V


_BY_NAME = {part.name: part for part in PARTS}
_OUTPUTS = (
    OpAmpFigures(
        _BY_NAME["OP27E"], (1.2, 1.2), 70.0, None,
        {"*": "copy of the tables: studylib.net/doc/18056075; typical, into 2 kohm"},
    ),
    OpAmpFigures(
        _BY_NAME["OPA333"], None, 2e3, None,
        {"output_ohm": "a design that quotes SBOS351E"},
    ),
    OpAmpFigures(
        _BY_NAME["OPA140"], (0.2, 0.2), None, None,
        {"headroom_v": "a design that quotes SBOS498F, page 7"},
    ),
    OpAmpFigures(
        _BY_NAME["OPA2134"], (0.5, 1.2), None, None,
        {"headroom_v": "a design that quotes SBOS058B, page 8"},
    ),
    OpAmpFigures(
        _BY_NAME["TL072C"], (1.5, 1.5), None, None,
        {"headroom_v": "github.com/bandrews/whichpart, basicpart/content/components/C6961.md"},
    ),
    OpAmpFigures(
        _BY_NAME["NE5532"], (2.0, 2.0), None, None,
        {"headroom_v": "SLOS075K has none; NJM5532 (NJR, 2025), typical, into 600 ohm"},
    ),
    OpAmpFigures(
        _BY_NAME["LM358B"], (0.1, 1.35), 300.0, 56.0,
        {
            "*": "text of the sheet: github.com/bio-colab/darwin-evolab, SLOS068AB_LM358B.pdf.txt",
            "headroom_v": "the same, at 50 uA",
        },
    ),
    OpAmpFigures(
        _BY_NAME["MCP6002"], (0.025, 0.025), None, None,
        {"headroom_v": "a simulation model that names DS20001733L"},
    ),
)  # fmt: skip
OPAMPS: Mapping[str, OpAmpFigures] = {
    **{part.name: OpAmpFigures(part) for part in PARTS},
    **{figures.part.name: figures for figures in _OUTPUTS},
}
