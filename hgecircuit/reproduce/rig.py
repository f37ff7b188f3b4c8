"""The paper's rig, as far as the figures need it: device, noise, converters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hgecircuit.devices.noise import NoiseSpec

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel
    from hgecircuit.run.reference.converters import Converter

DEVICE = "rnpu-compact"
#: 1/f^1.5 with 1e-5 nA^2/Hz at 1 kHz, sampled at 10 kHz (Boon 2025, Fig. 2c).
NOISE = NoiseSpec(flicker_a2_per_hz=1e-23, frequency_hz=1e3, exponent=1.5, sample_rate_hz=1e4)
#: Highest frequency of the perturbations (Boon 2025, Fig. 2d and text on Fig. 3).
TOP_HZ = 1e3
#: Amplitude of the perturbations (Boon 2025, Fig. 2d).
AMPLITUDE_V = 8e-3
#: Readings of "98 % settled".
READINGS = ("first", "stay")
#: Not in the paper. The documentation of its authors' measurement program (BraiNEdarwin/brains-py,
#: ``HardwareProcessor``) names feedback resistors of 1 Mohm to 1 Gohm; this is that of the setup it
#: calls Brains. With +-10 V at the input module it takes +-300 nA, nearly all of the device.
TRANSIMPEDANCE_OHM = 33.3e6


def load() -> DeviceModel:
    """The device model."""
    from hgecircuit.devices.formats import load_device

    return load_device(DEVICE)


def input_converter() -> Converter:
    """The paper's input module behind the current-to-voltage converter: currents in A."""
    from hgecircuit.run.reference.converters import NI_9202

    return replace(NI_9202, gain_v_per_unit=TRANSIMPEDANCE_OHM)


def output_converter() -> Converter:
    """The paper's output module: electrode voltages in V."""
    from hgecircuit.run.reference.converters import NI_9264

    return NI_9264
