"""What a rig file says, in the client's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.run.rigs.connection import Connection
from hgecircuit.run.rigs.journal import Journal
from hgecircuit.run.rigs.safety import Limits

if TYPE_CHECKING:
    from hgecircuit.run.rigs.config import RigSpec

#: Host of a chassis on this computer, through its own driver and no server.
LOCAL = "local"


def limits_of(spec: RigSpec) -> Limits:
    """The electrodes' limits in a rig file."""
    electrodes = spec.electrodes
    return Limits(
        np.array(electrodes.min_v),
        np.array(electrodes.max_v),
        np.array(electrodes.slew_limit_v_per_s),
    )


def connect(spec: RigSpec) -> Connection:
    """The connection of a rig file.

    Raises:
        MissingToolError: nidaqmx is not installed.
    """
    connection = spec.connection
    address = None if connection.host == LOCAL else f"{connection.host}:{connection.port}"
    return Connection(address, connection.timeout_s)


def journal_of(spec: RigSpec, connection: Connection) -> Journal:
    """The note about the rig's outputs on this computer."""
    return Journal(f"{connection.place} {spec.chassis.name}")


def settings_of(spec: RigSpec) -> dict[str, Any]:
    """The rig file without what is only a way to reach the rig, or only the virtual one's."""
    return {
        key: value for key, value in spec.to_json().items() if key not in {"connection", "virtual"}
    }
