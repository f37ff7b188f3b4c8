"""Devices with known outputs and derivatives, the measured one, and a scale-aware comparison."""

from pathlib import Path

import numpy as np
import pytest

from hgecircuit.devices.base import DeviceModel

SURROGATE = Path(__file__).parents[4] / "shared" / "device" / "rnpu_surrogate_2019.npz"


def close(expected, rel=1e-9):
    """Equal within ``rel`` of the largest expected value.

    ``pytest.approx`` alone also accepts any difference below 1e-12, which is a lot in ampere.
    """
    return pytest.approx(expected, rel=0, abs=rel * float(np.max(np.abs(expected))))


class AnalyticDevice(DeviceModel):
    """Base: M electrodes from -1 V to 1 V; the reference must not ask it for a netlist."""

    def __init__(self, electrodes):
        self.name = "analytic"
        self.voltage_min_v = -np.ones(electrodes)
        self.voltage_max_v = np.ones(electrodes)
        self.current_range_a = 1e-7
        self.provenance = {}

    def subcircuit(self):
        raise AssertionError("the digital reference asked for a netlist")


class Linear(AnalyticDevice):
    """I = offset + slopes . V."""

    def __init__(self, slopes_a_per_v, offset_a=0.0):
        super().__init__(len(slopes_a_per_v))
        self.slopes = np.array(slopes_a_per_v)
        self.offset_a = offset_a

    def current_a(self, voltages_v):
        return self.offset_a + voltages_v @ self.slopes

    def gradient_a_per_v(self, voltages_v):
        return np.broadcast_to(self.slopes, voltages_v.shape)


class Quadratic(Linear):
    """I = slopes . V + bend sum V^2."""

    def __init__(self, slopes_a_per_v, bend_a_per_v2):
        super().__init__(slopes_a_per_v)
        self.bend = bend_a_per_v2

    def current_a(self, voltages_v):
        return super().current_a(voltages_v) + self.bend * (voltages_v**2).sum(axis=-1)

    def gradient_a_per_v(self, voltages_v):
        return self.slopes + 2 * self.bend * voltages_v


class Product(AnalyticDevice):
    """I = 40 nA/V^3 (V0 + V2)(V1 + V3) V4: XOR of the signs of V0 and V1 when V4 is negative."""

    scale = 40e-9

    def __init__(self):
        super().__init__(5)

    def current_a(self, voltages_v):
        v = np.moveaxis(voltages_v, -1, 0)
        return self.scale * (v[0] + v[2]) * (v[1] + v[3]) * v[4]

    def gradient_a_per_v(self, voltages_v):
        v = np.moveaxis(voltages_v, -1, 0)
        first, second = v[0] + v[2], v[1] + v[3]
        parts = [second * v[4], first * v[4], second * v[4], first * v[4], first * second]
        return self.scale * np.stack(parts, axis=-1)


class Surrogate(AnalyticDevice):
    """The network fitted to 48 h of measurements of a real device: ReLU layers."""

    def __init__(self):
        if not SURROGATE.exists():
            pytest.skip(f"needs the measured device's surrogate, {SURROGATE.name}, in ../shared")
        with np.load(SURROGATE) as data:
            self.weights = [data[f"W{k}"].astype(float) for k in range(7)]
            self.biases = [data[f"b{k}"].astype(float) for k in range(7)]
            super().__init__(7)
            self.voltage_min_v = data["voltage_min"].astype(float)
            self.voltage_max_v = data["voltage_max"].astype(float)
            self.scale = float(data["current_scale_nA"]) * 1e-9

    def current_a(self, voltages_v):
        x = voltages_v
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = np.maximum(x @ weights.T + bias, 0)
        return self.scale * (x @ self.weights[-1].T + self.biases[-1])[..., 0]

    def gradient_a_per_v(self, voltages_v):
        x, slopes = voltages_v, []
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = np.maximum(x @ weights.T + bias, 0)
            slopes.append(x > 0)
        gradient = self.weights[-1][0]
        for weights, slope in zip(self.weights[-2::-1], slopes[::-1], strict=True):
            gradient = (gradient * slope) @ weights
        return self.scale * gradient
