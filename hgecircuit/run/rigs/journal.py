"""A note on this computer of whether outputs were left moving: the 9264 can't be read back."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.safety import RigError


def state_folder() -> Path:
    """Where such notes are kept: ``HGECIRCUIT_STATE``, or the user's folder for state."""
    named = os.environ.get("HGECIRCUIT_STATE")
    if named:
        return Path(named)
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "hgecircuit"


class Journal:
    """One rig's note. It is there while outputs may be anywhere but at 0 V, and gone else.

    Args:
        rig: What names the rig: address and chassis.
        folder: Where notes are kept.
    """

    def __init__(self, rig: str, folder: Path | None = None) -> None:
        self.rig = rig
        name = hashlib.sha256(rig.encode()).hexdigest()[:16]
        self.file = (folder or state_folder()) / f"rig-{name}.json"

    def moving(self, ends_s: float, largest_v: float) -> None:
        """Note that a waveform is about to start.

        Args:
            ends_s: Unix time at which its ramp to zero has ended.
            largest_v: Largest voltage of either sign in it.

        Raises:
            InputError: The note can't be written; then nothing may be started.
        """
        note = {"rig": self.rig, "ends_s": ends_s, "largest_V": largest_v, "process": os.getpid()}
        part = self.file.with_suffix(".part")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(note), encoding="utf-8")
            os.replace(part, self.file)
        except OSError as error:
            raise InputError(
                f"the state of the outputs can't be noted: {error.strerror or error}",
                file=self.file,
                expected="a folder that can be written to; HGECIRCUIT_STATE names another",
            ) from error

    def at_zero(self) -> None:
        """Note that all outputs are at 0 V."""
        self.file.unlink(missing_ok=True)

    def check(self) -> None:
        """Refuse a rig whose outputs were left moving.

        Raises:
            RigError: They were.
        """
        try:
            note = json.loads(self.file.read_text(encoding="utf-8"))
            started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(note["ends_s"])))
            largest_v = float(note["largest_V"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError):
            started, largest_v = "an unknown time", float("nan")
        raise RigError(
            f"a program was ended while the outputs moved (until {started}, "
            f"up to {largest_v:.3g} V either way), and has not told that they came to 0 V",
            advice="see that no other program runs on this rig, then `hgecircuit rig zero`",
        )
