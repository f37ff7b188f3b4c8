"""What every runner returns: traces over one time axis, how they were made, and by which code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Record:
    """Traces of one run.

    Attributes:
        time_s: Time axis, shape (n,), rising, in s (frequency in Hz for an AC analysis).
        traces: Arrays of shape (n,) by name, in V or A; complex for an AC analysis.
        provenance: How the run was made: engine, version, netlist hash, seeds, options, wall time.
    """

    time_s: np.ndarray
    traces: Mapping[str, np.ndarray]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.traces[name]

    def at(self, name: str, time_s: np.ndarray | float) -> np.ndarray:
        """The trace ``name``, linearly interpolated at ``time_s``."""
        return np.asarray(np.interp(time_s, self.time_s, self.traces[name]))

    def to_xarray(self) -> xarray.Dataset:
        """The record as an xarray data set (coordinate ``time_s``)."""
        import xarray

        return xarray.Dataset(
            {name: ("time_s", np.asarray(trace)) for name, trace in self.traces.items()},
            coords={"time_s": np.asarray(self.time_s)},
            attrs={key: _attribute(value) for key, value in self.provenance.items()},
        )


@lru_cache
def code_sha256() -> str:
    """Hash of the package's sources and data, so that old results never pass for new ones."""
    root = Path(__file__).parent
    kinds = ("*.py", "*.css", "*.html", "*.js")
    sources = [file for kind in kinds for file in root.rglob(kind)]
    files = sorted([*sources, *(root / "devices" / "data").glob("*.json")])
    found = hashlib.sha256()
    for file in files:
        found.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def _attribute(value: object) -> str | float | int:
    return value if isinstance(value, str | float | int) else str(value)
