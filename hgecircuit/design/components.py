"""Blocks of real parts: sized from op-amps, chips, switches, resistors and capacitors."""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.parts.lot import Lot
from hgecircuit.parts.oscillators import Bank, DividerBank, QuadratureBank, WienBank
from hgecircuit.spec.carrier_rules import Carriers
from hgecircuit.spec.components import ComponentsSpec


@dataclass(frozen=True)
class Workbench:
    """Sizes blocks from the parts that a circuit file names.

    Attributes:
        spec: The parts.
        edge_s: Length of the sequencer's edges.
    """

    spec: ComponentsSpec
    edge_s: float

    @property
    def lot(self) -> Lot:
        """Every single part, with its own errors."""
        spec = self.spec
        return Lot(
            (-spec.supply_v, spec.supply_v),
            spec.spread,
            spec.seed,
            spec.resistor_tolerance,
            spec.capacitor_tolerance,
        )

    def oscillators(self, carriers: Carriers, lag_rad: tuple[float, ...]) -> Bank:
        """The carriers' bank: divided from the clock, or running free."""
        spec = self.spec
        wanted = (carriers.frequencies_hz, carriers.phases_rad, lag_rad)
        opamp = self.lot.opamp(spec.opamp, "oscillators.opamp")
        series = spec.resistor_series
        if spec.oscillator == "divider":
            return DividerBank(*wanted, edge_s=self.edge_s, opamp=opamp, resistor_series=series)
        if spec.oscillator == "wien":
            return WienBank(*wanted, opamp=opamp, resistor_series=series)
        return QuadratureBank(*wanted, opamp=opamp, resistor_series=series)
