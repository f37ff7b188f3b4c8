r"""Exact networks of resistors, capacitors and op-amps by nodal analysis.

Unknowns are the voltages v of all nodes but ground and the input. Kirchhoff's current law holds at
every node that no op-amp drives; at an op-amp's output its own equation stands instead,

    v_out / A_0 + (dv_out/dt) / (2 pi GBW) - (v_plus - v_minus) = e   (e: noise or offset),

so that G v + C dv/dt = b u with the input voltage u (Ho, Ruehli, Brennan, "The modified nodal
approach to network analysis", IEEE Trans. Circuits Syst. 22, 504 (1975), with ideal sources
eliminated). C = P N^T has one column per capacitor and per op-amp pole. With the states z = N^T v
that gives dz/dt = -S^-1 (z - z_end), S = N^T G^-1 P: S holds the time constants, its eigenvalues
are -1/pole. Nothing is approximated, and every array may have batch dimensions in front.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hgecircuit.netlist import GROUND
from hgecircuit.parts.filters.opamp import OpAmp

INPUT = "inp"
OUTPUT = "out"


class Branch(NamedTuple):
    """A resistor or a capacitor between two nodes; its value is found by ``name``."""

    name: str
    a: str
    b: str


class Amplifier(NamedTuple):
    """An op-amp's nodes."""

    name: str
    plus: str
    minus: str
    out: str


def _drive(amplifier: Amplifier) -> str:
    """The node in front of an op-amp's output resistance."""
    return f"{amplifier.name}.drive"


@dataclass(frozen=True)
class Network:
    """A network from the node ``inp`` to the node ``out``, without values.

    Capacitors must not touch ``inp``, so that no response starts with a step.
    """

    resistors: tuple[Branch, ...]
    capacitors: tuple[Branch, ...]
    amplifiers: tuple[Amplifier, ...]

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Nodes with unknown voltages, in the order of all vectors."""
        ends = [node for part in (*self.resistors, *self.capacitors) for node in part[1:]]
        ends += [node for amplifier in self.amplifiers for node in amplifier[1:]]
        return tuple(dict.fromkeys(node for node in ends if node not in (GROUND, INPUT)))

    @cached_property
    def driven(self) -> frozenset[str]:
        """Nodes that an op-amp drives."""
        return frozenset(amplifier.out for amplifier in self.amplifiers)

    def stamp(self, branch: Branch) -> tuple[np.ndarray, np.ndarray]:
        """A branch's column of currents into KCL rows, and its row of voltages; shape (n,) each."""
        current, voltage = np.zeros(len(self.nodes)), np.zeros(len(self.nodes))
        for node, sign in ((branch.a, 1.0), (branch.b, -1.0)):
            if node in self.nodes:
                voltage[self.nodes.index(node)] += sign
                if node not in self.driven:
                    current[self.nodes.index(node)] += sign
        return current, voltage

    def from_input(self, branch: Branch) -> float:
        """+1, -1 or 0: how the input voltage enters the branch's voltage."""
        return float(branch.a == INPUT) - float(branch.b == INPUT)

    @cached_property
    def loaded(self) -> Network:
        """The same with a resistor behind every op-amp, named after it."""
        return Network(
            (*self.resistors, *(Branch(one.name, _drive(one), one.out) for one in self.amplifiers)),
            self.capacitors,
            tuple(one._replace(out=_drive(one)) for one in self.amplifiers),
        )

    def solve(self, values: Mapping[str, float | np.ndarray], opamp: OpAmp) -> System:
        """The network with values in ohm and F, each a number or of one batch shape.

        With output resistances the system is that of :attr:`loaded`.
        """
        if opamp.output_ohm:
            ohms = dict.fromkeys((one.name for one in self.amplifiers), opamp.output_ohm)
            return self.loaded.solve({**values, **ohms}, replace(opamp, output_ohm=0.0))
        n, rows = len(self.nodes), {node: k for k, node in enumerate(self.nodes)}
        batch = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
        g, b = np.zeros((*batch, n, n)), np.zeros((*batch, n))
        for branch in self.resistors:
            current, voltage = self.stamp(branch)
            siemens = 1 / np.asarray(values[branch.name], float)
            g += siemens[..., None, None] * np.outer(current, voltage)
            b -= siemens[..., None] * current * self.from_input(branch)
        for amplifier in self.amplifiers:
            row = rows[amplifier.out]
            g[..., row, row] += 1 / opamp.dc_gain
            for node, sign in ((amplifier.plus, -1.0), (amplifier.minus, 1.0)):
                if node in rows:
                    g[..., row, rows[node]] += sign
        p, m = self._storage(values, opamp, batch)
        return System(self, g, p, m, b)

    def _storage(
        self, values: Mapping[str, float | np.ndarray], opamp: OpAmp, batch: tuple[int, ...]
    ) -> tuple[np.ndarray, np.ndarray]:
        """P, shape (*batch, n, r), and N, shape (n, r)."""
        columns, voltages = [], []
        for branch in self.capacitors:
            current, voltage = self.stamp(branch)
            farad = np.asarray(values[branch.name], float)
            columns.append(np.broadcast_to(farad[..., None] * current, (*batch, len(current))))
            voltages.append(voltage)
        if math.isfinite(opamp.gain_bandwidth_hz):
            for amplifier in self.amplifiers:
                unit = np.array([float(node == amplifier.out) for node in self.nodes])
                column = unit / (2 * math.pi * opamp.gain_bandwidth_hz)
                columns.append(np.broadcast_to(column, (*batch, len(unit))))
                voltages.append(unit)
        return np.stack(columns, axis=-1), np.stack(voltages, axis=-1)


@dataclass(frozen=True)
class System:
    """A network with values; n nodes, r states.

    Attributes:
        network: Where the equations come from.
        g: G, shape (*batch, n, n).
        p: P, shape (*batch, n, r).
        m: N, shape (n, r).
        b: b, shape (*batch, n).
    """

    network: Network
    g: np.ndarray
    p: np.ndarray
    m: np.ndarray
    b: np.ndarray

    def row(self, node: str = OUTPUT) -> int:
        """Index of a node in all vectors."""
        return self.network.nodes.index(node)

    @cached_property
    def c(self) -> np.ndarray:
        """C, shape (*batch, n, n)."""
        return self.p @ self.m.T

    def admittance(self, frequency_hz: np.ndarray) -> np.ndarray:
        """G + j 2 pi f C, shape (*batch, F, n, n), for frequencies of shape (F,)."""
        s = 2j * np.pi * np.asarray(frequency_hz, float)
        return self.g[..., None, :, :] + s[:, None, None] * self.c[..., None, :, :]

    def voltages(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Node voltages per volt at the input, complex, shape (*batch, F, n)."""
        sources = np.broadcast_to(
            self.b[..., None, :, None], (*self.b.shape[:-1], 1, self.b.shape[-1], 1)
        )
        return np.linalg.solve(self.admittance(frequency_hz), sources)[..., 0]

    def response(self, frequency_hz: np.ndarray, node: str = OUTPUT) -> np.ndarray:
        """H at a node, complex, shape (*batch, F)."""
        return self.voltages(frequency_hz)[..., self.row(node)]

    def response_each(self, frequency_hz: np.ndarray) -> np.ndarray:
        """H at the output, each member of the batch at its own frequency, shape (*batch,)."""
        s = 2j * np.pi * np.asarray(frequency_hz, float)[..., None, None]
        return np.linalg.solve(self.g + s * self.c, self.b[..., None])[..., self.row(), 0]

    def transfers(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Output per source in each row of G v + C dv/dt = source, shape (*batch, F, n).

        For a KCL row in V/A, for an op-amp's row in V/V (its adjoint network's voltages).
        """
        transposed = np.swapaxes(self.admittance(frequency_hz), -1, -2)
        unit = np.zeros((self.g.shape[-1], 1))
        unit[self.row()] = 1.0
        return np.linalg.solve(transposed, np.broadcast_to(unit, (*transposed.shape[:-1], 1)))[
            ..., 0
        ]

    @cached_property
    def end_voltages(self) -> np.ndarray:
        """Node voltages long after a unit step, shape (*batch, n)."""
        return np.linalg.solve(self.g, self.b[..., None])[..., 0]

    @cached_property
    def time_constants_s(self) -> np.ndarray:
        """S = N^T G^-1 P, shape (*batch, r, r), in s."""
        return self.m.T @ np.linalg.solve(self.g, self.p)

    @cached_property
    def poles_rad_s(self) -> np.ndarray:
        """Poles, complex, slowest first, shape (*batch, r)."""
        poles = -1 / np.linalg.eigvals(self.time_constants_s).astype(complex)
        return np.take_along_axis(poles, np.argsort(np.abs(poles), axis=-1), axis=-1)

    def modes(self, node: str = OUTPUT) -> Modes:
        """State space of the deviation from the end value after a unit step."""
        inverse = np.linalg.inv(self.time_constants_s)
        weights = np.linalg.solve(self.g, self.p)[..., self.row(node), :]
        output = (weights[..., None, :] @ inverse)[..., 0, :]
        end = self.end_voltages
        return Modes(-inverse, output, -end @ self.m, end[..., self.row(node)])


class Modes(NamedTuple):
    """y(t) = end + c exp(A t) z_0: the response to a unit step.

    Attributes:
        a: A, shape (*batch, r, r), in 1/s.
        c: Output row, shape (*batch, r).
        start: z_0, shape (*batch, r).
        end: End value, shape (*batch,).
    """

    a: np.ndarray
    c: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def step(self, time_s: float) -> np.ndarray:
        """Step response at one time, shape (*batch,)."""
        from scipy.linalg import expm

        return self.end + np.einsum(
            "...i,...ij,...j->...", self.c, expm(self.a * time_s), self.start
        )

    def grid(self, stop_s: np.ndarray | float, points: int, *, slope: bool = False) -> np.ndarray:
        """Step response (or impulse response, in 1/s) at equal times from 0 to ``stop_s``.

        exp(A k h) = exp(A h)^k, split into two short runs of powers, so that the cost is that of
        2 sqrt(points) small products.

        Args:
            stop_s: Last time in s, a number or of the batch's shape.
            points: Number of times.
            slope: Give the impulse response instead.

        Returns:
            Shape (*batch, points).
        """
        from scipy.linalg import expm

        length = math.isqrt(points - 1) + 1
        spacing_s = np.asarray(stop_s, float)[..., None, None] / (points - 1)
        short = expm(self.a * spacing_s)
        start = (self.a @ self.start[..., None])[..., 0] if slope else self.start
        rows = _powers(self.c, np.swapaxes(short, -1, -2), length)
        long = np.linalg.matrix_power(short, length)
        columns = _powers(start, long, length)
        product = columns @ np.swapaxes(rows, -1, -2)
        flat = product.reshape(*product.shape[:-2], length * length)[..., :points]
        return flat if slope else flat + self.end[..., None]


def _powers(vector: np.ndarray, matrix: np.ndarray, count: int) -> np.ndarray:
    """M^k v for k = 0..count-1, shape (*batch, count, r)."""
    found = [np.broadcast_to(vector, matrix.shape[:-1])]
    for _ in range(count - 1):
        found.append((matrix @ found[-1][..., None])[..., 0])
    return np.stack(found, axis=-2)
