"""Every kind of mistake in a circuit file gives an error with file, line, key, value and form."""

from __future__ import annotations

import pytest
from mistakes import ONE_MISTAKE
from spec_texts import CIRCUIT, FILE, changed, explicit, read

from hgecircuit.errors import InputError
from hgecircuit.spec import CircuitFileError, load_circuit_spec
from hgecircuit.spec.source import LARGEST_FILE_BYTES


def failure(text: str, **overrides: object) -> CircuitFileError:
    with pytest.raises(CircuitFileError) as caught:
        read(text, **overrides)
    assert caught.value.exit_code == 2
    assert caught.value.file == FILE
    return caught.value


@pytest.mark.parametrize("case", ONE_MISTAKE.values(), ids=ONE_MISTAKE.keys())
def test_one_mistake_is_named(case):
    old, new, key, problem, value, expected = case
    error = failure(changed(old, new))
    text = str(error)
    assert [each.key for each in error.problems] == [key]
    assert error.key == key
    assert problem in text
    assert expected in text.partition("; expected ")[2]
    assert "\n" not in text
    if value is None:
        assert "(got" not in text
    else:
        assert f"{value})" in text.partition("(got ")[2]
    assert text.startswith(FILE)


def test_the_line_is_the_keys_or_its_tables():
    error = failure(changed('time = "10 ms"', '# comment\n\n"time" = "10 kV"'))
    line = CIRCUIT.splitlines().index("[lock_in]") + 1
    assert error.lines == (line + 3,)
    assert str(error).startswith(f"{FILE}:{line + 3}: lock_in.time: the unit 'V'")
    error = failure(changed('targets = "0110"\n', ""))
    assert error.lines == (CIRCUIT.splitlines().index("[task]") + 1,)


def test_several_mistakes_come_together_in_the_order_of_the_file():
    text = CIRCUIT.replace('"10 ms"', '"10 kV"').replace("[1, 4]", "[1, -4]")
    error = failure(text.replace("seed = 3", "sed = 3"))
    assert [each.key for each in error.problems] == [
        "device.inputs[1]",
        "lock_in.time",
        "start.sed",
    ]
    assert list(error.lines) == sorted(line for line in error.lines if line)
    first, *rest = str(error).splitlines()
    assert first == f"{FILE}: 3 mistakes"
    assert rest[1] == (
        f"  line {error.lines[1]}: lock_in.time: the unit 'V' is not a time (got '10 kV'); "
        'expected a time from 1 ns to 1 ks with its unit, such as "10 ms"'
    )


def test_cross_field_mistakes_come_together():
    text = CIRCUIT.replace("[1, 4]", "[1, 1]").replace('"0110"', '"01"')
    keys = {each.key for each in failure(text).problems}
    assert keys == {"device.inputs[1]", "task.targets"}


def test_a_key_set_from_outside_says_so_and_has_no_line():
    error = failure(CIRCUIT, lock_in__time="10 kV")
    assert error.lines == (None,)
    assert "set from outside the file" in str(error)
    error = failure(CIRCUIT, start={"sed": 1})
    assert "start.sed: unknown key, did you mean seed?, set from outside the file" in str(error)
    with pytest.raises(InputError, match="title\\.x: is not a table"):
        read(CIRCUIT, title__x=1)


FIVE = ["400 Hz", "500 Hz", "700 Hz", "800 Hz", "1.1 kHz"]
BAD_CARRIERS = {
    "equal and in phase": (
        ["400 Hz", "0.4 kHz", "500 Hz", "700 Hz", "1.1 kHz"], None,
        1, "equal to that of control 0 and not in quadrature", "phases 90 deg apart",
    ),
    "equal and 45 deg apart": (
        ["400 Hz", "400 Hz", "500 Hz", "700 Hz", "1.1 kHz"],
        ["0 deg", "45 deg", "0 deg", "0 deg", "0 deg"],
        1, "not in quadrature", "another frequency",
    ),
    "three on one frequency": (
        ["400 Hz", "400 Hz", "400 Hz", "700 Hz", "1.1 kHz"],
        ["0 deg", "90 deg", "180 deg", "0 deg", "0 deg"],
        2, "two other controls already use", "at most two controls per frequency",
    ),
    "not whole cycles in the gate": (
        ["400 Hz", "500 Hz", "700 Hz", "850 Hz", "1.1 kHz"], None,
        3, "not a whole number of cycles in the gate",
        "a multiple of 1/lock_in.time, which is 100 Hz",
    ),
    "above the sample rate": (
        ["400 Hz", "500 Hz", "700 Hz", "800 Hz", "4.1 kHz"], None,
        4, "above what reference.sample_rate = 10 kHz can carry", "at most 4 kHz",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_CARRIERS.values(), ids=BAD_CARRIERS.keys())
def test_explicit_carriers_are_checked(case):
    frequencies, phases, index, problem, expected = case
    error = failure(explicit(frequencies, phases))
    assert [each.key for each in error.problems] == [f"perturbation.frequencies[{index}]"]
    assert problem in str(error)
    assert f"(got {frequencies[index]!r})" in str(error)
    assert expected in str(error).partition("; expected ")[2]


def test_a_quadrature_pair_may_have_either_sign_and_any_common_phase():
    pair = ["400 Hz", "400 Hz", "500 Hz", "700 Hz", "1.1 kHz"]
    for first, second in [("0 deg", "-90 deg"), ("30 deg", "120 deg"), ("10 deg", "280 deg")]:
        read(explicit(pair, [first, second, "0 deg", "0 deg", "0 deg"]))


def test_carriers_must_be_told_apart_within_the_lock_in_times():
    continuous = explicit(["1 kHz", "1.05 kHz", "2 kHz", "2.4 kHz", "3 kHz"]).replace(
        'kind = "coherent"', 'kind = "continuous"'
    )
    error = failure(continuous)
    assert [each.key for each in error.problems] == ["perturbation.frequencies[1]"]
    assert "only 50 Hz from another: lock_in.time can't tell them apart" in str(error)
    error = failure(explicit(FIVE).replace("[start]", '[reference]\ntime = "5 ms"\n[start]'))
    assert {each.problem for each in error.problems} == {
        "only 100 Hz from another: reference.time can't tell them apart"
    }
    error = failure(explicit(FIVE).replace("[start]", '[reference]\ntime = "2 ms"\n[start]'))
    assert "less than one cycle in reference.time" in str(error)


def test_carriers_must_lie_within_the_band_of_the_noise():
    noise = '[device.noise]\nwhite = "1e-7 nA^2/Hz"\nsample_rate = "2 kHz"\n'
    error = failure(explicit(FIVE) + noise)
    assert [each.key for each in error.problems] == ["perturbation.frequencies[4]"]
    assert "above what device.noise.sample_rate = 2 kHz can carry" in str(error)


def test_carriers_of_another_count():
    error = failure(explicit(FIVE[:4], ["0 deg", "0 deg"]))
    assert {(each.key, each.problem) for each in error.problems} == {
        ("perturbation.frequencies", "4 values for 5 controls"),
        ("perturbation.phases", "2 values for 5 controls"),
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = \n", "not TOML at line 1, column 5: invalid value"),
        ("[a]\n\n[a]\n", "not TOML at line 3, column 3: cannot declare ('a',) twice"),
        ("a = 1\na = 2\n", "not TOML at line 2, column 6: cannot overwrite a value"),
        ('a = """x', "not TOML at the end of the file: "),
        ("a = " + "[" * 5000, "not TOML: nested too deeply"),
        ("a = " + "9" * 5000, "not TOML: a number with too many digits"),
        ("a = '\ud800'", "not text: it holds half of a surrogate pair"),
    ],
)
def test_text_that_is_not_toml(text, problem):
    with pytest.raises(InputError) as caught:
        read(text)
    assert str(caught.value).startswith(f"{FILE}: {problem}")
    assert "expected TOML, such as" in str(caught.value)


def test_files_that_can_not_be_read(tmp_path):
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (LARGEST_FILE_BYTES + 1))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"a = 1\nb = 3 # \xff\xfe\n")
    cases = {
        tmp_path / "none.toml": "no such file; expected a circuit file",
        folder: "is a folder; expected a circuit file",
        large: "too large for a circuit file; expected at most 256 kB",
        binary: r"line 2 is not UTF-8 text (got b'\xff\xfe\n')",
    }
    for path, problem in cases.items():
        with pytest.raises(InputError) as caught:
            load_circuit_spec(path)
        assert str(caught.value).startswith(f"{path}: {problem}")
        assert caught.value.exit_code == 2
    for odd in ("a\0b.toml", "x" * 5000):
        with pytest.raises(InputError):
            load_circuit_spec(odd)


@pytest.mark.parametrize(
    "name", ["my circuit.toml", "a;b.toml", "$(x).toml", "a\nb.toml", "-x.toml"]
)
def test_a_file_name_that_can_not_name_results_needs_a_name_key(tmp_path, name):
    path = tmp_path / name
    path.write_text(CIRCUIT)
    with pytest.raises(CircuitFileError) as caught:
        load_circuit_spec(path)
    assert caught.value.key == "name"
    assert "can't name the files to be written" in str(caught.value)
    path.write_text('name = "xor"\n' + CIRCUIT)
    assert load_circuit_spec(path).name == "xor"


def test_a_folder_for_a_model(tmp_path):
    (tmp_path / "model.npz").mkdir()
    path = tmp_path / "xor.toml"
    path.write_text(changed("rnpu-compact", "model.npz"))
    with pytest.raises(CircuitFileError, match=r"device\.model: .*model\.npz is a folder"):
        load_circuit_spec(path)


@pytest.mark.parametrize("circuit", ["affine_servo", "correlation"])
def test_a_constant_gate_needs_an_error_circuit_that_knows_one_label(circuit):
    text = changed("0110", "0000").replace("epochs = 60", f'error = "{circuit}"')
    error = failure(text)
    assert error.key == "loop.error"
    assert "needs both labels" in str(error)


def test_chopping_needs_as_many_signs_of_either_kind():
    text = changed('"10", "11"]', '"10"]').replace('"0110"', '"011"')
    error = failure(text.replace("epochs = 60", "chopping = true"))
    assert error.key == "loop.chopping"
    assert "an even number of patterns" in str(error)
