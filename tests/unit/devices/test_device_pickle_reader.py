import collections
import io
import pickle

import pytest

from hgecircuit.devices.pickle_reader import Made, Persistent, read_pickle
from hgecircuit.errors import InputError


def read(content):
    return read_pickle(io.BytesIO(content), "x.pt")


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_comes_back(protocol):
    shared = [1, 2]
    data = {
        "text": "änderung\n",
        "numbers": [0, -1, 255, 70_000, -(2**40), 2**80, 1.5e-300, float("inf")],
        "nested": (
            {"a": (1,), "b": (1, 2), "c": (1, 2, 3), "d": (1, 2, 3, 4)},
            [None, True, False],
        ),
        "bytes": b"\x00\xff",
        "empty": ((), [], {}),
        "same": [shared, shared],
    }
    if protocol < 3:
        del data["bytes"]  # a call of _codecs.encode in these protocols, see below
    assert read(pickle.dumps(data, protocol)) == data


def test_bytes_of_old_protocols_become_a_note():
    note = read(pickle.dumps(b"\x00\xff", 2))
    assert isinstance(note, Made)
    assert (note.name, note.args) == ("_codecs.encode", ("\x00\xff", "latin1"))


def test_sets_of_plain_values():
    assert read(pickle.dumps({1, "a"}, 4)) == {1, "a"}
    assert read(pickle.dumps(frozenset({2}), 4)) == {2}


def test_an_ordered_dict_with_attributes_becomes_a_dict():
    ordered = collections.OrderedDict([("b", 1), ("a", 2)])
    ordered._metadata = {"version": 1}
    for protocol in range(2, 6):
        assert list(read(pickle.dumps(ordered, protocol)).items()) == [("b", 1), ("a", 2)]


def test_what_lies_outside_the_pickle_becomes_a_note():
    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            return ("storage", 7) if obj == "tensor" else None

    stream = io.BytesIO()
    Pickler(stream, 2).dump(["tensor"])
    (note,) = read(stream.getvalue())
    assert isinstance(note, Persistent)
    assert note.key == ("storage", 7)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"cos\nsystem\n(S'true'\ntR.", r"os\.system"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", r"builtins\.eval"),
        (b"c__builtin__\nexec\n.", "exec"),
        (b"(S'true'\nios\nsystem\n.", "INST"),
        (b"(cos\nsystem\nS'true'\no.", r"os\.system"),
        (b"\x82\x01.", "EXT1"),
        (b"ctorch\nload\n(S'x'\ntR.", r"torch\.load"),
        (b"cnumpy\nload\n.", r"numpy\.load"),
        (b"ctorch.storage\n_load_from_bytes\n.", "_load_from_bytes"),
        (b"c_codecs\ndecode\n.", r"_codecs\.decode"),
        (b"ccollections\nOrderedDict.__init__\n.", "__init__"),
        (b"S'x'\n(tR.", "not a global"),
        (b"S'x'\n(db.", "state"),
    ],
)
def test_anything_else_is_refused_by_name(content, named):
    with pytest.raises(InputError, match=named):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b".",
        b"t.",
        b"\x80\x02",
        b"R.",
        b"K\x01K\x02s.",
        b"(K\x01d.",
        b"h\x05.",
        b"\x85.",
        b"K\x01e.",
        b"}K\x01s.",
        b"]}K\x01s.",
        b"X\xff\xff\xff\x7fa.",
        b"garbage",
        b"\x00" * 100,
    ],
)
def test_damaged_pickles_are_input_errors(content):
    with pytest.raises(InputError):
        read(content)


def test_deep_nesting_is_not_hashed():
    # as a dictionary's key this would crash the interpreter
    with pytest.raises(InputError, match="key"):
        read(b"}" + b")" + b"\x85" * 200_000 + b"K\x01s.")


def test_reading_stops_behind_the_pickle():
    stream = io.BytesIO(pickle.dumps(1, 2) + pickle.dumps("b", 2) + b"rest")
    assert [read_pickle(stream, "x"), read_pickle(stream, "x")] == [1, "b"]
    assert stream.read() == b"rest"
