"""Fits a compact smooth network to samples of another device model, or to a table.

The loss weighs the relative error of the derivative beside that of the value (Sobolev training,
Czarnecki et al. 2017): a learner that follows the gradient needs both, and the derivative helps
the value as well.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.fit_settings import FitSettings
from hgecircuit.devices.network import NetworkDevice, fold_input_scaling
from hgecircuit.devices.table import Table
from hgecircuit.devices.training import Samples, Shape, adam, loss_and_gradient
from hgecircuit.errors import InputError

Progress = Callable[[float, str], None]
_HELD_OUT_SAMPLES = 30_000


@dataclass(frozen=True)
class FitErrors:
    """Errors on samples that were not trained on.

    Attributes:
        value_rms_A: Root mean square of the current's error, in A.
        gradient_relative_rms: Root mean square of the derivative's error over that of the
            derivative, each electrode scaled by its range; None without known derivatives.
        gradient_cosine_median: Median cosine between both derivatives, scaled likewise.
        held_out_samples: How many samples.
    """

    value_rms_A: float  # noqa: N815 - the file's key; the unit is upper case
    gradient_relative_rms: float | None
    gradient_cosine_median: float | None
    held_out_samples: int


@dataclass(frozen=True)
class FitResult:
    """A fitted model.

    Attributes:
        device: The model, with settings and errors in its provenance.
        errors: Its errors on held-out samples.
        interrupted: Whether Ctrl-C ended the fit early; the model is then the best so far.
    """

    device: NetworkDevice
    errors: FitErrors
    interrupted: bool


@dataclass(frozen=True)
class _Data:
    """Training and held-out points in SI, and the ranges that scale them."""

    voltages: np.ndarray
    currents: np.ndarray
    gradients: np.ndarray | None
    held_voltages: np.ndarray
    held_currents: np.ndarray
    held_gradients: np.ndarray | None
    low: np.ndarray
    high: np.ndarray
    origin: dict[str, Any] = field(default_factory=dict)

    @property
    def half(self) -> np.ndarray:
        return (self.high - self.low) / 2

    @property
    def middle(self) -> np.ndarray:
        return (self.high + self.low) / 2


def fit_device(
    source: DeviceModel | Table,
    settings: FitSettings | None = None,
    *,
    command: str = "",
    progress: Progress = lambda share, text: None,
) -> FitResult:
    """Fit a network to ``source`` inside its voltage ranges.

    Args:
        source: A model, sampled uniformly inside its ranges with its derivatives, or a table.
        settings: Size and training; the same settings give the same model on the same machine.
        command: Command line to record in the provenance.
        progress: Called after each pass with the share done and a line of text.

    Raises:
        InputError: A source without spread in its currents.
        KeyboardInterrupt: Interrupted before the first pass was complete.
    """
    settings = settings or FitSettings()
    generator = np.random.Generator(np.random.PCG64(settings.seed))
    if isinstance(source, Table):
        data = _split_table(source, settings, generator)
    else:
        data = _sample_model(source, settings, generator)
    if not np.ptp(data.currents) > 0:
        raise InputError("the currents are all the same: nothing to fit", key="current")
    shape = Shape([len(data.low), *settings.hidden, 1])
    flat, interrupted = _train(shape, data, settings, generator, progress)
    device = _to_device(shape, flat, data, settings)
    errors = fit_errors(device, data.held_voltages, data.held_currents, data.held_gradients)
    provenance = {
        **({"command": command} if command else {}),
        "fitted_to": data.origin,
        "settings": asdict(settings),
        "fit_errors": asdict(errors),
        "interrupted": interrupted,
        "versions": {"numpy": np.__version__, "python": platform.python_version()},
    }
    return FitResult(_with_provenance(device, provenance), errors, interrupted)


def fit_errors(
    device: DeviceModel,
    voltages_v: np.ndarray,
    currents_a: np.ndarray,
    gradients_a_per_v: np.ndarray | None,
) -> FitErrors:
    """Errors of ``device`` at points with known currents and perhaps derivatives.

    Args:
        device: The model to judge.
        voltages_v: Shape (n, M).
        currents_a: Shape (n,).
        gradients_a_per_v: Shape (n, M), or None.
    """
    misfit = device.current_a(voltages_v) - currents_a
    rms = float(np.sqrt(np.mean(misfit**2)))
    if gradients_a_per_v is None:
        return FitErrors(rms, None, None, len(voltages_v))
    half = (device.voltage_max_v - device.voltage_min_v) / 2
    found, known = device.gradient_a_per_v(voltages_v) * half, gradients_a_per_v * half
    # plain sums: numpy's norm uses BLAS, whose last digit depends on the number of threads
    relative = float(np.sqrt(np.sum((found - known) ** 2) / np.sum(known**2)))
    lengths = np.sqrt((found**2).sum(axis=1) * (known**2).sum(axis=1))
    cosines = (found * known).sum(axis=1)[lengths > 0] / lengths[lengths > 0]
    return FitErrors(rms, relative, float(np.median(cosines)), len(voltages_v))


def _sample_model(
    source: DeviceModel, settings: FitSettings, generator: np.random.Generator
) -> _Data:
    low, high = source.voltage_min_v, source.voltage_max_v
    count = settings.samples
    points = generator.uniform(low, high, (count + _HELD_OUT_SAMPLES, len(low)))
    currents, gradients = source.current_a(points), source.gradient_a_per_v(points)
    return _Data(
        points[:count],
        currents[:count],
        gradients[:count],
        points[count:],
        currents[count:],
        gradients[count:],
        low,
        high,
        {"model": source.name, "provenance": dict(source.provenance)},
    )


def _split_table(table: Table, settings: FitSettings, generator: np.random.Generator) -> _Data:
    order = generator.permutation(len(table.currents_a))
    held = max(1, round(settings.held_out * len(order)))
    train, test = order[held:], order[:held]
    if len(train) < 2:
        raise InputError("too few rows to fit", file=table.file, value=len(order))
    voltages, currents = table.voltages_v, table.currents_a
    return _Data(
        voltages[train],
        currents[train],
        None,
        voltages[test],
        currents[test],
        None,
        voltages.min(axis=0),
        voltages.max(axis=0),
        {"table": Path(table.file).name, "sha256": table.sha256, "rows": len(order)},
    )


class _Best:
    """The parameters with the smallest loss so far, over all starts."""

    def __init__(self, settings: FitSettings, progress: Progress) -> None:
        self.loss = np.inf
        self.flat: np.ndarray | None = None
        self.start = 0
        self._settings = settings
        self._progress = progress

    def report(self, epoch: int, loss: float, flat: np.ndarray) -> None:
        if loss < self.loss:
            self.loss, self.flat = loss, flat.astype(float)
        starts, epochs = self._settings.starts, self._settings.epochs
        self._progress(
            (self.start * epochs + epoch + 1) / (starts * epochs),
            f"start {self.start + 1} of {starts}, pass {epoch + 1} of {epochs}: "
            f"loss {loss:.4g}, best {self.loss:.4g}",
        )


def _train(
    shape: Shape,
    data: _Data,
    settings: FitSettings,
    generator: np.random.Generator,
    progress: Progress,
) -> tuple[np.ndarray, bool]:
    """Parameters of the best start, and whether Ctrl-C ended the training early."""
    samples = _normalised(data, settings.gradient_weight)
    best = _Best(settings, progress)
    interrupted = False
    try:
        for best.start in range(settings.starts):
            adam(
                lambda flat, part: loss_and_gradient(shape, flat, part, settings.activation),
                shape.initial(generator),
                samples,
                epochs=settings.epochs,
                batch=min(settings.batch, len(samples)),
                learning_rate=settings.learning_rate,
                generator=generator,
                report=best.report,
            )
    except KeyboardInterrupt:
        interrupted = True
    if best.flat is None:
        raise KeyboardInterrupt
    return best.flat, interrupted


def _normalised(data: _Data, gradient_weight: float) -> Samples:
    spread = data.currents.std()
    gradients, weight = None, 0.0
    if data.gradients is not None and gradient_weight > 0:
        gradients = data.gradients * data.half / spread
        size = float(np.mean((gradients**2).sum(axis=1)))
        weight = gradient_weight / size if size > 0 else 0.0
    inputs = (data.voltages - data.middle) / data.half
    values = (data.currents - data.currents.mean()) / spread
    # single precision halves the time and its rounding is far below the fit errors
    return Samples(inputs, values, gradients, weight).astype(np.float32)


def _to_device(shape: Shape, flat: np.ndarray, data: _Data, settings: FitSettings) -> NetworkDevice:
    layers = shape.split(flat)
    first = fold_input_scaling(*layers[0], 1 / data.half, -data.middle / data.half)
    spread = float(data.currents.std())
    layers = [first, *layers[1:-1], (layers[-1][0], layers[-1][1] + data.currents.mean() / spread)]
    return NetworkDevice(
        name=settings.name,
        weights=tuple(weights for weights, _ in layers),
        biases=tuple(biases for _, biases in layers),
        activation=settings.activation,
        current_scale_a=spread,
        voltage_min_v=data.low,
        voltage_max_v=data.high,
    )


def _with_provenance(device: NetworkDevice, provenance: dict[str, Any]) -> NetworkDevice:
    return replace(device, provenance=provenance)
