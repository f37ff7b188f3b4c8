"""What lies between two layers of devices: currents are summed, turned into a voltage and clipped.

The sum and its transimpedance are an inverting op-amp; the clip keeps the driven electrode inside
its safe range whatever the devices before it do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.devices.activations import ACTIVATIONS, Activation
from hgecircuit.devices.base import DeviceModel
from hgecircuit.errors import InputError

Layers = Sequence[Sequence[DeviceModel]]
#: Layer and number in the layer of a device, both from 0.
Place = tuple[int, int]

MAPPING_SEED = 1
_SAMPLES = 20_000
_MIDDLE_SHARE = 0.95
_RANGE_SHARE = 0.8
#: How :func:`map_currents` works; a layered device's provenance repeats it.
MAPPING = {"samples": _SAMPLES, "middle_share": _MIDDLE_SHARE, "range_share": _RANGE_SHARE}


@dataclass(frozen=True)
class Clip:
    """A way to keep a voltage in a range; in units of half the range, from its middle.

    Attributes:
        function: The clip, from -1 to 1.
        inverse: Its inverse, where that exists.
    """

    function: Activation
    inverse: Callable[[float], float]


#: ``soft`` is the transfer function of a bipolar differential pair. Its derivative is never zero,
#: so a saturated electrode still tells where to go, and it adds no kink, which a perturbation would
#: turn into harmonics. ``hard`` is a limiter: exact inside, but outside its derivative is zero, and
#: with it the derivatives of all electrodes that act through it alone.
CLIPS = {
    "soft": Clip(ACTIVATIONS["tanh"], math.atanh),
    "hard": Clip(ACTIVATIONS["hard-tanh"], float),
}


@dataclass(frozen=True)
class Connection:
    """What drives one electrode: V = clip(gain_ohm sum_k weights_k I_k + offset_v).

    With the middle c and half the width r of the electrode's safe range the clip is c + r f((V -
    c)/r), with f from :data:`CLIPS`.

    Attributes:
        to: The driven electrode, as (layer, device, electrode).
        sources: Devices of earlier layers, as (layer, device).
        weights: Weight of each source's current; all 1 if empty.
        gain_ohm: Transimpedance.
        offset_v: Voltage at no current, before the clip.
        clip: A key of :data:`CLIPS`.
        mapping_seed: Seed with which :func:`map_currents` found gain and offset; None for values of
            other origin.

    Raises:
        InputError: No source or the same one twice, another number of weights, a value that is not
            finite, a zero gain or weight, or an unknown clip.
    """

    to: tuple[int, int, int]
    sources: tuple[Place, ...]
    weights: tuple[float, ...] = ()
    gain_ohm: float = 1.0
    offset_v: float = 0.0
    clip: str = "soft"
    mapping_seed: int | None = None

    def __post_init__(self) -> None:
        sources = tuple((int(layer), int(device)) for layer, device in self.sources)
        weights = tuple(float(weight) for weight in self.weights) or (1.0,) * len(sources)
        object.__setattr__(self, "sources", sources)
        object.__setattr__(self, "weights", weights)
        if not sources or len(set(sources)) != len(sources):
            raise InputError(
                "not a list of devices", key="sources", value=sources, expected="each device once"
            )
        if len(weights) != len(sources) or not all(math.isfinite(w) and w != 0 for w in weights):
            raise InputError(
                "not one weight per source", key="weights", value=weights, expected="not 0"
            )
        if not math.isfinite(self.gain_ohm) or self.gain_ohm == 0:
            raise InputError("no gain", key="gain_ohm", value=self.gain_ohm, expected="not 0")
        if not math.isfinite(self.offset_v):
            raise InputError("no offset", key="offset_V", value=self.offset_v)
        if self.clip not in CLIPS:
            raise InputError(
                "unknown clip", key="clip", value=self.clip, expected=f"one of {', '.join(CLIPS)}"
            )

    @property
    def terms(self) -> tuple[tuple[Place, float], ...]:
        """Every source with its weight."""
        return tuple(zip(self.sources, self.weights, strict=True))

    def voltage_v(
        self, total_a: np.ndarray, low_v: float, high_v: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Voltage and its derivative.

        Args:
            total_a: Weighted sum of the currents in A, any shape.
            low_v: Lower end of the driven electrode's safe range.
            high_v: Upper end.

        Returns:
            The voltage in V and its derivative by ``total_a`` in ohm, both of that shape.
        """
        middle_v, half_v = (high_v + low_v) / 2, (high_v - low_v) / 2
        clip = CLIPS[self.clip].function
        place = (self.gain_ohm * total_a + self.offset_v - middle_v) / half_v
        clipped = clip.value(place)
        return middle_v + half_v * clipped, self.gain_ohm * clip.slope(place, clipped)


def map_currents(
    layers: Layers,
    to: tuple[int, int, int],
    sources: Sequence[Place],
    weights: Sequence[float] = (),
    *,
    clip: str = "soft",
    seed: int = MAPPING_SEED,
) -> Connection:
    """A connection that takes the sources' usual currents to 80 % of the electrode's safe range.

    20,000 random voltages inside the safe ranges of each source give the currents; the interval
    that holds the middle 95 % of their weighted sum becomes the middle 80 % of the safe range,
    behind the clip. Not the whole range of currents: a device's largest current comes from one
    corner of its voltages (`rnpu-compact`: 546 nA between its extremes, but 79 nA hold 95 %), and
    mapping that would leave all others a few percent of the electrode's range.

    Args:
        layers: The devices of each layer.
        to: The driven electrode, as (layer, device, electrode).
        sources: Devices of earlier layers, as (layer, device).
        weights: Weight of each source's current; all 1 if empty.
        clip: A key of :data:`CLIPS`.
        seed: Seed of the random voltages.

    Raises:
        InputError: See :class:`Connection` and :func:`check_connection`; or the currents are all
            the same.
    """
    connection = Connection(to, tuple(sources), tuple(weights), clip=clip, mapping_seed=seed)
    check_connection(layers, connection)
    generator = np.random.Generator(np.random.PCG64(seed))
    total_a = np.zeros(_SAMPLES)
    for (layer, device), weight in connection.terms:
        model = layers[layer][device]
        shape = (len(total_a), model.electrodes)
        points_v = generator.uniform(model.voltage_min_v, model.voltage_max_v, shape)
        total_a += weight * model.current_a(points_v)
    outside = (1 - _MIDDLE_SHARE) / 2
    low_a, high_a = (float(end) for end in np.quantile(total_a, [outside, 1 - outside]))
    if not high_a > low_a:
        raise InputError("the sources' current is always the same", key="sources", value=sources)
    low_v, high_v = electrode_range_v(layers, to)
    reach_v = (high_v - low_v) / 2 * CLIPS[clip].inverse(_RANGE_SHARE)
    gain_ohm = 2 * reach_v / (high_a - low_a)
    offset_v = (high_v + low_v) / 2 - gain_ohm * (high_a + low_a) / 2
    return replace(connection, gain_ohm=gain_ohm, offset_v=offset_v)


def electrode_range_v(layers: Layers, place: tuple[int, int, int]) -> tuple[float, float]:
    """Safe range of the electrode at (layer, device, electrode), in V."""
    layer, device, electrode = place
    model = layers[layer][device]
    return float(model.voltage_min_v[electrode]), float(model.voltage_max_v[electrode])


def check_connection(layers: Layers, connection: Connection, prefix: str = "") -> None:
    """Refuse a connection that does not fit its devices.

    Args:
        layers: The devices of each layer.
        connection: The connection.
        prefix: What stands before its keys in messages.

    Raises:
        InputError: No such electrode or device, or a source that is not in an earlier layer.
    """
    layer, device, electrode = connection.to
    if not (_exists(layers, (layer, device)) and 0 <= electrode < layers[layer][device].electrodes):
        raise InputError(
            "no such electrode",
            key=f"{prefix}to",
            value=connection.to,
            expected="(layer, device, electrode)",
        )
    for source in connection.sources:
        if not _exists(layers, source) or source[0] >= layer:
            raise InputError(
                "no such device before the driven one",
                key=f"{prefix}sources",
                value=source,
                expected=f"(layer, device) with a layer below {layer}",
            )


def _exists(layers: Layers, place: Place) -> bool:
    return 0 <= place[0] < len(layers) and 0 <= place[1] < len(layers[place[0]])
