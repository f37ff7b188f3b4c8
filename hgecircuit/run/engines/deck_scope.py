"""What a deck has defined so far: names, parameters and subcircuits, each once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hgecircuit.run.engines.deck_text import Statement, check_numbers, parse_number

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(\{[^{}]*\}|'[^']*'|\S+)")


@dataclass
class Scope:
    """Inside of one subcircuit, or the top level (empty name)."""

    name: str
    ports: int = 0
    parameters: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


@dataclass
class Definitions:
    """Everything defined and used in a deck, gathered statement by statement.

    Attributes:
        scopes: Open scopes, the top level first.
        subcircuits: Finished and open subcircuits by name.
        instances: For every X element: statement, number of nodes, name, parameters it sets.
        resistances: For every R element: statement and its value as written.
        zeros: Names of parameters that are set to a literal 0 anywhere.
        initial: An element with ``ic=``, if there is one.
    """

    scopes: list[Scope] = field(default_factory=lambda: [Scope("")])
    subcircuits: dict[str, Scope] = field(default_factory=dict)
    instances: list[tuple[Statement, int, str, set[str]]] = field(default_factory=list)
    resistances: list[tuple[Statement, str]] = field(default_factory=list)
    zeros: set[str] = field(default_factory=set)
    initial: Statement | None = None

    @property
    def scope(self) -> Scope:
        """The innermost open scope."""
        return self.scopes[-1]

    def define(self, what: str, name: str, statement: Statement) -> None:
        """Note the definition of ``name``; a second one in the same scope is an error."""
        key = f"{what} {name.lower()}"
        if key in self.scope.names:
            raise statement.error(f"{key} is defined twice", "one definition")
        self.scope.names.add(key)

    def define_parameters(self, text: str, statement: Statement) -> None:
        """Note every parameter of a list of ``name=value`` pairs."""
        for name in self.read_assignments(text, statement):
            self.define("parameter", name, statement)
            self.scope.parameters.add(name)

    def open_subcircuit(self, statement: Statement) -> None:
        """Enter a ``.subckt``."""
        words = [word for word in statement.words if word.lower() != "params:"]
        if len(words) < 2:
            raise statement.error("a subcircuit without a name", ".subckt name ports")
        scope = Scope(words[1].lower(), ports=sum("=" not in word for word in words[2:]))
        if scope.name in self.subcircuits:
            raise statement.error(f"subcircuit {scope.name} is defined twice", "one definition")
        self.subcircuits[scope.name] = scope
        self.scopes.append(scope)
        self.define_parameters(" ".join(word for word in words[2:] if "=" in word), statement)

    def close_subcircuit(self, statement: Statement) -> None:
        """Leave a ``.subckt``."""
        name = statement.words[1].lower() if len(statement.words) > 1 else self.scope.name
        if len(self.scopes) == 1 or name != self.scope.name:
            raise statement.error("this .ends closes nothing", f".ends {self.scope.name}".strip())
        self.scopes.pop()

    def add_instance(self, statement: Statement) -> None:
        """Note an X element."""
        words = [word for word in statement.words if word.lower() != "params:"]
        count = next((n for n, word in enumerate(words) if "=" in word), len(words))
        if count < 2:
            raise statement.error("no subcircuit is named", "nodes and a subcircuit's name")
        given = self.read_assignments(" ".join(words[count:]), statement)
        # m, the number of parallel instances, is known to every subcircuit
        self.instances.append((statement, count - 2, words[count - 1].lower(), given - {"m"}))

    def read_assignments(self, text: str, statement: Statement) -> set[str]:
        """Names of a list of ``name=value`` pairs, in lower case."""
        if _ASSIGNMENT.sub("", text).strip(" ,"):
            raise statement.error("not a list of assignments", "name=value, expressions in braces")
        names = set()
        for name, value in _ASSIGNMENT.findall(text):
            if name.lower() in names:
                raise statement.error(f"{name} is set twice", "it once")
            names.add(name.lower())
            check_numbers(value, statement)
            if parse_number(value) == 0:
                self.zeros.add(name.lower())
        return names

    def check_uses(self) -> None:
        """Check what needs the whole deck: instances against subcircuits, resistors above 0."""
        for statement, nodes, name, given in self.instances:
            subcircuit = self.subcircuits.get(name)
            if not subcircuit:
                raise statement.error(f"no subcircuit is named {name}", f"a .subckt {name}")
            if nodes != subcircuit.ports:
                ports = f"{subcircuit.ports} nodes"
                raise statement.error(f"{nodes} nodes for the ports of {name}", ports)
            unknown = ", ".join(sorted(given - subcircuit.parameters))
            if unknown:
                raise statement.error(
                    f"subcircuit {name} has no parameter {unknown}; ngspice would ignore it",
                    f"one of its parameters: {sorted(subcircuit.parameters)}",
                )
        for statement, value in self.resistances:
            if parse_number(value) == 0 or value.strip("{}'") in self.zeros:
                raise statement.error("ngspice replaces 0 ohm by 1e-3 or 1e-12 ohm", "above 0")
