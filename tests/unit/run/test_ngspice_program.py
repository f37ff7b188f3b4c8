import pytest

from hgecircuit.errors import InputError, MissingToolError
from hgecircuit.run.base import Progress
from hgecircuit.run.engines.ngspice import Ngspice


def write_program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def fake(tmp_path):
    """An ngspice that only tells its version and fails when it is asked to run."""
    return write_program(tmp_path / "fake", "echo '** ngspice-44.2 : Circuit level'; exit 3")


def test_missing_program_names_all_ways_to_get_it(monkeypatch):
    with pytest.raises(MissingToolError) as caught:
        Ngspice("no-such-ngspice")
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_code == 2
    for part in (
        "no-such-ngspice", "apt install ngspice", "dnf install ngspice", "brew install ngspice",
        "HGECIRCUIT_NGSPICE",
    ):  # fmt: skip
        assert part in text


def test_the_variable_and_the_argument_choose_the_program(monkeypatch, fake, tmp_path):
    monkeypatch.setenv("HGECIRCUIT_NGSPICE", fake)
    assert Ngspice().program == fake
    assert Ngspice().version == "44.2"
    other = write_program(tmp_path / "other", "echo '** ngspice-39 : Circuit level'")
    assert Ngspice(other).version == "39"
    monkeypatch.setenv("HGECIRCUIT_NGSPICE", "no-such-ngspice")
    with pytest.raises(MissingToolError, match="no-such-ngspice"):
        Ngspice()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("echo '** ngspice-38 : Circuit level'", "is ngspice 38, too old: 39 or newer"),
        ("echo 'something else'", "does not say that it is ngspice"),
    ],
)
def test_wrong_programs_are_refused(tmp_path, text, told):
    with pytest.raises(MissingToolError, match=told):
        Ngspice(write_program(tmp_path / "wrong", text))


def test_a_program_that_does_not_run_is_refused(tmp_path):
    path = tmp_path / "broken"
    path.write_bytes(b"\0\1\2")
    path.chmod(0o755)
    with pytest.raises(MissingToolError, match="does not run"):
        Ngspice(str(path))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"deck": "* t\nv1 a 0 1\n.control\n.endc\n.op\n.end\n"}, "runs commands"),
        ({"name": "../deck"}, "not a file name"),
        ({"traces": ["v(zz)"]}, "not saved"),
        ({"traces": {"sum": "v(a)+1"}}, "not saved"),
        ({"stop_s": 2e-3}, r"ends at 0\.001 s"),
        ({"deck": "* t\nv1 a 0 1\n.op\n.save v(a)\n.end\n", "stop_s": 1.0}, "no end time"),
    ],
)
def test_nothing_is_written_or_run_after_bad_input(fake, tmp_path, options, told):
    deck = "* t\nv1 a 0 1\nr1 a 0 1\n.tran 1e-6 1e-3\n.save v(a)\n.end\n"
    folder = tmp_path / "folder"
    arguments = {"deck": deck, "traces": ["v(a)"], **options}
    with pytest.raises(InputError, match=told):
        Ngspice(fake).run(folder=folder, **arguments)
    assert not folder.exists()


def test_traces_as_one_text_is_a_mistake(fake, tmp_path):
    with pytest.raises(TypeError):
        Ngspice(fake).run("* t\nv1 a 0 1\n.op\n.end\n", tmp_path, traces="v(a)")


def test_remaining_time():
    assert Progress(0.0, 1.0).remaining_s is None
    assert Progress(0.25, 3.0).remaining_s == 9.0
    assert Progress(1.0, 3.0).remaining_s == 0.0
