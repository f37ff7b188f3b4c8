"""Error model of homodyne gradient extraction: every term of a derivative's error, and their sum.

Read :mod:`.windows` first (how a lock-in weighs its time), then :mod:`.linear` and :mod:`.curved`
(what that makes of a device), :mod:`.paper` (Boon 2025, Eqs. 7 to 10) and :mod:`.model` (the sum).
:mod:`.circuit` applies it to a sized circuit, :mod:`.quantities` to the paper's own quantities, and
:mod:`.tradeoff` searches it.
"""

from __future__ import annotations

from hgecircuit.design.error_model.budget import LEVERS, ErrorBudget, Term
from hgecircuit.design.error_model.lock_in import LockIn, equal_spacing_hz, first_order_chain
from hgecircuit.design.error_model.model import (
    Offsets,
    PatternStep,
    Surroundings,
    error_budget,
    one_channel,
)
from hgecircuit.design.error_model.paper import PaperErrors, paper_errors
from hgecircuit.design.error_model.responses import RESPONSES, window_for
from hgecircuit.design.error_model.taylor import Taylor, taylor_of_device, uniform_taylor
from hgecircuit.design.error_model.windows import (
    FilterWindow,
    GateWindow,
    LowpassWindow,
    Window,
)

__all__ = [
    "LEVERS",
    "RESPONSES",
    "ErrorBudget",
    "FilterWindow",
    "GateWindow",
    "LockIn",
    "LowpassWindow",
    "Offsets",
    "PaperErrors",
    "PatternStep",
    "Surroundings",
    "Taylor",
    "Term",
    "Window",
    "equal_spacing_hz",
    "error_budget",
    "first_order_chain",
    "one_channel",
    "paper_errors",
    "taylor_of_device",
    "uniform_taylor",
    "window_for",
]
