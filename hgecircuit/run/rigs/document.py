"""The documentation of the rig file, made from the models that read it."""

from __future__ import annotations

from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.products import CHASSIS, MODULES
from hgecircuit.spec.document import keys_markdown
from hgecircuit.spec.schema import editor_schema, schema_text, tables_of

MINIMAL_RIG = """\
[chassis]
name = "cDAQ1"
product = "cDAQ-9174"

[[modules]]
slot = 1
name = "cDAQ1Mod1"
product = "NI 9264"

[[modules]]
slot = 2
name = "cDAQ1Mod2"
product = "NI 9202"

[electrodes]
channels = ["cDAQ1Mod1/ao0", "cDAQ1Mod1/ao1"]
min = "-0.7 V"
max = "0.3 V"

[current]
channel = "cDAQ1Mod2/ai0"
gain = "33.3 Mohm"
"""

_INTRODUCTION = f"""\
<!-- Written by `python -m hgecircuit.run.rigs`; change the descriptions in
hgecircuit/run/rigs/config.py and config_virtual.py instead. -->

# The rig file

A rig file says what a rig consists of, which electrode of the device is on which channel, and what
must never happen; [rig.md](rig.md) says what is done with it. It is [TOML](https://toml.io) and
written like [a circuit file](circuit-file.md): quantities are text with a unit, unknown keys are
refused, and every mistake is told with its line. This is a complete one:

```toml
{MINIMAL_RIG}```

`circuits/rigs/virtual.toml` is a longer example. Editors with TOML support complete and check the
file when its first line names the schema: `#:schema ../../docs/rig.schema.json`.

Names of chassis and modules may be any, as may slots and product types. Of the modules
{", ".join(MODULES)} channels, rates and voltages are checked as well, and only these, in one of the
chassis {", ".join(CHASSIS)}, can be virtual.
"""


def rig_file_markdown() -> str:
    """The text of `docs/rig-file.md`."""
    return keys_markdown(_INTRODUCTION, tables_of(RigSpec))


def rig_schema_text() -> str:
    """The text of `docs/rig.schema.json`."""
    return schema_text(editor_schema(RigSpec, "hgecircuit rig file"))
