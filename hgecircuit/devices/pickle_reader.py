"""Reads the data in a pickle without ever calling anything that the pickle names.

A pickle is a program; Python's unpickler runs it. Here its opcodes are stepped through and only
build plain containers; a call of a global becomes a :class:`Made` note with the global's name and
arguments, for the caller to interpret. A global that is not on the list is refused by name, even
if nothing would be called.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from hgecircuit.errors import InputError

ORDERED_DICT = "collections.OrderedDict"
_ARRAY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
_STORAGES = ("Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
_DTYPES = (
    *("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"),
    *("bool", "double", "float", "half", "long", "int"),
)
ALLOWED_GLOBALS = frozenset(
    {
        ORDERED_DICT,
        "_codecs.encode",
        "numpy.ndarray",
        "numpy.dtype",
        *(f"{module}.{name}" for module in _ARRAY_MODULES for name in ("_reconstruct", "scalar")),
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch.device",
        "torch.Size",
        *(f"torch.{name}Storage" for name in _STORAGES),
        *(f"torch.{name}" for name in _DTYPES),
    }
)
# Largest pickle read: weights lie outside it in every torch layout, so this is ample for `info`.
_LARGEST_STEPS = 5_000_000


@dataclass(frozen=True, eq=False)
class Global:
    """A name that the pickle refers to; nothing is imported."""

    name: str


@dataclass(frozen=True, eq=False)
class Persistent:
    """A reference to something outside the pickle, such as a tensor's storage."""

    key: Any


@dataclass(eq=False)
class Made:
    """What calling ``name`` with ``args`` would have made, and the state set on it afterwards."""

    name: str
    args: tuple[Any, ...]
    state: Any = None


@dataclass
class _Machine:
    file: str
    stack: list[Any] = field(default_factory=list)
    marks: list[list[Any]] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def pop_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def refuse(self, name: str) -> InputError:
        return InputError(
            f"this pickle names {name}, which is not data, so the file was not loaded",
            file=self.file,
            value=name,
            expected="tensors, numpy arrays, dictionaries, lists, numbers and text only",
        )


def read_pickle(stream: BinaryIO, file: str) -> Any:
    """Read one pickle from ``stream``, leaving it just behind the pickle's end.

    Args:
        stream: Open binary stream.
        file: The file's name, for error messages.

    Returns:
        Dictionaries, lists, tuples, sets, numbers, text, bytes, None, and :class:`Made`,
        :class:`Global` and :class:`Persistent` notes. An ``OrderedDict`` is a dict.

    Raises:
        InputError: A refused global or opcode, or not a pickle.
    """
    machine = _Machine(file)
    try:
        for step, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if step > _LARGEST_STEPS:
                raise InputError("a pickle of this size is not a device", file=file)
            if opcode.name == "STOP":
                return machine.stack.pop()
            _step(machine, opcode.name, argument)
    except InputError:
        raise
    # The stack machine trips over anything malformed in one of these ways.
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
        MemoryError,
    ) as error:
        raise InputError(f"a damaged pickle: {error}", file=file) from error
    raise InputError("a pickle without an end", file=file)


_CONSTANTS = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
_ARGUMENTS = frozenset(
    {
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BYTEARRAY8"),
    }
)


def _step(machine: _Machine, name: str, argument: Any) -> None:
    if name in _CONSTANTS:
        machine.stack.append(_CONSTANTS[name]())
    elif name in _ARGUMENTS:
        machine.stack.append(argument)
    elif name in _ACTIONS:
        _ACTIONS[name](machine, argument)
    elif name not in ("PROTO", "FRAME"):
        raise machine.refuse(f"the instruction {name}")


def _mark(machine: _Machine, argument: Any) -> None:
    machine.marks.append(machine.stack)
    machine.stack = []


def _pop(machine: _Machine, argument: Any) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.pop_mark()


def _pop_mark(machine: _Machine, argument: Any) -> None:
    machine.pop_mark()


def _tuple(count: int) -> Callable[[_Machine, Any], None]:
    def act(machine: _Machine, argument: Any) -> None:
        if len(machine.stack) < count:
            raise IndexError("stack underflow")
        machine.stack[-count:] = [tuple(machine.stack[-count:])]

    return act


def _collect(kind: Callable[[list[Any]], Any]) -> Callable[[_Machine, Any], None]:
    def act(machine: _Machine, argument: Any) -> None:
        items = machine.pop_mark()
        machine.stack.append(kind(items))

    return act


def _pairs(items: list[Any]) -> dict[Any, Any]:
    if len(items) % 2:
        raise ValueError("a dictionary with a key and no value")
    return {_key(key): value for key, value in zip(items[::2], items[1::2], strict=True)}


def _key(value: Any) -> Any:
    # hashing a tuple that is nested a million times deep would crash the interpreter
    if not isinstance(value, str | bytes | int | float | None):
        raise TypeError(f"a {type(value).__name__} as a key")
    return value


def _set_item(machine: _Machine, argument: Any) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _container(machine, dict)[_key(key)] = value


def _append(machine: _Machine, argument: Any) -> None:
    value = machine.stack.pop()
    _container(machine, list).append(value)


def _extend(kind: type, how: Callable[[Any, list[Any]], None]) -> Callable[[_Machine, Any], None]:
    def act(machine: _Machine, argument: Any) -> None:
        items = machine.pop_mark()
        how(_container(machine, kind), items)

    return act


def _container(machine: _Machine, kind: type) -> Any:
    if not isinstance(machine.stack[-1], kind):
        raise TypeError(f"{type(machine.stack[-1]).__name__} where a {kind.__name__} belongs")
    return machine.stack[-1]


def _global(machine: _Machine, argument: Any) -> None:
    _push_global(machine, argument.replace(" ", ".", 1))


def _stack_global(machine: _Machine, argument: Any) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    _push_global(machine, f"{module}.{name}")


def _push_global(machine: _Machine, name: str) -> None:
    if name not in ALLOWED_GLOBALS:
        raise machine.refuse(name)
    machine.stack.append(Global(name))


def _reduce(machine: _Machine, argument: Any) -> None:
    args, called = machine.stack.pop(), machine.stack.pop()
    if not isinstance(called, Global) or not isinstance(args, tuple):
        raise machine.refuse("a call of something that is not a global")
    if called.name == ORDERED_DICT:
        pairs = args[0] if args else []
        machine.stack.append({_key(key): value for key, value in pairs})
    else:
        machine.stack.append(Made(called.name, args))


def _build(machine: _Machine, argument: Any) -> None:
    state = machine.stack.pop()
    if isinstance(machine.stack[-1], Made):
        machine.stack[-1].state = state
    elif not isinstance(machine.stack[-1], dict):
        raise machine.refuse("a state for something that has none")
    # attributes of an OrderedDict, such as a state dictionary's _metadata, are not needed


def _put(machine: _Machine, argument: Any) -> None:
    machine.memo[len(machine.memo) if argument is None else argument] = machine.stack[-1]


def _get(machine: _Machine, argument: Any) -> None:
    machine.stack.append(machine.memo[argument])


_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _mark,
    "POP": _pop,
    "POP_MARK": _pop_mark,
    "DUP": lambda machine, argument: machine.stack.append(machine.stack[-1]),
    "TUPLE": _collect(tuple),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "LIST": _collect(list),
    "DICT": _collect(_pairs),
    "FROZENSET": _collect(lambda items: frozenset(map(_key, items))),
    "APPEND": _append,
    "APPENDS": _extend(list, lambda target, items: target.extend(items)),
    "SETITEM": _set_item,
    "SETITEMS": _extend(dict, lambda target, items: target.update(_pairs(items))),
    "ADDITEMS": _extend(set, lambda target, items: target.update(map(_key, items))),
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "BUILD": _build,
    "BINPERSID": lambda machine, argument: machine.stack.append(Persistent(machine.stack.pop())),
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": _put,
    "GET": _get,
    "BINGET": _get,
    "LONG_BINGET": _get,
}
