"""Simulators, one per file; each has a row in ``ENGINES``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hgecircuit.run.base import Engine
from hgecircuit.run.engines.ngspice import Ngspice

ENGINES: Mapping[str, Callable[[], Engine]] = {"ngspice": Ngspice}
