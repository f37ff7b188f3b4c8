"""Devices feeding devices: a layered network of devices as one device.

Homodyne gradient extraction at the last output finds the derivatives by the electrodes of every
layer; nothing has to be propagated back (Boon 2025, Discussion, which refers to its Supplementary
Note 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.layers_map import (
    MAPPING,
    MAPPING_SEED,
    Connection,
    Place,
    check_connection,
    electrode_range_v,
    map_currents,
)
from hgecircuit.devices.layers_netlist import layered_subcircuit
from hgecircuit.devices.network import check_name, measure_current_range_a
from hgecircuit.errors import InputError
from hgecircuit.netlist import Subcircuit


class Member(NamedTuple):
    """One device of a layered device.

    Attributes:
        place: Its layer and its number in the layer.
        model: The device.
        free: Its electrodes that are electrodes of the whole.
        driven: Its other electrodes, each with what drives it.
        part: Where the free ones stand among the electrodes of the whole.
    """

    place: Place
    model: DeviceModel
    free: list[int]
    driven: dict[int, Connection]
    part: slice


class _Pass(NamedTuple):
    """Each device's electrodes (..., M), each driven one's dV/d(sum of currents), the output."""

    voltages_v: dict[Place, np.ndarray]
    slopes_ohm: dict[tuple[int, int, int], np.ndarray]
    output_a: np.ndarray


@dataclass(frozen=True, eq=False)
class LayeredDevice(DeviceModel):
    """Devices in layers; output currents of earlier layers drive electrodes of later ones.

    Every connection makes V = clip(gain sum_k w_k I_k + offset) for one electrode. Its electrodes
    are all electrodes that no connection drives, ordered by (layer, device, electrode), see
    :attr:`places`. Its output is the current of the only device in the last layer. Like its
    members it has no memory: the converters between the layers are taken as instant.

    Attributes:
        name: Short name, fit for a file name and, with ``-`` as ``_``, for a subcircuit.
        layers: The devices of each layer, first layer first; one model may stand at several places.
        connections: One per driven electrode.
        current_range_a: Largest minus smallest current inside the ranges, in A; 0 on construction
            means that :func:`hgecircuit.devices.network.measure_current_range_a` finds it.
        provenance: Where the model comes from; ``devices`` (the members' own) and ``connections``
            (with the seeds of their mappings) are added on construction.
        voltage_min_v: Lower ends of the safe ranges, shape (M,), in V: the members' own.
        voltage_max_v: Upper ends, shape (M,), in V.

    Raises:
        InputError: Fewer than two layers, more than one device in the last one, a device that
            drives nothing, a connection that does not fit, or two different members of one name.
    """

    name: str
    layers: tuple[tuple[DeviceModel, ...], ...]
    connections: tuple[Connection, ...]
    current_range_a: float = 0.0
    provenance: Mapping[str, Any] = field(default_factory=dict)
    voltage_min_v: np.ndarray = field(init=False)
    voltage_max_v: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self._set("layers", tuple(tuple(layer) for layer in self.layers))
        self._set("connections", tuple(self.connections))
        _check(self)
        self._set("provenance", {**self.provenance, **_describe(self)})
        for end in ("voltage_min_v", "voltage_max_v"):
            ends = [getattr(member.model, end)[member.free] for member in self.members]
            ends_v = np.concatenate(ends)
            ends_v.flags.writeable = False
            self._set(end, ends_v)
        if not self.current_range_a > 0:
            self._set("current_range_a", measure_current_range_a(self))
        if not self.current_range_a > 0:
            raise InputError("the current is the same everywhere in the ranges", key="connections")

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The devices, first layer first, with their free and driven electrodes."""
        driven = {connection.to: connection for connection in self.connections}
        members, start = [], 0
        for place, model in _places(self.layers):
            wired = {
                electrode: driven[*place, electrode]
                for electrode in range(model.electrodes)
                if (*place, electrode) in driven
            }
            free = [electrode for electrode in range(model.electrodes) if electrode not in wired]
            members.append(Member(place, model, free, wired, slice(start, start + len(free))))
            start += len(free)
        return tuple(members)

    @property
    def places(self) -> tuple[tuple[int, int, int], ...]:
        """(layer, device, electrode) of each electrode; ``places.index((1, 0, 3))`` finds one."""
        return tuple(
            (*member.place, electrode) for member in self.members for electrode in member.free
        )

    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        """Output current in A, shape (...), at electrode voltages of shape (..., M) in V."""
        return self._forward(voltages_v).output_a

    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        """Exact derivatives dI/dV_m in A/V, shape (..., M), at voltages of shape (..., M).

        By the chain rule, last device first: dI/dV_(source, m) = sum over the electrodes n that the
        source drives of dI/dV_n dV_n/dI_source dI_source/dV_m.
        """
        forward = self._forward(voltages_v)
        gradient = np.empty(np.shape(voltages_v))
        # derivative of the output by the output of each device, without unit
        back = {member.place: np.zeros(gradient.shape[:-1]) for member in self.members}
        back[self.members[-1].place] += 1.0
        for member in reversed(self.members):
            own = member.model.gradient_a_per_v(forward.voltages_v[member.place])
            slopes = back[member.place][..., None] * own
            gradient[..., member.part] = slopes[..., member.free]
            for electrode, connection in member.driven.items():
                by_sum = slopes[..., electrode] * forward.slopes_ohm[connection.to]
                for source, weight in connection.terms:
                    back[source] += weight * by_sum
        return gradient

    def subcircuit(self) -> Subcircuit:
        """The members' subcircuits, wired: ports ``e0 .. e<M-1>`` (no current), then ``out``."""
        return layered_subcircuit(self)

    def _forward(self, voltages_v: np.ndarray) -> _Pass:
        voltages = np.asarray(voltages_v, dtype=float)
        if voltages.shape[-1:] != (self.electrodes,):
            raise ValueError(f"voltages need shape (..., {self.electrodes}), not {voltages.shape}")
        inputs, currents, slopes = {}, {}, {}
        for member in self.members:
            own = np.empty((*voltages.shape[:-1], member.model.electrodes))
            own[..., member.free] = voltages[..., member.part]
            for electrode, connection in member.driven.items():
                total_a = sum(weight * currents[source] for source, weight in connection.terms)
                own[..., electrode], slopes[connection.to] = connection.voltage_v(
                    np.asarray(total_a), *electrode_range_v(self.layers, connection.to)
                )
            inputs[member.place] = own
            currents[member.place] = member.model.current_a(own)
        return _Pass(inputs, slopes, currents[self.members[-1].place])

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def two_layer(
    name: str,
    first: Sequence[DeviceModel],
    last: DeviceModel,
    electrodes: Sequence[int],
    *,
    clip: str = "soft",
    seed: int = MAPPING_SEED,
) -> LayeredDevice:
    """Devices side by side, each driving one electrode of the last device.

    Args:
        name: Name of the whole.
        first: The first layer.
        last: The last device.
        electrodes: Electrode of ``last`` that each device of the first layer drives.
        clip: A key of :data:`hgecircuit.devices.layers_map.CLIPS`.
        seed: Seed of the mappings, see :func:`hgecircuit.devices.layers_map.map_currents`.
    """
    _check_count(electrodes, len(first))
    layers = (tuple(first), (last,))
    connections = [
        map_currents(layers, (1, 0, electrode), [(0, device)], clip=clip, seed=seed)
        for device, electrode in enumerate(electrodes)
    ]
    return LayeredDevice(name, layers, tuple(connections))


def chain(
    name: str,
    devices: Sequence[DeviceModel],
    electrodes: Sequence[int],
    *,
    clip: str = "soft",
    seed: int = MAPPING_SEED,
) -> LayeredDevice:
    """Devices one behind the other, each driving one electrode of the next.

    ``electrodes`` are the driven ones of the second device, of the third, and so on; for the other
    arguments see :func:`two_layer`.
    """
    _check_count(electrodes, len(devices) - 1)
    layers = tuple((device,) for device in devices)
    connections = [
        map_currents(layers, (layer, 0, electrode), [(layer - 1, 0)], clip=clip, seed=seed)
        for layer, electrode in enumerate(electrodes, 1)
    ]
    return LayeredDevice(name, layers, tuple(connections))


def _places(layers: tuple[tuple[DeviceModel, ...], ...]) -> Iterator[tuple[Place, DeviceModel]]:
    for layer, models in enumerate(layers):
        for device, model in enumerate(models):
            yield (layer, device), model


def _describe(device: LayeredDevice) -> dict[str, Any]:
    """What the provenance says about members and connections."""
    members = {model.name: dict(model.provenance) for _, model in _places(device.layers)}
    mapped = any(connection.mapping_seed is not None for connection in device.connections)
    return {
        "devices": members,
        "connections": [asdict(connection) for connection in device.connections],
        **({"mapping": dict(MAPPING)} if mapped else {}),
    }


def _check(device: LayeredDevice) -> None:
    check_name(device.name)
    layers = device.layers
    if len(layers) < 2 or not all(layers) or len(layers[-1]) != 1:
        raise InputError(
            "not layers of devices",
            key="layers",
            value=[len(layer) for layer in layers],
            expected="at least two, each with a device, and one device in the last",
        )
    taken = set()
    for index, connection in enumerate(device.connections):
        prefix = f"connections[{index}]."
        check_connection(layers, connection, prefix)
        if connection.to in taken:
            raise InputError("an electrode is driven twice", key=f"{prefix}to", value=connection.to)
        taken.add(connection.to)
    used = {source for connection in device.connections for source in connection.sources}
    for place, model in _places(layers[:-1]):
        if place not in used:
            raise InputError(
                f"{model.name} drives nothing",
                key="connections",
                value=place,
                expected="each device before the last one among the sources",
            )
    _check_names(device)


def _check_names(device: LayeredDevice) -> None:
    """Refuse names that would give one netlist two different subcircuits of one name."""
    known: dict[str, DeviceModel] = {}
    for model in _inside(device):
        name = model.name.lower().replace("-", "_")
        first = known.setdefault(name, model)
        if name == device.name.lower().replace("-", "_") or (
            first is not model and first.subcircuit().write() != model.subcircuit().write()
        ):
            raise InputError("two different devices have one name", key="name", value=model.name)


def _inside(device: LayeredDevice) -> Iterator[DeviceModel]:
    for _, model in _places(device.layers):
        yield model
        if isinstance(model, LayeredDevice):
            yield from _inside(model)


def _check_count(electrodes: Sequence[int], sources: int) -> None:
    if len(electrodes) != sources:
        problem = "not one driven electrode per device that drives"
        raise InputError(problem, key="electrodes", value=list(electrodes), expected=str(sources))
