import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hgecircuit.errors import InputError
from hgecircuit.run.engines.deck_check import check_deck, normalise_vector

GOOD = """* a deck with one of everything that is allowed
* a comment with any sign: é µ $ ; // " #
.param rr=1e3 cc={1e-9*2}
.func twice(x) {2*x}
.model md d(is=1e-15 n=1.1)
.model sw1 sw(vt=0.5 vh=0 ron=1 roff=1e9)
.subckt half in out gain=0.5
.param local={gain*2}
r1 in m {1k*local}
e1 out 0 vol='gain*v(in)'
r2 m 0 1meg
.ends half

vin a 0 dc 0 ac 1 sin(0 1 400 0 0 90)  ; an inline comment
v2 p 0 pwl(0 0 1e-3 1
* a comment between continuation lines
+ 2m 0 3m 1)
ibias 0 a 10nA
x1 a b half gain = 0.25 m=2
x2 a c half
b1 d 0 v=tanh(v(a)) + max(v(b), 0) - i(vin)*1e3
e2 e 0 a b 2.5
g1 0 f a 0 1u
h1 h 0 vin 1e3
c1 f 0 100nF ic=0
l1 f 0 1mH ic=0
l2 h 0 1mH
k1 l1 l2 0.99
r3 e 0 r={rr}
r4 h 0 4.7k
s1 d 0 a 0 sw1 off
d1 d 0 md
r9 p 0 10kohm
.global vdd
.temp 27
.options reltol=1e-4 abstol=1e-15 method=gear noinit
.option trtol=7
.ic v(f)=0.5 v(h)=-1m
.nodeset v(a)=0
.save v(b) a vin#branch i(vin) v(x1.m) @d1[id]
.print tran v(b)
.tran 1us 2m 0 {5*1e-6} uic

.end
"""


def make_deck(lines: str, tran: str = ".tran 1e-6 1e-3 uic") -> str:
    return f"* deck\nv1 a 0 sin(0 1 1e3)\nr1 a b 1e3\nc1 b 0 1e-6 ic=0\n{lines}\n{tran}\n.end\n"


def test_everything_allowed_passes():
    facts = check_deck(GOOD)
    assert facts.analysis == ".tran"
    assert facts.stop_s == 2e-3
    assert facts.options == {
        "reltol": "1e-4", "abstol": "1e-15", "method": "gear", "noinit": "", "trtol": "7",
    }  # fmt: skip
    assert facts.saved == {"v(b)", "v(a)", "i(vin)", "v(x1.m)", "@d1[id]"}


def test_windows_line_ends_pass():
    assert check_deck(GOOD.replace("\n", "\r\n")) == check_deck(GOOD)


def test_a_deck_without_save_saves_all():
    assert check_deck(make_deck("")).saved is None
    assert check_deck(make_deck(".save all v(b)")).saved is None


@pytest.mark.parametrize(
    ("analysis", "stop_s"),
    [
        (".ac dec 10 1 1meg", None),
        (".dc v1 0 1 0.1", None),
        (".op", None),
        (".tran 1e-6 {stop} uic", None),
        (".tran 1e-6 5ms uic", 5e-3),
    ],
)
def test_analyses(analysis, stop_s):
    facts = check_deck(make_deck(".param stop=1", analysis))
    assert facts.analysis == analysis.split()[0]
    assert facts.stop_s == stop_s


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        # commands and files
        (".control\nshell ls\n.endc", "runs commands"),
        (".CONTROL\nquit\n.endc", "runs commands"),
        ("*# shell ls", "runs such a comment"),
        ("  *#shell ls", "runs such a comment"),
        (";# shell ls", "can run commands"),
        ('"# shell ls', "can run commands"),
        ("?# shell ls", "can run commands"),
        ("# shell ls", "can run commands"),
        ("\\", "can run commands"),
        ("é1 a 0 1", "can run commands"),
        (".include /etc/passwd", "read other files"),
        (".inc x.cir", "read other files"),
        (".lib ../models.lib tt", "read other files"),
        (".csparam x=1", "runs commands"),
        ("a1 [b] c filesource1", "A elements are refused|not safe"),
        ("a1 b c proc", "A elements are refused"),
        (".model proc d_process(process_file=x)", "kind of model is refused"),
        (".model fs filesource(file=x)", "kind of model is refused"),
        ("v2 c 0 pwl(file=x)", "file is not allowed in a source"),
        ("v2 c 0 external", "external is not allowed"),
        ('v2 c 0 pwl("x")', "not safe outside a comment"),
        ("r2 a 0 `ls`", "not safe outside a comment"),
        ("r2 a 0 1 $ comment", "not safe outside a comment"),
        ("r2 a 0 1 // comment", "not safe outside a comment"),
        ("r2 a 0 1 \\", "not safe outside a comment"),
        ("r2 a 0 µ", "not safe outside a comment"),
        ("r2 a 0 1\x0c.control", "control character"),
        ("r2 a 0 1\r.control", "control character"),
        ("r2 a 0 1\0", "control character"),
        (".print tran v(b) > file", "only names of vectors"),
        (".plot tran b | sh", "only names of vectors"),
        (".print v(b)", "no analysis to print"),
        (".if (1)", "not on the list"),
        (".step param x 1 2 1", "not on the list"),
        # numbers
        ("r2 a 0 1M", "1M is ambiguous"),
        ("r2 a 0 {1M*2}", "1M is ambiguous"),
        ("v2 c 0 sin(0 1 1M)", "1M is ambiguous"),
        ("c2 a 0 1F", "1F is ambiguous"),
        ("i2 a 0 2A", "2A is ambiguous"),
        ("r2 a 0 4k7", "4k7 is ambiguous"),
        ("r2 a 0 1mil", "1mil is ambiguous"),
        ("r2 a 0 1e", "1e is ambiguous"),
        ("r2 a 0 0x10", "0x10 is ambiguous"),
        (".param x=5M", "5M is ambiguous"),
        (".ic v(b)=1M", "1M is ambiguous"),
        (".options rshunt=1M", "1M is ambiguous|unknown"),
        ("x1 a 0 s rr=1M\n.subckt s p q rr=1\nr1 p q {rr}\n.ends", "1M is ambiguous"),
        ("b2 c 0 v=1M*v(1M)", "1M is ambiguous"),
        # silent misreadings
        ("b2 c 0 v=v(a)^3", "absolute value"),
        ("b2 c 0 v=v(a)**3", "absolute value"),
        ("b2 c 0 v=pow(v(a),3)", "absolute value"),
        ("b2 c 0 v=limit(v(a),-1,1)", "absolute value"),
        ("v2 c 0 trnoise(1 1e-6 0 0)", "random numbers"),
        ("v2 c 0 trrandom(2 1e-5 0 1)", "random numbers"),
        (".param x={agauss(1,0.1,1)}", "random numbers"),
        ("r2 a 0 0", "0 ohm"),
        ("r2 a 0 r=0.0k", "0 ohm"),
        (".param q=0\nr2 a 0 {q}", "0 ohm"),
        ("x1 a 0 s q=0\n.subckt s m n q=1\nr1 m n 'q'\n.ends", "0 ohm"),
        ("r1 a 0 5", "element r1 is defined twice"),
        ("R1 a 0 5", "element r1 is defined twice"),
        (".param x=1\n.param X=2", "parameter x is defined twice"),
        (".param x=1 x=2", "x is set twice"),
        (".model m d(is=1)\n.model M d(is=2)", "model m is defined twice"),
        (".subckt s p q\nr1 p q 1\n.ends\n.subckt S p q\nr1 p q 2\n.ends", "s is defined twice"),
        (".func f(x) {x}\n.func f(x) {2*x}", "function f is defined twice"),
        ("x1 a 0 s foo=1\n.subckt s p q\nr1 p q 1\n.ends", "s has no parameter foo"),
        ("x1 a 0 b s\n.subckt s p q\nr1 p q 1\n.ends", "3 nodes for the ports of s"),
        ("x1 a 0 nosuch", "no subcircuit is named nosuch"),
        ("x1", "no subcircuit is named"),
        (".subckt s p q\nr1 p q 1", "subcircuit s is not closed|belongs to the top level"),
        (".subckt s p q\nr1 p q 1\n.ends t", "closes nothing"),
        (".ends", "closes nothing"),
        (".subckt", "without a name"),
        (".subckt s p q\n.tran 1 2\n.ends", "belongs to the top level"),
        (".param x = 2 * 3", "not a list of assignments"),
        (".options reltoll=1e-3", "reltoll=1e-3: unknown"),
        (".options interp", "interp: unknown"),
        (".options autostop", "autostop: unknown"),
        (".options reltol", "without a number"),
        (".options reltol=high", "without a number"),
        (".options method=euler", "method=euler"),
        (".options reltol=1e-3\n.options reltol=1e-4", "reltol is set twice"),
        (".meas tran x max v(a)", "nothing when a raw file"),
        (".measure tran x max v(a)", "nothing when a raw file"),
        (".ac dec 10 1 100", "a second analysis"),
        (".save v(a,b)", "can't be saved"),
        ("r2 a", "is missing"),
        ("y1 a 0 1", "Y elements are refused"),
        (".end\nr2 a 0 1", "would read on behind .end"),
    ],
)  # fmt: skip
def test_refused_with_its_line(lines, told):
    deck = make_deck(lines)
    with pytest.raises(InputError, match=told) as caught:
        check_deck(deck, "my.cir")
    assert caught.value.file == "my.cir"
    assert caught.value.key is not None
    assert caught.value.key.startswith("line ")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "lines",
    [
        "r2 a 1M 1",
        "d1 a 0 1N4148\n.model 1N4148 d(is=1e-15)",
        ".save v(1M)\nr2 1M 0 5",
        "v2 c 0 5V\nr2 c 0 5ohm",
        "c2 a 0 1fF ic=0",
        "c2 a 0 1mF ic=0",
        "i2 a 0 1mA",
        ".model m d(is=1)\n.subckt s p q\n.model m d(is=2)\nd1 p q m\nd2 p q m\n.ends",
    ],
)
def test_look_alikes_pass(lines):
    check_deck(make_deck(lines))


@pytest.mark.parametrize(
    ("deck", "told"),
    [
        ("v1 a 0 1\nr1 a 0 1\n.op\n.end\n", "first line as the title"),
        ("", "first line as the title"),
        ("*ng_script\nshell ls\n.end\n", "first line as the title"),
        ("*NG_SCRIPT_WITH_PARAMS\n.end\n", "first line as the title"),
        ("*#shell ls\n.end\n", "runs such a comment"),
        ("* t\n+ r1 a 0 1\n.op\n.end\n", "nothing before this line"),
        ("* t\nv1 a 0 1\n.op\n", "does not end"),
        ("* t\nv1 a 0 1\n.end\n", "no analysis"),
        ("* t\nv1 a 0 1\n.tran 1e-3\n.end\n", "numbers are missing"),
    ],
)
def test_form_of_the_whole_deck(deck, told):
    with pytest.raises(InputError, match=told):
        check_deck(deck)


@pytest.mark.parametrize("element", ["c2 b 0 1e-6 ic=1", "l2 b 0 1e-3 IC = 1"])
def test_initial_value_needs_uic(element):
    deck = f"* t\nv1 b 0 1\n{element}\n.tran 1e-6 1e-3{{}}\n.end\n"
    check_deck(deck.format(" uic"))
    with pytest.raises(InputError, match="ngspice ignores ic="):
        check_deck(deck.format(""))


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("V(A)", "v(a)"),
        ("a", "v(a)"),
        ("v1#branch", "i(v1)"),
        ("I(V1)", "i(v1)"),
        ("v(x1.m)", "v(x1.m)"),
        ("i(v.x1.v2)", "i(v.x1.v2)"),
        ("@r1[i]", "@r1[i]"),
        ("i(@r1[i])", "@r1[i]"),
        ("v(a,b)", None),
        ("v(a)-v(b)", None),
        ("> file", None),
        ("", None),
    ],
)
def test_vector_names(name, normal):
    assert normalise_vector(name) == normal


WORDS = [*GOOD.split(), "", "=", "(", ")", "{", "}", "'", "+", ".", "*", ";", "#", "0", "1M", "\n"]


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=6), max_size=8), st.text())
def test_whatever_the_text_the_answer_is_facts_or_an_input_error(lines, text):
    scrambled = "\n".join(" ".join(words) for words in lines)
    for deck in (text, f"* t\n{text}\n.op\n.end\n", f"* t\n{scrambled}\n.end\n"):
        with contextlib.suppress(InputError):
            assert check_deck(deck).analysis in (".tran", ".ac", ".dc", ".op")


def test_a_deck_of_thousands_of_lines_is_checked_quickly():
    import time

    pairs = " ".join(f"{n}e-6 {n % 7}e-3" for n in range(20_000))
    neurons = "\n".join(f"g{n} 0 n{n % 50} a 0 1e-3\nr{n}x n{n % 50} 0 1" for n in range(5_000))
    deck = make_deck(f"v2 c 0 pwl({pairs})\n{neurons}")
    start = time.perf_counter()
    check_deck(deck)
    # 10,000 elements and 40,000 numbers take 0.4 s; quadratic work would take minutes
    assert time.perf_counter() - start < 5
