"""The whole circuit file as one frozen object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, PrivateAttr, Tag

from hgecircuit.spec.ball import BallTask
from hgecircuit.spec.blocks import (
    AdderSpec,
    BlocksSpec,
    IntegratorSpec,
    IvConverterSpec,
    LevelDriverSpec,
    LowpassSpec,
    MultiplierSpec,
    OscillatorSpec,
    SampleHoldSpec,
)
from hgecircuit.spec.components import ComponentsSpec
from hgecircuit.spec.forms import Number, Text
from hgecircuit.spec.loop import CoherentLoop, ContinuousLoop, StreamLoop
from hgecircuit.spec.runs import LimitsSpec, ReferenceSpec, SimulationSpec, VerificationSpec
from hgecircuit.spec.signals import (
    ButterworthFilter,
    ExplicitPlan,
    GateFilter,
    GolombPlan,
    QuadraturePlan,
)
from hgecircuit.spec.source import Source
from hgecircuit.spec.table import Table, derived, setting
from hgecircuit.spec.task import DeviceSpec, StartSpec, TaskSpec

MODEL_SUFFIXES = (".json", ".npz", ".pt")

_NAME = Text(
    "[A-Za-z0-9][A-Za-z0-9_-]{0,63}",
    'up to 64 letters, digits, _ and -, such as "xor_continuous"',
    "can't name the files to be written",
)
_TITLE = Text(
    r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,100}",
    "one line of 1 to 100 characters",
    "not a title of one line",
)


def _by(key: str, default: str = "") -> Discriminator:
    """Choose a table's variant by the value of ``key``."""

    def variant(table: object) -> str:
        if not isinstance(table, dict):
            return getattr(table, key, default)
        value = table.get(key, default)
        return value if isinstance(value, str) else ""

    return Discriminator(variant)


class CircuitSpec(Table):
    """What a designer wants: one circuit file, every number in SI.

    Attributes:
        format: Version of the file format.
        name: Names the files written for this circuit.
        title: One line for netlists, plots and reports.
    """

    format: Annotated[int, Number(integer=True, at_least=1, at_most=1)] = setting(
        default=1, description="Version of this file format."
    )
    name: Annotated[str, _NAME] = derived(
        "the circuit file's name without .toml",
        description="Names the files written for this circuit.",
    )
    title: Annotated[str, _TITLE] = derived(
        "the name", description="One line for netlists, plots and reports."
    )
    task: Annotated[
        Annotated[TaskSpec, Tag("table")] | Annotated[BallTask, Tag("sphere")],
        _by("kind", "table"),
    ] = Field(description="What to learn.")
    device: DeviceSpec = Field(description="The device and the use of its electrodes.")
    perturbation: Annotated[
        Annotated[QuadraturePlan, Tag("quadrature")]
        | Annotated[GolombPlan, Tag("golomb")]
        | Annotated[ExplicitPlan, Tag("explicit")],
        _by("plan", "quadrature"),
    ] = setting(default={}, description="The sines added to the control voltages.")
    lock_in: Annotated[
        Annotated[GateFilter, Tag("gate")] | Annotated[ButterworthFilter, Tag("butterworth")],
        _by("filter", "gate"),
    ] = setting(default={}, description="The filter behind the lock-in multipliers.")
    blocks: BlocksSpec = setting(default={}, description="How truly each block is modelled.")
    components: ComponentsSpec = setting(
        default={}, description="What blocks of `component` fidelity are made of."
    )
    iv_converter: IvConverterSpec = setting(default={}, description="Current-to-voltage converter.")
    multiplier: MultiplierSpec = setting(default={}, description="Analog multipliers.")
    sample_hold: SampleHoldSpec = setting(
        default={}, description="Sample-and-holds of the outputs."
    )
    adder: AdderSpec = setting(default={}, description="Perturbation adders.")
    level_driver: LevelDriverSpec = setting(
        default={}, description="Drivers of the input electrodes."
    )
    lowpass: LowpassSpec = setting(default={}, description="Parts of the Butterworth low-pass.")
    integrator: IntegratorSpec = setting(default={}, description="Integrators.")
    oscillator: OscillatorSpec = setting(default={}, description="Oscillator bank.")
    loop: Annotated[
        Annotated[CoherentLoop, Tag("coherent")]
        | Annotated[ContinuousLoop, Tag("continuous")]
        | Annotated[StreamLoop, Tag("stream")],
        _by("kind"),
    ] = Field(description="The update law.")
    start: StartSpec = setting(default={}, description="Control voltages before the first epoch.")
    reference: ReferenceSpec = setting(default={}, description="The digital reference.")
    verification: VerificationSpec = setting(
        default={}, description="Check of the derivatives over operating points."
    )
    simulation: SimulationSpec = setting(default={}, description="Transient simulation.")
    limits: LimitsSpec = setting(default={}, description="What a verdict passes at.")

    _source: Source = PrivateAttr(default=Source(""))

    @classmethod
    def from_text(
        cls,
        text: str,
        file: str | Path | None = None,
        *,
        overrides: Mapping[str, Any] | None = None,
    ) -> Self:
        """Read a circuit from TOML text.

        Args:
            text: The text.
            file: Where it comes from: for messages, the default name, and model paths.
            overrides: Values by dotted key, as the file would hold them:
                ``{"lock_in.time": "1 ms", "start": {"seed": 7}}``. A table replaces the file's.

        Raises:
            InputError: Anything wrong, all mistakes listed together.
        """
        from hgecircuit.spec.load import build_spec

        return build_spec(cls, Source(text, None if file is None else Path(file)), overrides or {})

    @property
    def source(self) -> Source:
        """The text, its file, and what was set from outside the file."""
        return self._source

    @property
    def file(self) -> Path | None:
        """The circuit file, or None for a circuit from text."""
        return self._source.file

    @property
    def model_path(self) -> Path | None:
        """The device model's file, or None for a shipped model."""
        if not self.device.model.endswith(MODEL_SUFFIXES):
            return None
        folder = self.file.parent if self.file else Path()
        return folder / self.device.model

    def to_json(self) -> dict[str, Any]:
        """Plain data in SI, keys named like the attributes, for provenance."""
        return json.loads(json.dumps(self.model_dump(mode="json"), allow_nan=False))
