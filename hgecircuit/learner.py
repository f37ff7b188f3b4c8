"""The central object: a circuit file turned into a sized learner."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.circuit.bill import Bill, bill_of
from hgecircuit.circuit.build import build_learner
from hgecircuit.circuit.deck import Deck
from hgecircuit.design.design import Design
from hgecircuit.design.edits import Edit, edited
from hgecircuit.design.size import design_circuit, random_starts_v
from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.formats import load_device
from hgecircuit.emit.back_annotation import find_edits
from hgecircuit.emit.deck import write_deck
from hgecircuit.emit.exports import EXPORTS, Export, Sources
from hgecircuit.emit.kicad import find_board_edits, is_kicad
from hgecircuit.emit.netlist_text import read_file
from hgecircuit.errors import InputError
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.load import load_circuit_spec

if TYPE_CHECKING:
    from hgecircuit.draw import DrawingSet
    from hgecircuit.parts.oscillators import RecordedBank
    from hgecircuit.record import Record
    from hgecircuit.run.base import Engine, ProgressCallback
    from hgecircuit.run.reference import Descent, HomodyneGradient, Task, TrainingResult


@dataclass(frozen=True)
class Learner:
    """A learner from file to netlist.

    >>> learner = Learner.from_file("circuits/xor.toml")
    >>> text = learner.netlist()
    >>> record = learner.simulate("runs/xor")

    Attributes:
        spec: What the circuit file asks for.
        device: The device model that it names.
        design: Every value, sized.
        replayed: Its oscillators as they were measured by themselves, which the learning runs
            replay; None when every run starts them.
        edits: Values of the design's blocks that were changed by hand.
    """

    spec: CircuitSpec
    device: DeviceModel
    design: Design
    replayed: RecordedBank | None = None
    edits: tuple[Edit, ...] = ()

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        start_seed: int | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> Learner:
        """Read a circuit file and size its learner.

        Args:
            path: The circuit file.
            start_seed: Draw the start from this seed in place of the file's start.
            overrides: Values by dotted key in place of the file's, such as
                ``{"perturbation.amplitude": "10 mV"}``.

        Raises:
            InputError: Anything wrong in the file or the model that it names.
        """
        changes = dict(overrides or {})
        if start_seed is not None:
            changes["start"] = {"seed": start_seed}
        return cls.from_spec(load_circuit_spec(path, overrides=changes))

    @classmethod
    def from_spec(cls, spec: CircuitSpec, start_v: np.ndarray | None = None) -> Learner:
        """Size the learner of a circuit file that is already read.

        Args:
            spec: The circuit.
            start_v: Control voltages at t = 0, shape (C,), in place of the file's start.
        """
        try:
            device = load_device(spec.model_path or spec.device.model)
        except InputError as error:
            raise InputError(
                error.problem if error.file is None else f"{error.file}: {error.problem}",
                file=spec.file,
                key="device.model",
                value=spec.device.model,
                expected=error.expected or "a shipped model's name, or the path of a model file",
            ) from error
        return cls(spec, device, design_circuit(spec, device, start_v))

    def starting_at(self, start_v: np.ndarray) -> Learner:
        """The same circuit from other control voltages, shape (C,), in V."""
        design = edited(design_circuit(self.spec, self.device, start_v), self.edits)
        return dataclasses.replace(self, design=design)

    def with_edits(self, edits: Sequence[Edit]) -> Learner:
        """The same learner, in all its circuits, with values of blocks changed by hand."""
        return dataclasses.replace(
            self, design=edited(self.design, edits), edits=(*self.edits, *edits)
        )

    def with_netlist(self, path: str | Path) -> Learner:
        """The same learner with the values of an exported netlist that was changed.

        The file is read as data: only numbers are taken from it, and nothing in it is run.

        Args:
            path: What ``hgecircuit export`` or ``netlist`` wrote, with other values; or KiCad's
                netlist of the exported schematic.

        Raises:
            InputError: It is not this circuit's netlist.
        """
        text = read_file(str(path))
        if not is_kicad(text):
            return self.with_edits(find_edits(self.deck(), text, str(path)))
        nominal, deck = self._nominal_deck(), self.deck()
        edits = find_board_edits(deck, nominal, self.spec.components, text, str(path))
        return self.with_edits(edits)

    def random_starts_v(self, seed: int, count: int) -> np.ndarray:
        """Random control voltages over the whole control ranges, shape (count, C), in V."""
        return random_starts_v(self.spec, self.device, seed, count)

    def deck(self) -> Deck:
        """The learner as a circuit; ``deck().circuit.spice`` is the PySpice object."""
        if self.replayed is None:
            return build_learner(self.design)
        return build_learner(self.design.with_oscillators(self.replayed))

    def netlist(self) -> str:
        """The learner as SPICE text; the same circuit file gives the same bytes."""
        return write_deck(self.deck())

    def nominal(self) -> Learner:
        """The same circuit of nominal parts, its oscillators themselves: what is bought."""
        nominal = self.spec.components.model_copy(update={"spread": "nominal"})
        spec = self.spec.model_copy(update={"components": nominal})
        design = design_circuit(spec, self.device, self.design.start_v)
        return Learner(spec, self.device, edited(design, self.edits, relative=True))

    def bill(self) -> Bill:
        """What has to be bought."""
        return bill_of(self.nominal().deck().circuit)

    def export(self, tool: str) -> Export:
        """The learner for another tool, one of ``hgecircuit.emit.exports.EXPORTS``."""
        return EXPORTS[tool](Sources(self.deck, self._nominal_deck, self.spec.components))

    def _nominal_deck(self) -> Deck:
        return self.nominal().deck()

    def drawings(self) -> DrawingSet:
        """Every sheet of its schematics, drawn from the objects that write its netlist."""
        from hgecircuit.draw import draw_learner

        deck = self.deck()
        return draw_learner(deck.circuit, write_deck(deck), self.design, name=self.spec.name)

    def simulate(
        self,
        folder: str | Path,
        *,
        engine: Engine | None = None,
        progress: ProgressCallback | None = None,
    ) -> Record:
        """Run the learner in ngspice.

        Args:
            folder: Where deck, log and result go.
            engine: The simulator; ngspice unless given.
            progress: Called now and then with how far the run is.

        Returns:
            Traces ``w<m>``, ``y<k>``, ``e<k>`` and those of the topology, in V.

        Raises:
            MissingToolError: There is no ngspice.
            SimulatorError: The run failed or its result can't be trusted.
        """
        from hgecircuit.run.simulate import simulate_deck

        return simulate_deck(
            self.deck(), Path(folder), self.spec.simulation.timeout_s, engine, progress
        )

    def reference_estimator(self) -> HomodyneGradient:
        """The digital reference's lock-in: the circuit's carriers, sampled, its own low-pass."""
        from hgecircuit.run.reference import HomodyneGradient, LockIn

        design, reference = self.design, self.spec.reference
        lock_in = LockIn(
            design.bank.frequencies_hz,
            design.bank.phases_rad,
            design.amplitudes_v,
            reference.time_s,
            sample_rate_hz=reference.sample_rate_hz,
            settled=reference.settled,
        )
        return HomodyneGradient(lock_in, noise=self._reference_noise(reference.sample_rate_hz))

    def _reference_noise(self, sample_rate_hz: float) -> Callable[[int, int], np.ndarray] | None:
        """The device's noise for the reference: the circuit's seed, and the next one per call."""
        noise = self.design.noise
        if noise is None:
            return None
        seeds = itertools.count(noise.seed)

        def draw(points: int, samples: int) -> np.ndarray:
            times_s = np.arange(points * samples) / sample_rate_hz
            drawn = dataclasses.replace(noise, seed=next(seeds)).sample(float(times_s[-1]))
            return drawn.at(times_s).reshape(points, samples)

        return draw

    def train_reference(
        self, starts_v: np.ndarray, *, progress: ProgressCallback | None = None
    ) -> TrainingResult:
        """Train the digital reference, by the paper's scheme, from starts of shape (S, C) in V."""
        from hgecircuit.losses import CorrelationLoss
        from hgecircuit.run.base import Progress
        from hgecircuit.run.reference import train

        start, iterations = time.monotonic(), self.spec.reference.iterations

        def report(iteration: int, _: np.ndarray) -> None:
            if progress is not None:
                progress(Progress((iteration + 1) / iterations, time.monotonic() - start))

        return train(
            self.device,
            self.reference_task(),
            self.reference_estimator(),
            starts_v,
            descent=self.reference_descent(),
            loss=CorrelationLoss(self.spec.limits.loss_scale_a),
            ranges_v=self.control_ranges_v(),
            progress=report,
        )

    def reference_task(self) -> Task:
        """The circuit's task, for the digital reference and for the rig."""
        from hgecircuit.run.reference import Task

        task = self.design.task
        return Task(
            tuple(tuple(pattern) for pattern in task.patterns_v.tolist()),
            tuple(task.targets.tolist()),
            task.inputs,
            task.controls,
        )

    def reference_descent(self) -> Descent:
        """The paper's update law with the circuit file's numbers."""
        from hgecircuit.run.reference import Descent

        reference = self.spec.reference
        return Descent(reference.learning_rate, reference.iterations, reference.stop_loss)

    def control_ranges_v(self) -> np.ndarray:
        """Range of every control voltage, shape (C, 2), in V."""
        weights = self.design.weights
        return np.array([[weight.minimum_v, weight.maximum_v] for weight in weights])
