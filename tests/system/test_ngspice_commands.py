"""No deck that a user hands in runs a command, although ngspice would."""

import contextlib
import string

import pytest
from ngspice_tools import has_known_traps, last, run_bare

from hgecircuit.errors import InputError
from hgecircuit.run.engines.deck_check import check_deck
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice

TOUCH = "shell touch ran-a-command"
COMMANDS = {
    ".control": f"* t\nv1 a 0 1\n.op\n.control\n{TOUCH}\n.endc\n.end\n",
    "comment with #": f"* t\nv1 a 0 1\n*# {TOUCH}\n.op\n.end\n",
    "indented comment with #": f"* t\nv1 a 0 1\n  *# {TOUCH}\n.op\n.end\n",
    "script": f"*ng_script\n{TOUCH}\n.end\n",
    "behind .end": f"* t\nv1 a 0 1\n.op\n.end\n*# {TOUCH}\n",
    **{
        f"leading {sign}": f"* t\n{sign}# {TOUCH}\nv1 a 0 1\n.op\n.end\n"
        for sign in '=[]?()&%$"!:,;'
    },
}


@pytest.mark.parametrize("case", COMMANDS)
def test_no_deck_runs_commands(case, tmp_path):
    deck = COMMANDS[case]
    run_bare(deck, tmp_path)
    if has_known_traps():
        assert (tmp_path / "ran-a-command").exists()
    (tmp_path / "ran-a-command").unlink(missing_ok=True)
    with pytest.raises(InputError):
        Ngspice().run(deck, tmp_path, traces=["v(a)"])
    assert not (tmp_path / "ran-a-command").exists()


def test_what_the_check_lets_through_runs_no_command(tmp_path):
    """Every sign in every place where it could turn text into a command."""
    forms = (
        "{0}# {1}",
        "*{0}# {1}",
        "* {0}# {1}",
        "**{0}# {1}",
        "+{0}# {1}",
        "r{2} a 0 1 {0}# {1}",
    )
    head, tail = "* t\nv1 a 0 1\n", ".op\n.save v(a)\n.end\n"
    passed = []
    for number, sign in enumerate(string.punctuation + " \t"):
        for form in forms:
            line = form.format(sign, TOUCH, number)
            with contextlib.suppress(InputError):
                check_deck(f"{head}{line}\n{tail}")
                passed.append(line)
    comments = [line for line in passed if line.lstrip().startswith("*")]
    others = [line for line in passed if line not in comments]
    assert len(comments) > 90
    assert len(others) > 10
    # what ngspice can't parse stops it before it could run a command, so those go one by one
    for lines in (comments, *([line] for line in others)):
        run_bare(head + "".join(f"{line}\n" for line in lines) + tail, tmp_path)
        assert not (tmp_path / "ran-a-command").exists(), lines
    plot = run_bare(head + "".join(f"{line}\n" for line in comments) + tail, tmp_path)[1]
    assert last(plot, "v(a)") == 1.0
