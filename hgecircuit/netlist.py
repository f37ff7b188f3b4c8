"""The one module that imports PySpice: its circuits, restricted to what it writes correctly.

PySpice 1.5 writes some things wrongly without a word (values with units in subcircuit parameters,
switch states, duplicate names that differ only in case). Everything here therefore takes plain SI
floats, writes them as exponents, checks names, nodes and values, and refuses the rest. The PySpice
objects stay reachable as ``Circuit.spice`` and ``Subcircuit.spice``, so users can extend them.
"""

from __future__ import annotations

import keyword
import math
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from PySpice.Spice.Netlist import Circuit as PySpiceCircuit
from PySpice.Spice.Netlist import SubCircuit as PySpiceSubCircuit

from hgecircuit.errors import InputError

GROUND = "0"
_NAME = re.compile(r"[a-z0-9_]+")
_NODE_IN_EXPRESSION = re.compile(r"\bv\(([^()]*)\)")
# `**`, `^` and pow() use the absolute value of a negative base, limit() in a B source returns 0,
# and other simulators drop an element with `?:`.
_UNSAFE_EXPRESSION = re.compile(r"\^|\*\*|\bpow\s*\(|\blimit\s*\(|\?")
_LINE_WIDTH = 110
#: Elements whose value is a plain number, and PySpice's name for it.
CHANGEABLE: Mapping[str, str] = {
    "R": "resistance",
    "C": "capacitance",
    "V": "dc_value",
    "I": "dc_value",
    "E": "voltage_gain",
    "G": "transconductance",
    "H": "transresistance",
}
_OUTPUTS = {"voltage_expression": "v", "current_expression": "i"}


class Chip(NamedTuple):
    """A subcircuit that is one bought part, whatever elements model it inside.

    Attributes:
        part: Part number, such as ``AD633``.
        kind: What it is, such as ``op-amp``.
        supply_w: Its supply power without load in W; None when unknown.
        source: Where its figures were read.
        per_package: How many of it one package holds, such as 2 for a dual op-amp.
    """

    part: str
    kind: str
    supply_w: float | None = None
    source: str = ""
    per_package: int = 1


class Element(NamedTuple):
    """One element as it was added.

    Attributes:
        kind: SPICE's letter: ``R``, ``C``, ``V``, ``B``, ``D``, ``X`` ...
        name: Name without the letter.
        nodes: What it is connected to, in SPICE's order.
        value: Resistance, capacitance, source's value or expression, or model, as it is written.
        part: The subcircuit of an instance.
        stands_for: What has to be built in its place; empty for nothing at all, None when the
            element is what it says.
        output: What a B source's expression is: ``v``, the voltage between its nodes, or ``i``, the
            current from the first through it to the second.
    """

    kind: str
    name: str
    nodes: tuple[str, ...]
    value: str = ""
    part: Subcircuit | None = None
    stands_for: str | None = None
    output: str = ""


def format_number(value: float) -> str:
    """Write a float so that no SPICE dialect can misread it: an exponent, never a suffix."""
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"not a finite value for a netlist: {value!r}")
    text = f"{value:.12g}"
    if "e" in text or text in {"0", "-0"}:
        return "0" if text == "-0" else text
    if 1e-3 <= abs(value) < 1e4:
        return text
    mantissa, exponent = f"{value:.11e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


class _Elements:
    """Elements of a circuit or a subcircuit, in the order in which they were added."""

    spice: PySpiceCircuit | PySpiceSubCircuit

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self._lines: list[object] = []
        self._used: Counter[str] = Counter()
        self._names: set[str] = set()
        self._children: dict[str, Subcircuit] = {}
        self._models: dict[str, str] = {}
        self._stands_for: str | None = None

    @contextmanager
    def stands_for(self, what: str) -> Iterator[None]:
        """Elements added inside are no parts to be bought: bills of materials leave them out.

        Args:
            what: What has to be built in their place, such as ``5 V reference``; empty for elements
                that only help the solver, and for what is under test.
        """
        before, self._stands_for = self._stands_for, what
        try:
            yield
        finally:
            self._stands_for = before

    def comment(self, text: str) -> None:
        """Add a comment line; line breaks in ``text`` become spaces."""
        self._lines.append("* " + " ".join(text.split()))

    def resistor(self, name: str, plus: str, minus: str, ohm: float) -> None:
        """Add a resistor; ngspice would silently replace 0 ohm by 1 mohm, so it must be above 0."""
        self._add("R", name, (plus, minus), _positive(ohm, name))

    def capacitor(
        self, name: str, plus: str, minus: str, farad: float, initial_v: float | None = None
    ) -> None:
        """Add a capacitor, with its voltage at t = 0 (used because decks run with ``uic``)."""
        initial = {} if initial_v is None else {"initial_condition": format_number(initial_v)}
        self._add("C", name, (plus, minus), _positive(farad, name), named=initial)

    def voltage(self, name: str, plus: str, minus: str, value: float | str) -> None:
        """Add an independent voltage source: a DC value or a waveform such as ``SIN(0 1 400)``."""
        self._add("V", name, (plus, minus), _source(value))

    def current(self, name: str, plus: str, minus: str, value: float) -> None:
        """Add a DC current source; the current flows from ``plus`` through it to ``minus``."""
        # PySpice appends an `A` to numbers here, which a newer ngspice reads as atto; text is safe.
        self._add("I", name, (plus, minus), format_number(value))

    def vcvs(
        self, name: str, plus: str, minus: str, in_plus: str, in_minus: str, gain: float
    ) -> None:
        """Add an E source: voltage-controlled voltage source (gain in V/V)."""
        self._add("VCVS", name, (plus, minus, in_plus, in_minus), format_number(gain), prefix="E")

    def vccs(
        self, name: str, plus: str, minus: str, in_plus: str, in_minus: str, siemens: float
    ) -> None:
        """Add a G source: the current flows from ``plus`` through it to ``minus``."""
        self._add(
            "VCCS", name, (plus, minus, in_plus, in_minus), format_number(siemens), prefix="G"
        )

    def ccvs(self, name: str, plus: str, minus: str, sense: str, ohm: float) -> None:
        """Add an H source, controlled by the current through the voltage source ``V<sense>``."""
        if f"v{sense}" not in self._names:
            raise ValueError(f"H{name}: no voltage source V{sense} before it")
        self._add("CCVS", name, (plus, minus), f"V{sense}", format_number(ohm), prefix="H")

    def behavioural_voltage(self, name: str, plus: str, minus: str, expression: str) -> None:
        """Add a B source that holds v(plus) - v(minus) at ``expression``."""
        self._behavioural(name, plus, minus, "voltage_expression", expression)

    def behavioural_current(self, name: str, plus: str, minus: str, expression: str) -> None:
        """Add a B source whose current flows from ``plus`` through it to ``minus``."""
        self._behavioural(name, plus, minus, "current_expression", expression)

    def model(self, name: str, kind: str, **figures: float) -> None:
        """Add a ``.model`` for elements of this circuit or subcircuit; ``is_`` is its ``is``."""
        if not _NAME.fullmatch(name) or name in self._models or not "".join(figures).islower():
            raise ValueError(f"models have names of their own, in lower case: {name!r}, {figures}")
        self._models[name] = kind
        written = {key: format_number(value) for key, value in figures.items()}
        self._lines.append(self.spice.model(name, kind, **written))

    def diode(self, name: str, anode: str, cathode: str, model: str) -> None:
        """Add a diode of a model that was added before (kind ``d``)."""
        self._add("D", name, (anode, cathode), named=self._known(model, "d"))

    def bjt(self, name: str, collector: str, base: str, emitter: str, model: str) -> None:
        """Add a bipolar transistor of a model that was added before (``npn`` or ``pnp``)."""
        self._add("Q", name, (collector, base, emitter), named=self._known(model, "npn", "pnp"))

    def voltage_switch(
        self, name: str, plus: str, minus: str, in_plus: str, in_minus: str, model: str
    ) -> None:
        """Add an S element: a switch by voltage, of a model that was added before (kind ``sw``)."""
        known = self._known(model, "sw")
        self._add("S", name, (plus, minus, in_plus, in_minus), named=known)

    def instance(self, name: str, subcircuit: Subcircuit, nodes: Sequence[str]) -> None:
        """Add an instance of ``subcircuit``; its definition is written once, before its user."""
        if len(nodes) != len(subcircuit.ports):
            wanted = f"{len(subcircuit.ports)} ports of {subcircuit.name}"
            raise ValueError(f"X{name}: {len(nodes)} nodes for the {wanted}")
        known = self._children.setdefault(subcircuit.name, subcircuit)
        if known is not subcircuit and known.write() != subcircuit.write():
            raise ValueError(f"two different subcircuits are named {subcircuit.name}")
        nodes = self._register("X", name, nodes)
        self.elements.append(
            Element("X", name, tuple(nodes), subcircuit.name, subcircuit, self._stands_for)
        )
        self._lines.append(self.spice.X(name, subcircuit.name, *nodes))

    def has_element(self, element: str) -> bool:
        """Whether there is an element of that name, SPICE's letter in front: ``rfeedback``."""
        return element in self._names

    def instance_part(self, name: str) -> Subcircuit | None:
        """The subcircuit of the instance ``name``; None without such an instance."""
        parts = (one.part for one in self.elements if one.kind == "X" and one.name == name)
        return next(parts, None)

    def value_of(self, element: str) -> float:
        """Value of an element of :data:`CHANGEABLE`, SPICE's letter in front of its name."""
        for one in self.elements:
            if one.kind.lower() + one.name == element and one.kind in CHANGEABLE:
                return float(one.value.rpartition(" ")[2])  # an H source names its sense first
        raise ValueError(f"no element {element} with a value")

    def change(self, element: str, value: float) -> None:
        """Give an element another value than it was added with.

        Args:
            element: Name with SPICE's letter in front, of an element of :data:`CHANGEABLE` whose
                value is a number.
            value: In SI; of resistors and capacitors above 0.
        """
        for n, one in enumerate(self.elements):
            if one.kind.lower() + one.name == element and one.kind in CHANGEABLE:
                number = _positive(value, element) if one.kind in "RC" else format_number(value)
                sense, _, before = one.value.rpartition(" ")  # of an H source
                float(before)  # a waveform is no value to change
                setattr(self.spice.element(one.kind + one.name), CHANGEABLE[one.kind], number)
                self.elements[n] = one._replace(value=f"{sense} {number}".strip())
                return
        raise ValueError(f"no element {element} with a value that could be changed")

    def _known(self, model: str, *kinds: str) -> dict[str, str]:
        if self._models.get(model) not in kinds:
            raise ValueError(f"no model {model} of kind {' or '.join(kinds)} before its user")
        return {"model": model}

    def _behavioural(self, name: str, plus: str, minus: str, kind: str, expression: str) -> None:
        if _UNSAFE_EXPRESSION.search(expression):
            raise ValueError(f"B{name}: `^`, `**`, pow, limit and `?:` are not safe: {expression}")
        for match in _NODE_IN_EXPRESSION.finditer(expression):
            for node in match[1].split(","):
                self._used[_node(node.strip())] += 1
        self._add("B", name, (plus, minus), named={kind: expression})

    def _add(
        self,
        kind: str,
        name: str,
        nodes: Sequence[str],
        *values: str,
        prefix: str = "",
        named: Mapping[str, str] | None = None,
    ) -> None:
        nodes = self._register(prefix or kind, name, nodes)
        method = getattr(self.spice, kind)
        value = " ".join(values or (named or {}).values())
        output = _OUTPUTS.get(next(iter(named or {}), ""), "")
        whole = (prefix or kind, name, tuple(nodes), value)
        self.elements.append(Element(*whole, stands_for=self._stands_for, output=output))
        self._lines.append(method(name, *nodes, *values, **(named or {})))

    def _register(self, prefix: str, name: str, nodes: Sequence[str]) -> list[str]:
        """Check an element's name and nodes and remember them; returns the nodes."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"element names are lower-case letters, digits and _: {name!r}")
        full = prefix.lower() + name
        if full in self._names:
            raise ValueError(f"two elements are named {full}")
        self._names.add(full)
        checked = [_node(node) for node in nodes]
        self._used.update(checked)
        return checked

    def _check_nodes(self, ports: Sequence[str]) -> None:
        known = {*ports, GROUND}
        lonely = [node for node, uses in self._used.items() if uses < 2 and node not in known]
        unused = [port for port in ports if not self._used[port]]
        if lonely or unused:
            raise ValueError(f"nodes with one connection: {lonely}; unused ports: {unused}")

    def _write_lines(self) -> str:
        return "".join(_wrap(str(line)) for line in self._lines)


class Subcircuit(_Elements):
    """A ``.subckt`` definition.

    Args:
        name: Lower-case letters, digits and ``_``.
        ports: Port nodes in order.
        purpose: One sentence, written as a comment above the definition.
        chip: The bought part that this subcircuit models; None for a network of parts.
    """

    def __init__(
        self, name: str, ports: Sequence[str], purpose: str, chip: Chip | None = None
    ) -> None:
        super().__init__()
        if not _NAME.fullmatch(name):
            raise ValueError(f"subcircuit names are lower-case letters, digits and _: {name!r}")
        self.name = name
        self.ports = tuple(_node(port) for port in ports)
        self.purpose = purpose
        self.chip = chip
        self.spice = PySpiceSubCircuit(name, *self.ports)

    def write(self) -> str:
        """The definition as text, without the definitions of what it uses."""
        self._check_nodes(self.ports)
        return (
            _wrap("* " + " ".join(self.purpose.split()))
            + _wrap(f".subckt {self.name} {' '.join(self.ports)}")
            + self._write_lines()
            + f".ends {self.name}\n"
        )


class Circuit(_Elements):
    """A whole deck: subcircuits, elements and directives.

    Args:
        title: First line of the deck.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = " ".join(title.split())
        self.spice = PySpiceCircuit(self.title)
        self.header: list[str] = []
        self.directives: list[str] = []
        self._observed: set[str] = set()

    def observe(self, *nodes: str) -> None:
        """Name nodes that are only read by the user, so that one connection is enough for them."""
        self._observed.update(_node(node) for node in nodes)

    def directive(self, text: str) -> None:
        """Add a dot command, written behind the elements."""
        if not text.startswith(".") or "\n" in text:
            raise ValueError(f"a directive is one line that starts with a dot: {text!r}")
        self.directives.append(text)

    def subcircuits(self) -> Iterator[Subcircuit]:
        """Every subcircuit once, each before its users."""
        seen: dict[str, Subcircuit] = {}

        def visit(elements: _Elements) -> None:
            for child in elements._children.values():
                visit(child)
                known = seen.setdefault(child.name, child)
                if known is not child and known.write() != child.write():
                    raise ValueError(f"two different subcircuits are named {child.name}")

        visit(self)
        yield from seen.values()

    @property
    def nodes(self) -> frozenset[str]:
        """Names of the top-level nodes."""
        return frozenset(self._used) - {GROUND}

    def write(self) -> str:
        """The deck as text, ready for ``ngspice -b``."""
        self._check_nodes(tuple(self._observed))
        for subcircuit in self.subcircuits():
            if subcircuit.name not in self.spice.subcircuit_names:
                self.spice.subcircuit(subcircuit.spice)
        parts = [f"* {self.title}\n"]
        parts += [_wrap("* " + line) for line in self.header]
        for subcircuit in self.subcircuits():
            parts += ["*\n", subcircuit.write()]
        parts += ["*\n", self._write_lines(), "*\n"]
        parts += [_wrap(line) for line in self.directives]
        return "".join(parts) + ".end\n"


def _node(name: str) -> str:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        # PySpice makes attributes of node names and complains about Python's own words
        raise ValueError(f"node names are lower-case letters, digits and _, no keyword: {name!r}")
    return name


def _positive(value: float, name: str) -> str:
    if not value > 0:
        raise ValueError(f"{name}: must be above 0, not {value!r}")
    return format_number(value)


def _source(value: float | str) -> str:
    if isinstance(value, str) and "\n" in value:
        raise InputError("a source is one line", value=value)
    return value if isinstance(value, str) else format_number(value)


def _wrap(line: str) -> str:
    """Break a long line into SPICE continuation lines; a comment into comment lines."""
    mark = "* " if line.startswith("*") else "+ "
    wrapped = textwrap.wrap(
        line, _LINE_WIDTH, subsequent_indent=mark, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(wrapped or [line]) + "\n"
