"""Reads the arrays and plain data in a ``torch.save`` file, without torch and without unpickling.

Two layouts (torch/serialization.py): up to version 1.5 a sequence of pickles (magic number,
protocol version, system information, the object, the storages' keys) followed by the storages,
each as a count of elements and its bytes; since version 1.6 a zip archive with ``data.pkl``,
``byteorder`` and one file per storage under ``data/``.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.devices.pickle_reader import Global, Made, Persistent, read_pickle
from hgecircuit.errors import InputError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
LARGEST_BYTES = 64_000_000
_LARGEST_VALUES = 4_000_000
_LONGEST_LIST = 10_000
_STORAGE_TYPES = {
    "torch.DoubleStorage": "f8",
    "torch.FloatStorage": "f4",
    "torch.HalfStorage": "f2",
    "torch.BFloat16Storage": "u2",
    "torch.LongStorage": "i8",
    "torch.IntStorage": "i4",
    "torch.ShortStorage": "i2",
    "torch.CharStorage": "i1",
    "torch.ByteStorage": "u1",
    "torch.BoolStorage": "u1",
}
_NUMPY_TYPE = re.compile(r"[fiub][1248]")
_Storage = Callable[[str, str], np.ndarray]
# What zipfile raises for damaged archives of any kind; RuntimeError is an encrypted member.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    KeyError,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    OverflowError,
)


class TorchFile:
    """The object in a file, and its arrays on demand.

    Attributes:
        file: Path of the file, for error messages.
        data: The saved object, with notes where arrays are; see :meth:`array`.
    """

    def __init__(self, file: str, data: Any, storage: _Storage) -> None:
        self.file = file
        self.data = data
        self._storage = storage

    def array(self, value: object, key: str) -> np.ndarray:
        """A tensor, a numpy array or scalar, or plain numbers, as an array of float64.

        Args:
            value: Something found in :attr:`data`.
            key: Its name, for error messages.
        """
        try:
            array = self._array(value)
            if array.size > _LARGEST_VALUES:
                raise ValueError(f"{array.size} values")
            return np.array(array, dtype=float)
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise InputError(f"not an array: {error}", file=self.file, key=key) from error

    def _array(self, value: object, depth: int = 0) -> np.ndarray:
        if isinstance(value, list | tuple):
            # one list may stand in a pickle many times over, so nesting could multiply its size
            if depth > 1 or len(value) > _LONGEST_LIST:
                raise ValueError("a list that is too long or nested too deeply")
            return np.array([self._array(item, depth + 1) for item in value], dtype=float)
        if isinstance(value, bool | int | float):
            return np.array(value, dtype=float)
        if not isinstance(value, Made):
            raise ValueError(f"a {type(value).__name__}")
        if value.name == "torch._utils._rebuild_parameter":
            return self._array(value.args[0], depth)
        if value.name.startswith("torch._utils._rebuild_tensor"):
            return self._tensor(*value.args[:4])
        if value.name.endswith("._reconstruct"):
            _, shape, kind, fortran, raw = value.state
            return _numpy_array(shape, kind, fortran, raw)
        if value.name.endswith(".scalar"):
            return _numpy_array((), value.args[0], False, value.args[1])
        raise ValueError(f"a {value.name}")

    def _tensor(self, where: Any, offset: Any, shape: Any, strides: Any) -> np.ndarray:
        if not isinstance(where, Persistent):
            raise ValueError("a tensor without a storage")
        kind, key, count = where.key[1], where.key[2], where.key[4]
        values = self._storage(str(key), _storage_name(kind))
        if kind.name == "torch.BFloat16Storage":
            values = (values.astype("<u4") << 16).view("<f4")
        shape, strides, offset = _whole(shape), _whole(strides), int(offset)
        if offset < 0 or len(shape) != len(strides) or len(values) != int(count):
            raise ValueError("a tensor that doesn't fit its storage")
        if math.prod(shape) > _LARGEST_VALUES:
            raise ValueError(f"{math.prod(shape)} values")
        last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
        if math.prod(shape) and last >= len(values):
            raise ValueError("a tensor that reaches past its storage")
        return np.lib.stride_tricks.as_strided(
            values[offset:], shape, [step * values.itemsize for step in strides], writeable=False
        )


def read_torch_file(path: str | Path) -> TorchFile:
    """Open a ``.pt`` file of either layout.

    Raises:
        InputError: Not such a file, damaged, too large, or a pickle that names something which is
            not data.
    """
    file = str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(f"can't read: {error.strerror}", file=file) from error
    if len(content) > LARGEST_BYTES:
        raise InputError("a device model file is at most 64 MB", file=file)
    if content[:4] == b"PK\x03\x04":
        return _read_zip(file, content)
    return _read_legacy(file, content)


def plain_text(value: object) -> str | None:
    """Text, or numpy's text scalar; None if it is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, Made) and value.name.endswith("._reconstruct"):
        try:
            _, _, kind, _, raw = value.state
            order = kind.state[1] if kind.state else "<"
            if str(kind.args[0])[0] != "U":
                return None
            return _raw_bytes(raw).decode("utf-32-be" if order == ">" else "utf-32-le").strip("\0")
        except (ValueError, TypeError, IndexError, AttributeError):
            return None
    return None


def _read_zip(file: str, content: bytes) -> TorchFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = {name.split("/", 1)[-1]: name for name in archive.namelist()}
        data = read_pickle(io.BytesIO(_member(archive, names["data.pkl"])), file)
        order = b"little"
        if "byteorder" in names:
            order = _member(archive, names["byteorder"]).strip()
    except ZIP_ERRORS as error:
        raise InputError(
            f"not a torch file: {error}", file=file, expected="a zip with data.pkl"
        ) from error
    mark = ">" if order == b"big" else "<"

    def storage(key: str, kind: str) -> np.ndarray:
        try:
            raw = _member(archive, names[f"data/{key}"])
        except ZIP_ERRORS as error:
            raise ValueError(f"storage {key} is damaged or missing: {error}") from error
        return np.frombuffer(raw, mark + kind)

    return TorchFile(file, data, storage)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One member's bytes; torch stores them uncompressed, so none is larger than the file."""
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} is compressed")
    return archive.read(info)


def _read_legacy(file: str, content: bytes) -> TorchFile:
    stream = io.BytesIO(content)
    try:
        known = read_pickle(stream, file) == _MAGIC and read_pickle(stream, file) == _PROTOCOL
    except InputError as error:
        if "names" in error.problem:
            raise
        known = False
    if not known:
        raise InputError("not a torch file", file=file, expected="a file made by torch.save")
    system, data = read_pickle(stream, file), read_pickle(stream, file)
    keys = read_pickle(stream, file)
    if not isinstance(keys, list) or not isinstance(system, Mapping):
        raise InputError("not a torch file", file=file, expected="a list of storages")
    if system.get("little_endian") is False:
        raise InputError("written on a big-endian machine: save it again on another", file=file)
    return TorchFile(file, data, _legacy_storages(file, content, stream.tell(), keys, data))


def _legacy_storages(file: str, content: bytes, start: int, keys: list[Any], data: Any) -> _Storage:
    kinds = _storage_kinds(data)
    found: dict[str, np.ndarray] = {}
    for key in keys:
        kind = kinds.get(str(key))
        count = int.from_bytes(content[start : start + 8], "little")
        start += 8
        size = count * np.dtype(kind or "u1").itemsize
        if kind is None or start + size > len(content):
            raise InputError("the file is cut off or damaged", file=file, key=f"storage {key}")
        found[str(key)] = np.frombuffer(content, "<" + kind, count, start)
        start += size
    return lambda key, kind: found[key]


def _storage_kinds(data: Any) -> dict[str, str]:
    """Element type of every storage that ``data`` refers to."""
    kinds: dict[str, str] = {}
    pending, seen = [data], set()
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Mapping):
            pending.extend(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            pending.extend(value)
        elif isinstance(value, Made):
            pending.extend((value.args, value.state))
        elif isinstance(value, Persistent):
            reference = value.key
            if isinstance(reference, tuple) and len(reference) >= 5:
                try:
                    kinds[str(reference[2])] = _storage_name(reference[1])
                except ValueError:
                    continue
    return kinds


def _storage_name(kind: object) -> str:
    if not isinstance(kind, Global) or kind.name not in _STORAGE_TYPES:
        raise ValueError(f"an unknown storage {kind!r}")
    return _STORAGE_TYPES[kind.name]


def _numpy_array(shape: Any, kind: Any, fortran: Any, raw: Any) -> np.ndarray:
    code = str(kind.args[0])
    if not _NUMPY_TYPE.fullmatch(code):
        raise ValueError(f"a numpy array of type {code}")
    order = ">" if kind.state is not None and kind.state[1] == ">" else "<"
    flat = np.frombuffer(_raw_bytes(raw), order + code)
    if len(flat) != math.prod(_whole(shape)):
        raise ValueError("a numpy array that doesn't fit its data")
    return flat.reshape(_whole(shape), order="F" if fortran else "C")


def _raw_bytes(raw: Any) -> bytes:
    """Bytes; a pickle of protocol 2 holds them as text with its encoding."""
    if isinstance(raw, Made) and raw.name == "_codecs.encode" and raw.args[1:] == ("latin1",):
        return raw.args[0].encode("latin1")
    if isinstance(raw, bytes):
        return raw
    if isinstance(raw, str):
        return raw.encode("latin1")
    raise ValueError("array data of an unknown kind")


def _whole(numbers: Any) -> tuple[int, ...]:
    values = tuple(int(number) for number in numbers)
    if any(value < 0 for value in values):
        raise ValueError("a negative size")
    return values
