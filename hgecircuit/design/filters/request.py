"""What a designer asks of a filter."""

from __future__ import annotations

from dataclasses import dataclass, fields

from hgecircuit.errors import InputError
from hgecircuit.parts.filters.eseries import SERIES
from hgecircuit.parts.filters.opamp_table import PARTS
from hgecircuit.parts.filters.prototypes import ALIASES, FAMILIES, MAX_ORDER
from hgecircuit.parts.filters.sections import TOPOLOGIES
from hgecircuit.parts.filters.settling import READINGS
from hgecircuit.units import format_quantity

#: Name that stands for op-amps without any error.
IDEAL_OPAMP = "ideal"
#: Largest error of settling and of the op-amps that can be asked for, as a ratio.
MAX_ERROR = 0.5
_MAX_BUILDS = 100_000
_MAX_REJECTED = 1000
_MAX_ATTENUATION_DB = 200.0

# What discrete parts and op-amps can be: beyond it a network of lumped parts says nothing. A wave
# of 1 GHz is 30 cm long; below 1 pF and 1 ohm the board is the part, above 100 Gohm the air.
#: Frequencies and times that can be asked for.
FREQUENCY_HZ = (1e-6, 1e9)
TIME_S = (1e-12, 1e6)
_RESISTANCE_OHM = (1e-2, 1e11)
_CAPACITANCE_F = (1e-14, 1.0)
_SIGNAL_V = (1e-9, 1e3)
_SUPPLY_V = (0.1, 1e3)
_OUTPUT_OHM = (0.0, 1e6)


@dataclass(frozen=True)
class FilterRequest:
    """A low-pass to be designed.

    Attributes:
        cutoff_hz: Cut-off (-3.01 dB) in Hz; from the settling time when None.
        settle_time_s: Time in s at which a step must have settled; free when None.
        settle_error: Allowed deviation then, as a ratio; the paper's "98 % settled" is 0.02.
        settled: ``first`` (reaches 1 - error) or ``stay`` (within the error for good).
        family: ``butterworth``, ``bessel`` or ``critically-damped``.
        order: Number of poles, 1 to 6.
        topology: ``rc``, ``sallen-key`` or ``multiple-feedback``.
        reject_hz: Interfering frequencies in Hz, above the cut-off.
        attenuation_db: Least attenuation at every one of them; free when None.
        resistor_series: Series of the resistors, such as ``E24``.
        capacitor_series: Series of the capacitors.
        resistor_range_ohm: Smallest and largest resistor.
        capacitor_range_f: Smallest and largest capacitor.
        resistor_tolerance: Largest deviation of a resistor, as a ratio.
        capacitor_tolerance: Largest deviation of a capacitor, as a ratio.
        amplitude_v: The input stays within plus and minus this, in V.
        offset_budget_v: Largest output offset from the op-amps, in V.
        supply_v: Total supply voltage of the op-amps, in V; any that is large enough when None.
        opamp: A part of the table or ``ideal``; the best that fits when None.
        opamp_error: Largest relative deviation of H that the op-amps' finite gain may cause.
        output_ohm: Output resistance of the op-amps in open loop, in ohm.
        builds: Number of random builds for the tolerances.
        seed: Seed of the random builds.
    """

    cutoff_hz: float | None = None
    settle_time_s: float | None = None
    settle_error: float = 0.02
    settled: str = "first"
    family: str = "butterworth"
    order: int = 3
    topology: str = "sallen-key"
    reject_hz: tuple[float, ...] = ()
    attenuation_db: float | None = None
    resistor_series: str = "E24"
    capacitor_series: str = "E12"
    resistor_range_ohm: tuple[float, float] = (1e3, 1e6)
    capacitor_range_f: tuple[float, float] = (100e-12, 1e-6)
    resistor_tolerance: float = 0.01
    capacitor_tolerance: float = 0.05
    amplitude_v: float = 1.0
    offset_budget_v: float = 1e-3
    supply_v: float | None = None
    opamp: str | None = None
    opamp_error: float = 0.01
    output_ohm: float = 0.0
    builds: int = 1000
    seed: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "family", ALIASES.get(self.family, self.family))
        self._check_numbers()
        for key, value, known in (
            ("--response", self.family, FAMILIES),
            ("--topology", self.topology, TOPOLOGIES),
            ("--settled", self.settled, READINGS),
            ("--series", self.resistor_series, SERIES),
            ("--capacitor-series", self.capacitor_series, SERIES),
        ):
            if value not in known:
                raise InputError("no such choice", key=key, value=value, expected=", ".join(known))
        names = (IDEAL_OPAMP, *(part.name for part in PARTS))
        if self.opamp is not None and self.opamp not in names:
            raise InputError(
                "no such op-amp", key="--opamp", value=self.opamp, expected=", ".join(names)
            )
        if self.cutoff_hz is None and self.settle_time_s is None:
            raise InputError(
                "neither a cut-off nor a settling time",
                expected="--cutoff 40Hz or --settle-time 0.1s, or both",
            )
        if self.attenuation_db is not None and not self.reject_hz:
            raise InputError(
                "an attenuation without an interfering frequency",
                key="--attenuation",
                value=self.attenuation_db,
                expected="--reject 40Hz beside it",
            )

    def _check_numbers(self) -> None:
        if type(self.order) is not int or not 1 <= self.order <= MAX_ORDER:
            raise InputError("no filter order", key="--order", value=self.order, expected="1 to 6")
        if len(self.reject_hz) > _MAX_REJECTED:
            raise InputError(
                "too many interfering frequencies",
                key="--reject",
                value=len(self.reject_hz),
                expected=f"at most {_MAX_REJECTED}",
            )
        for key, value, ends, unit in self._physical():
            if value is not None and not ends[0] <= value <= ends[1]:
                raise InputError(
                    "not a value of a real filter",
                    key=key,
                    value=format_quantity(value, unit),
                    expected=" to ".join(format_quantity(end, unit) for end in ends),
                )
        if self.attenuation_db is not None and not 0 < self.attenuation_db <= _MAX_ATTENUATION_DB:
            raise InputError(
                "no attenuation of a real filter",
                key="--attenuation",
                value=self.attenuation_db,
                expected=f"above 0 and at most {_MAX_ATTENUATION_DB:g} dB",
            )
        for key, value in (
            ("--tolerance", self.resistor_tolerance),
            ("--capacitor-tolerance", self.capacitor_tolerance),
        ):
            if not 0 <= value <= 0.5:
                raise InputError("not a tolerance", key=key, value=value, expected="0 % to 50 %")
        for key, value in (
            ("--settle-error", self.settle_error),
            ("--opamp-error", self.opamp_error),
        ):
            if not 1e-9 <= value <= MAX_ERROR:
                raise InputError("not an error", key=key, value=value, expected="1e-7 % to 50 %")
        for key, (low, high), unit in (
            ("--resistor-min, --resistor-max", self.resistor_range_ohm, "Ω"),
            ("--capacitor-min, --capacitor-max", self.capacitor_range_f, "F"),
        ):
            if low > high:
                raise InputError(
                    "the smallest is above the largest",
                    key=key,
                    value=f"{format_quantity(low, unit)} to {format_quantity(high, unit)}",
                    expected="minimum <= maximum",
                )
        for key, value, low, high in (
            ("--builds", self.builds, 1, _MAX_BUILDS),
            ("--seed", self.seed, 0, 2**63),
        ):
            if type(value) is not int or not low <= value <= high:
                raise InputError(
                    "not a whole number in range",
                    key=key,
                    value=value,
                    expected=f"{low} to {high}",
                )

    def _physical(self) -> list[tuple[str, float | None, tuple[float, float], str]]:
        """Options, their values (None where free), the limits of those and the unit."""
        ohms, farads = self.resistor_range_ohm, self.capacitor_range_f
        return [
            ("--cutoff", self.cutoff_hz, FREQUENCY_HZ, "Hz"),
            *(("--reject", value, FREQUENCY_HZ, "Hz") for value in self.reject_hz),
            ("--settle-time", self.settle_time_s, TIME_S, "s"),
            ("--amplitude", self.amplitude_v, _SIGNAL_V, "V"),
            ("--offset-budget", self.offset_budget_v, _SIGNAL_V, "V"),
            ("--supply", self.supply_v, _SUPPLY_V, "V"),
            ("--output-resistance", self.output_ohm, _OUTPUT_OHM, "Ω"),
            *(("--resistor-min, --resistor-max", end, _RESISTANCE_OHM, "Ω") for end in ohms),
            *(("--capacitor-min, --capacitor-max", end, _CAPACITANCE_F, "F") for end in farads),
        ]

    def to_dict(self) -> dict[str, object]:
        """Every attribute by its name, for JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
