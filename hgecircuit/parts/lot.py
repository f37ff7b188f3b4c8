"""A production lot: where each component of a circuit lies within its data sheet's limits."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.parts.comparators.comparator import COMPARATORS, Comparator
from hgecircuit.parts.filters.cascade import Cascade
from hgecircuit.parts.multipliers.table import MULTIPLIERS
from hgecircuit.parts.multipliers.translinear import TranslinearMultiplier
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.switches.analog_switch import SWITCHES, AnalogSwitch

# A maker's limit is taken as three standard deviations, and what lies outside is sorted out.
_SIGMAS = 3.0
_Anything = TypeVar("_Anything")


@dataclass(frozen=True)
class Lot:
    """Components by name; the same name and seed give the same component in any order.

    Attributes:
        supply_v: Negative and positive supply in V.
        spread: ``nominal``: no offsets, exact resistors. ``drawn``: normal, the limits at three
            standard deviations. ``limits``: everything at its limit, the signs drawn. ``single``:
            one figure at its positive limit, all others nominal.
        seed: Of all draws.
        resistor_tolerance: Largest relative error of a resistor.
        capacitor_tolerance: Largest relative error of a capacitor.
        reference_tolerance: Largest relative error of a voltage reference.
        single: Name of the figure with ``spread="single"``.
        asked: Gets the name of every figure that is asked for; None to keep no such list.
    """

    supply_v: tuple[float, float] = (-12.0, 12.0)
    spread: Literal["nominal", "drawn", "limits", "single"] = "nominal"
    seed: int = 0
    resistor_tolerance: float = 1e-3
    capacitor_tolerance: float = 1e-2
    reference_tolerance: float = 1e-3
    single: str = ""
    asked: set[str] | None = field(default=None, compare=False, repr=False)

    def share(self, name: str) -> float:
        """Where the figure ``name`` lies: -1 to 1 of its limit."""
        if self.asked is not None:
            self.asked.add(name)
        if self.spread == "single":
            return float(name == self.single)
        if self.spread == "nominal":
            return 0.0
        # A generator per name, so that a part that is added moves no other one.
        draw = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        if self.spread == "limits":
            return float(draw.choice((-1.0, 1.0)))
        while abs(share := draw.normal() / _SIGMAS) > 1:
            pass
        return float(share)

    def worst_case(self, figure: Callable[[Lot], np.ndarray | float]) -> np.ndarray:
        """Largest deviation of a figure from its nominal value, to first order.

        The sum over all errors, each at its limit by itself (linear worst case).

        Args:
            figure: From a lot to the figure, a number or an array.
        """
        asked: set[str] = set()
        nominal = np.asarray(figure(replace(self, spread="nominal", asked=asked)))
        total = np.zeros_like(nominal, dtype=float)
        for name in sorted(asked):
            moved = np.asarray(figure(replace(self, spread="single", single=name)))
            total = total + np.abs(moved - nominal)
        return total

    def opamp(self, part: str, name: str) -> OpAmpMacromodel:
        """The op-amp ``part`` of the table with its own offset and bias currents."""
        bias = (self.share(f"{name}.bias_plus"), self.share(f"{name}.bias_minus"))
        figures = _listed(OPAMPS, part, "op-amp")
        return figures.macromodel(self.supply_v, self.share(f"{name}.offset"), bias)

    def multiplier(
        self, part: str, name: str, gains: tuple[float, float] = (1.0, 1.0)
    ) -> TranslinearMultiplier:
        """The multiplier ``part`` of the table with its own offsets and scale error."""
        offsets = tuple(self.share(f"{name}.{figure}_offset") for figure in ("x", "y", "output"))
        figures = _listed(MULTIPLIERS, part, "multiplier")
        return figures.multiplier(
            self.supply_v, gains, self.share(f"{name}.scale"), (offsets[0], offsets[1], offsets[2])
        )

    def switch(self, part: str) -> AnalogSwitch:
        """The analog switch ``part`` of the table; its maxima when everything is at its limit."""
        return _listed(SWITCHES, part, "analog switch").switch(
            self.spread == "limits", self.supply_v
        )

    def comparator(self, part: str, name: str, hysteresis_v: float = 0.0) -> Comparator:
        """The comparator ``part`` of the table with its own offset."""
        total_v = self.supply_v[1] - self.supply_v[0]
        figures = _listed(COMPARATORS, part, "comparator")
        return figures.comparator(hysteresis_v, self.share(f"{name}.offset"), total_v)

    def vary(self, part: _Anything, name: str) -> _Anything:
        """A sized part with its own resistors and capacitors in place of the nominal ones.

        Fields ``<what>_ohm``, ``<what>_f`` and ``reference_v`` of the part, and of parts inside it
        that have a ``size`` of their own, and the values of a filter's sections get their errors;
        components from the tables stay as they are.
        """
        assert is_dataclass(part)
        assert not isinstance(part, type)
        tolerances = {
            "ohm": self.resistor_tolerance,
            "f": self.capacitor_tolerance,
            "reference_v": self.reference_tolerance,
        }
        changed: dict[str, Any] = {}
        for one in fields(part):
            value, place = getattr(part, one.name), f"{name}.{one.name}"
            kind = one.name if one.name in tolerances else one.name.rpartition("_")[2]
            if isinstance(value, float) and kind in tolerances:
                changed[one.name] = value * (1 + tolerances[kind] * self.share(place))
            elif isinstance(value, Cascade):
                changed[one.name] = self._vary_sections(value, place)
            elif is_dataclass(value) and hasattr(value, "size"):
                changed[one.name] = self.vary(value, place)
        return replace(part, **changed)

    def _vary_sections(self, cascade: Cascade, name: str) -> Cascade:
        sections = []
        for n, section in enumerate(cascade.sections):
            values = {}
            for key, value in section.values.items():
                resistor = key.startswith("r")
                limit = self.resistor_tolerance if resistor else self.capacitor_tolerance
                values[key] = value * (1 + limit * self.share(f"{name}.{n}.{key}"))
            sections.append(replace(section, values=values))
        return Cascade(tuple(sections))


def _listed(table: Any, part: str, kind: str) -> Any:
    if part not in table:
        raise InputError(f"no such {kind}", value=part, expected=", ".join(table))
    return table[part]
