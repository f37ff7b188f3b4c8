"""The converters' codes as programs see them: their size, and what one is in volts."""

from __future__ import annotations

from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import VirtualChannel


def raw_bits(rig: VirtualRig, channel: VirtualChannel) -> int:
    """Bits of the whole numbers in which a channel's codes are handed over."""
    return 16 if rig.converter(channel.physical.module).bits <= 16 else 32


def scaling(rig: VirtualRig, channel: VirtualChannel) -> list[float]:
    """Coefficients, lowest power first, from code to volts at an input, the other way at an output.

    Unlike a real module's they hold exactly, as gains and offsets do.
    """
    module = channel.physical.module
    step_v = rig.converter(module).step_v
    return [0.0, step_v if module.product.kind == "ai" else 1 / step_v, 0.0, 0.0]
