"""An element's value as it is written on a sheet, and the way back.

A drawing rounds to :data:`DIGITS` digits, writes SI prefixes and takes waveforms apart;
:func:`read_value` reads such a text again, so that it can be compared with the netlist's own.
"""

from __future__ import annotations

import hashlib
import math
import re
from typing import NamedTuple

from hgecircuit.netlist import Element

DIGITS = 6
_UNITS = {"R": "Ω", "C": "F", "V": "V", "I": "A"}
_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_FACTORS = {prefix: float(f"1e{power}") for power, prefix in _PREFIXES.items()}
_NUMBER = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])", re.IGNORECASE)
_QUANTITY = re.compile(r"(-?\d+\.?\d*(?:e[+-]?\d+)?) ?([fpnµmkMGT]?)(Ω|F|V|A|S|s|Hz|°)(?![\w])")
_WAVE = re.compile(r"(PULSE|SIN)\(([^()]*)\)")
_SINE = re.compile(
    r"sine (?P<amplitude>\S+ \S+) (?P<frequency>\S+ \S+), (?P<phase>\S+)°"
    r"(?: offset (?P<offset>.+), delay (?P<delay>.+), damping (?P<damping>\S+) 1/s)?"
)
_PULSE = re.compile(
    r"(?P<low>\S+ \S+) to (?P<high>\S+ \S+) at (?P<delay>.+) for (?P<width>.+) "
    r"edges (?P<rise>\S+ \S+?)(?: up, (?P<fall>.+) down)? every (?P<period>.+)"
)
_DIGEST = re.compile(r"sha256([0-9a-f]{12})")
_CONTROLLED = frozenset("BEGH")
# Longer expressions are tables, which no reader checks by eye.
_LONG = 600
# Half a step of the last digit, for a mantissa of 1.
_ROUNDING = 0.5 * 10.0 ** (1 - DIGITS)


class Value(NamedTuple):
    """A value taken apart.

    Attributes:
        words: Everything but the numbers.
        numbers: The numbers, in SI.
        digest: Of a table that is too long to be drawn.
    """

    words: str
    numbers: tuple[float, ...]
    digest: str = ""


def format_quantity(value: float, unit: str) -> str:
    """A value with SI prefix and unit, such as ``4.7 nF``."""
    if value == 0:
        return f"0 {unit}"
    power = 3 * math.floor(math.log10(abs(value)) / 3 + 1e-12)
    power = min(max(power, min(_PREFIXES)), max(_PREFIXES))
    mantissa = f"{value / 10.0**power:.{DIGITS}g}"
    if abs(float(mantissa)) >= 1000 and power < max(_PREFIXES):
        power += 3
        mantissa = f"{value / 10.0**power:.{DIGITS}g}"
    if "e" in mantissa:
        return f"{value:.{DIGITS}g} {unit}"
    return f"{mantissa} {_PREFIXES[power]}{unit}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _format_wave(kind: str, figures: list[float]) -> str:
    """SPICE's ``PULSE`` and ``SIN`` in words that :func:`_read_wave` reads."""
    if kind == "SIN":
        offset, amplitude, frequency, delay, damping, phase = [*figures, *([0.0] * 6)][:6]
        lines = [f"sine {format_quantity(amplitude, 'V')}"]
        lines.append(f"{format_quantity(frequency, 'Hz')}, {phase:.{DIGITS}g}°")
        if offset or delay or damping:
            lines.append(
                f"offset {format_quantity(offset, 'V')}, delay {format_quantity(delay, 's')}, "
                f"damping {damping:.{DIGITS}g} 1/s"
            )
        return "\n".join(lines)
    low, high, delay, rise, fall, width, period = figures
    edges = format_quantity(rise, "s")
    if fall != rise:
        edges += f" up, {format_quantity(fall, 's')} down"
    return "\n".join(
        (
            f"{format_quantity(low, 'V')} to {format_quantity(high, 'V')}",
            f"at {format_quantity(delay, 's')}",
            f"for {format_quantity(width, 's')}",
            f"edges {edges}",
            f"every {format_quantity(period, 's')}",
        )
    )


def _short_number(match: re.Match[str]) -> str:
    return f"{float(match[0]):.{DIGITS}g}"


def format_expression(expression: str) -> str:
    """A B source's expression in readable form, with spaces where it may be broken."""
    bare = re.sub(r"\s+", "", expression)
    if len(bare) > _LONG:
        head = bare[: bare.index("(") + 1] if "(" in bare else ""
        numbers = len(_NUMBER.findall(bare))
        return f"{head}...), a table of {numbers} numbers, sha256 {_digest(bare)}"
    text = _NUMBER.sub(_short_number, bare)
    text = re.sub(r"(?<![e(,*/+-])([+-])(?!\s)", r" \1 ", text)
    text = re.sub(r"(?<=\d)e ([+-]) ", r"e\1", text)
    return text.replace("*", " · ").replace("/", " / ").replace(",", ", ")


def format_equation(element: Element) -> str:
    """What a controlled source does: ``v`` is from + to -, ``i`` flows from + through it to -."""
    if element.kind == "B":
        return f"{element.output} = {format_expression(element.value)}"
    if element.kind == "H":
        sense, ohm = element.value.split()
        return f"v = {format_quantity(float(ohm), 'Ω')} · i({sense})"
    plus, minus = element.nodes[2:4]
    control = f"v({plus})" if minus == "0" else f"v({plus},{minus})"
    if plus == "0" and minus != "0":
        control = f"v(0,{minus})"
    gain = float(element.value)
    if element.kind == "G":
        return f"i = {format_quantity(gain, 'S')} · {control}"
    return f"v = {gain:.{DIGITS}g} · {control}"


def format_value(element: Element) -> str:
    """A two-terminal element's value, possibly of several lines; a model's name as it is."""
    if element.kind not in _UNITS:
        return element.value
    if _is_number(element.value):
        return format_quantity(float(element.value), _UNITS[element.kind])
    wave = _WAVE.fullmatch(element.value.strip())
    if wave is None:
        return element.value if len(element.value) < 40 else format_expression(element.value)
    return _format_wave(wave[1], [float(one) for one in wave[2].split()])


def read_value(kind: str, drawn: str) -> Value:
    """Read a drawn value again.

    Args:
        kind: SPICE's letter.
        drawn: What the sheet says.

    Returns:
        Everything but the numbers, with ``#`` in the place of each, and the numbers in SI.
    """
    text = " ".join(drawn.split())
    if kind in _CONTROLLED:
        return _read_equation(kind, text)
    unit = _UNITS.get(kind)
    wave = _SINE.fullmatch(text) or _PULSE.fullmatch(text)
    if wave is not None:
        figures = {key: _quantity(one) for key, one in wave.groupdict().items() if one}
        return _order_wave(figures)
    match = _QUANTITY.fullmatch(text)
    if unit is None or match is None:
        return Value(text.replace(" ", ""), ())
    return Value("#", (_quantity(text),)) if match[3] == unit else Value(f"#{match[3]}", ())


def netlist_value(element: Element) -> Value:
    """The same of the netlist's own text, read by SPICE's rules and not by a drawing's."""
    text = element.value.strip()
    if element.kind in _CONTROLLED:
        if element.kind == "B":
            return _split_expression(f"{element.output}=", text)
        if element.kind == "H":
            sense, ohm = text.split()
            return Value(f"v=#*i({sense})", (float(ohm),))
        plus, minus = element.nodes[2:4]
        control = f"v({plus})" if minus == "0" else f"v({plus},{minus})"
        return Value(f"{'i' if element.kind == 'G' else 'v'}=#*{control}", (float(text),))
    if element.kind in _UNITS and _is_number(text):
        return Value("#", (float(text),))
    wave = _WAVE.fullmatch(text)
    if wave is None:
        return Value(text.replace(" ", ""), ())
    figures = [float(one) for one in wave[2].split()]
    length = 6 if wave[1] == "SIN" else 7
    return Value(wave[1], tuple([*figures, *([0.0] * length)][:length]))


def same_value(one: Value, other: Value) -> bool:
    """Whether two values are equal up to a drawing's rounding to :data:`DIGITS` digits."""
    if one.words != other.words or len(one.numbers) != len(other.numbers):
        return False
    if one.digest != other.digest:
        return False
    return all(
        math.isclose(a, b, rel_tol=_ROUNDING, abs_tol=0)
        for a, b in zip(one.numbers, other.numbers, strict=True)
    )


def _quantity(text: str) -> float:
    match = _QUANTITY.fullmatch(text.strip())
    return float(text) if match is None else float(match[1]) * _FACTORS[match[2]]


def _order_wave(figures: dict[str, float]) -> Value:
    if "amplitude" in figures:
        keys = ("offset", "amplitude", "frequency", "delay", "damping", "phase")
        return Value("SIN", tuple(figures.get(key, 0.0) for key in keys))
    figures.setdefault("fall", figures["rise"])
    keys = ("low", "high", "delay", "rise", "fall", "width", "period")
    return Value("PULSE", tuple(figures[key] for key in keys))


def _read_equation(kind: str, text: str) -> Value:
    left, _, right = text.partition("=")
    if kind == "B":
        return _split_expression(f"{left.strip()}=", right.replace("·", "*"))
    gain, _, control = right.partition("·")
    words = f"{left.strip()}=#*{control.replace(' ', '')}"
    return Value(words, (_quantity(gain),))


def _split_expression(head: str, expression: str) -> Value:
    bare = re.sub(r"\s+", "", expression)
    digest = _DIGEST.search(bare)
    if len(bare) > _LONG or digest:
        return Value(head, (), digest[1] if digest else _digest(bare))
    numbers = tuple(float(match[0]) for match in _NUMBER.finditer(bare))
    return Value(head + _NUMBER.sub("#", bare), numbers)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
