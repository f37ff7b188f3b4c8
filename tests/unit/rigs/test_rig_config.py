"""The rig file: what it gives, and every mistake in it told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.config_load import RigFileError, load_rig_spec

RIG = Path(__file__).parents[3] / "circuits" / "rigs" / "virtual.toml"
TEXT = RIG.read_text(encoding="utf-8")
MINIMAL = """
[chassis]
name = "rack"
product = "cDAQ-9188"
[[modules]]
slot = 8
name = "out"
product = "NI 9264"
[[modules]]
slot = 3
name = "in"
product = "NI 9202"
[electrodes]
channels = ["out/ao15", "out/ao2"]
min = "-1 V"
max = ["0.5 V", "1 V"]
[current]
channel = "in/ai7"
gain = "100 Mohm"
"""


def test_the_shipped_rig() -> None:
    spec = load_rig_spec(RIG)
    assert spec.title == "virtual rig"
    assert spec.folder == RIG.parent
    assert [module.slot for module in spec.modules] == [1, 2]
    assert len(spec.electrodes.channels) == 7
    assert spec.electrodes.min_v[5] == -0.7
    assert spec.electrodes.slew_limit_v_per_s == (1000.0,) * 7
    assert spec.volts_per_ampere == 33.3e6
    assert spec.current_max_a == pytest.approx(10 / 33.3e6)
    assert spec.virtual.noise is not None
    assert spec.virtual.noise.flicker_a2_per_hz == pytest.approx(1e-23)


def test_defaults_and_one_value_for_all() -> None:
    spec = RigSpec.from_text(MINIMAL)
    assert spec.title == "rack"
    assert spec.electrodes.min_v == (-1.0, -1.0)
    assert spec.electrodes.max_v == (0.5, 1.0)
    assert spec.virtual.power_up_v == (0.0, 0.0)
    assert spec.timing.sample_rate_hz == 10e3
    assert spec.timing.ramp_time_s == 15e-3
    assert spec.connection.host == "127.0.0.1"
    assert spec.virtual.time == "event"
    assert spec.virtual.noise is None
    assert spec.to_json()["current"]["gain_ohm"] == 1e8


def test_inversion_and_overrides() -> None:
    spec = RigSpec.from_text(
        MINIMAL, overrides={"current.inverted": True, "safety.current_max": "5 nA"}
    )
    assert spec.volts_per_ampere == -1e8
    assert spec.current_max_a == 5e-9


MISTAKES = {
    "slot of another chassis": ("slot = 8", "slot = 9", "modules[0].slot", "from 1 to 8"),
    "two modules in a slot": ("slot = 3", "slot = 8", "modules[1].slot", "a free slot"),
    "name twice": ('name = "in"', 'name = "OUT"', "modules[1].name", "a name of its own"),
    "no such module": ("in/ai7", "inn/ai7", "current.channel", "out, in"),
    "no such channel": ("out/ao15", "out/ao16", "electrodes.channels[0]", "ao0 to ao15"),
    "inputs as outputs": ("out/ao15", "in/ao1", "electrodes.channels[0]", "with outputs"),
    "outputs as inputs": ("in/ai7", "out/ai7", "current.channel", "with inputs"),
    "channel twice": ("out/ao2", "OUT/ao15", "electrodes.channels[1]", "of its own"),
    "too many limits": ('"1 V"]', '"1 V", "1 V"]', "electrodes.max", "one for all"),
    "empty range": ('"0.5 V", "1 V"', '"0.5 V", "-1 V"', "electrodes.max[1]", "above"),
    "beyond the module": ('min = "-1 V"', 'min = "-10.1 V"', "electrodes.min[0]", "-10 V to 10 V"),
    "no way to zero": ('min = "-1 V"', 'min = "0.1 V"', "electrodes.min[0]", "way to 0 V"),
    "no way up to zero": ('"0.5 V", "1 V"', '"0.5 V", "-0.5 V"', "electrodes.max[1]", "at least 0"),
    "monitor of current": (
        "[current]",
        'monitors = ["in/ai0", "in/ai7"]\n[current]',
        "electrodes.monitors[1]",
        "used twice",
    ),
    "monitors too few": (
        "[current]",
        'monitors = ["in/ai0"]\n[current]',
        "electrodes.monitors",
        "1 monitor for 2",
    ),
    "no unit": ('"100 Mohm"', "100e6", "current.gain", "with its unit"),
    "unit of something else": ('"100 Mohm"', '"100 MV"', "current.gain", "resistance"),
    "unknown key": ("gain =", "gian =", "current.gian", "did you mean gain"),
    "unknown table": ("[current]", "[curent]", "curent", "did you mean current"),
    "not a channel": ('"out/ao2"', '"out/ai2"', "electrodes.channels[1]", "cDAQ1Mod1/ao0"),
}


@pytest.mark.parametrize(("old", "new", "key", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes(old: str, new: str, key: str, words: str) -> None:
    assert MINIMAL.count(old) == 1
    text = MINIMAL.replace(old, new)
    with pytest.raises(RigFileError) as caught:
        RigSpec.from_text(text, "my-rig.toml")
    message = str(caught.value)
    assert key in [problem.key for problem in caught.value.problems]
    assert words in message
    number = MINIMAL[: MINIMAL.index(old)].count("\n") + 1
    assert f"line {number}: {key}" in message or f"my-rig.toml:{number}: {key}" in message


TABLES = {
    "nothing to compare": ('[safety]\nstart_max = "5 mV"', "safety.start_max", "monitors"),
    "input's range": ('[current]\nrange = "11 V"', "current.range", "at most 10 V"),
    "too fast for the input": ('[timing]\nsample_rate = "20 kHz"', "timing.sample_rate", "10 kHz"),
    "noise of nothing": ("[virtual.noise]\nseed = 2", "virtual.noise", "above 0"),
    "fault without channel": (
        '[[virtual.faults]]\nkind = "stuck_output"',
        "virtual.faults[0].channel",
        "missing",
    ),
    "fault with what it has no use for": (
        '[[virtual.faults]]\nkind = "overload"\nat = "1 ms"\n[[virtual.faults]]\n'
        'kind = "overload"\ndelay = 3',
        "virtual.faults[1].delay",
        "with run, at, duration",
    ),
    "fault of an unknown channel": (
        '[[virtual.faults]]\nkind = "stuck_output"\nchannel = "out/ao5"',
        "virtual.faults[0].channel",
        "one of the electrodes",
    ),
    "unknown fault": (
        '[[virtual.faults]]\nkind = "fire"',
        "virtual.faults[0].kind",
        "connection_lost",
    ),
    "resistor without its wiring": (
        '[virtual]\nresistor = "1 Mohm"',
        "virtual.resistor",
        'wiring = "resistor"',
    ),
    "electrode of no wire": (
        '[virtual]\nwiring = "loopback"\nelectrode = 2',
        "virtual.electrode",
        "0 to 1",
    ),
    "drift in percent": ('[virtual]\nclock_error = "1 %"', "virtual.clock_error", "ppm"),
    "too much drift": ('[virtual]\nclock_error = "2000 ppm"', "virtual.clock_error", "1000 ppm"),
}


@pytest.mark.parametrize(("text", "key", "words"), TABLES.values(), ids=TABLES)
def test_mistakes_in_further_tables(text: str, key: str, words: str) -> None:
    head, _, rest = text.partition("\n")
    # a table that is there already gets the line itself
    whole = MINIMAL.replace(head, text) if head in MINIMAL else f"{MINIMAL}\n{text}"
    assert rest
    with pytest.raises(RigFileError) as caught:
        RigSpec.from_text(whole)
    assert caught.value.problems[0].key == key
    assert words in str(caught.value)


def test_all_mistakes_at_once_each_with_its_line() -> None:
    text = MINIMAL.replace("slot = 8", "slot = 99").replace('"100 Mohm"', '"0 ohm"')
    with pytest.raises(RigFileError) as caught:
        RigSpec.from_text(text, "rig.toml")
    assert str(caught.value).startswith("rig.toml: 2 mistakes\n  line 6: modules[0].slot")


def test_a_module_table_among_others_is_found_by_its_own_line() -> None:
    text = MINIMAL.replace('product = "NI 9202"', "product = 3")
    with pytest.raises(RigFileError) as caught:
        RigSpec.from_text(text)
    assert caught.value.lines == (text[: text.index("product = 3")].count("\n") + 1,)


@pytest.mark.parametrize("text", ["", "[chassis]", "modules = []", "modules = 3", "= 1"])
def test_files_that_are_no_rig(text: str) -> None:
    with pytest.raises(InputError):
        RigSpec.from_text(text)


def test_no_module() -> None:
    head, rest = MINIMAL.split("[[modules]]", 1)
    tail = rest[rest.index("[electrodes]") :]
    with pytest.raises(RigFileError, match="no module"):
        RigSpec.from_text(f"modules = []\n{head}{tail}")


def test_missing_and_wrong_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a rig file, such as circuits/rigs/virtual"):
        load_rig_spec(tmp_path / "none.toml")
    with pytest.raises(InputError, match="is a folder"):
        load_rig_spec(tmp_path)
