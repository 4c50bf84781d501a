"""Reading of `models.toml`: checked entries, and errors that name the file, the entry and the key."""

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tui.chat.sampling import out_of_range
from tui.errors import UserError
from tui.models.catalogue.spec import ModelSpec, SamplingValues, Wheel
from tui.models.download.safe_names import file_problem, repo_problem

Entry = dict[str, Any]

_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PACKAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.!+]*")
_QUANT = re.compile(r"(?:^|[._-])((?:IQ|TQ|Q)\d\w*|MXFP4\w*|NVFP4|BF16|F16|F32)(?=$|[._-])", re.IGNORECASE)
_KEYS_OF_ONE_FILE = ("size", "sha256", "revision", "quant", "wheels")
"""Keys that describe one file: an override that names another file drops them."""


class CatalogueError(UserError):
    """A model or the catalogue cannot be used; the message is one sentence with the next step, foreign parts raw."""


def read_entries(file: Path, *, missing_ok: bool = False) -> dict[str, Entry]:
    """Return the entries of one `models.toml` by id, with checked keys and unchecked values; raise CatalogueError."""
    try:
        document = msgspec.toml.decode(file.read_bytes())
    except OSError as error:
        if missing_ok and isinstance(error, FileNotFoundError):
            return {}
        raise CatalogueError(f"{file} cannot be read ({error.strerror}); check that it exists and is yours.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CatalogueError(f"{file} is not valid TOML: {error}. Correct that line.") from error
    for key in document:
        _check_key(key, ("model",), str(file))
    listed = document.get("model", [])
    if not isinstance(listed, list):
        raise CatalogueError(f"{file}: 'model' is not a list; begin each entry with [[model]].")
    entries: dict[str, Entry] = {}
    for number, entry in enumerate(listed, start=1):
        identity = _identity(file, number, entry)
        if identity in entries:
            raise CatalogueError(f"{file}, entry {number}: the id {identity!r} is used twice; choose another.")
        entries[identity] = entry
    return entries


def merged(shipped: Entry, own: Entry) -> Entry:
    """Return the shipped entry with the user's keys over it, each replaced as a whole."""
    another = any(own.get(key, shipped.get(key)) != shipped.get(key) for key in ("repo", "file", "path"))
    kept = {key: value for key, value in shipped.items() if not (another and key in _KEYS_OF_ONE_FILE)}
    return {**kept, **own}


def to_spec(file: Path, entry: Entry) -> ModelSpec:
    """Return the model that an entry of `file` describes; raise CatalogueError."""
    where = f"{file}, entry {entry['id']!r}"
    try:
        spec = msgspec.convert(_completed(file, entry), ModelSpec, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise CatalogueError(f"{where}: {_sentence(error)}; correct it.") from error
    problem = next(_problems(spec), None)
    if problem is not None:
        raise CatalogueError(f"{where}: {problem}; correct it.")
    return spec


def quant_in(file: str) -> str:
    """Return the quant in a file's name, or ""."""
    found = _QUANT.findall(file.removesuffix(".gguf"))
    return str(found[-1]).upper() if found else ""


def _identity(file: Path, number: int, entry: object) -> str:
    """Return the entry's id after a check of its keys; raise CatalogueError."""
    where = f"{file}, entry {number}"
    if not isinstance(entry, dict):
        raise CatalogueError(f"{where}: it is not a table; begin it with [[model]].")
    identity = entry.get("id")
    if isinstance(identity, str):
        where = f"{file}, entry {identity!r}"
    _check_keys(entry, ModelSpec, where)
    for key, kind in (("sampling", SamplingValues), ("sampling_thinking", SamplingValues)):
        _check_keys(entry.get(key), kind, f"{where}, {key}")
    for wheel in entry.get("wheels", []) if isinstance(entry.get("wheels"), list) else []:
        _check_keys(wheel, Wheel, f"{where}, wheels")
    if identity is None:
        raise CatalogueError(f"{where}: it has no id; add one, such as id = 'my-model'.")
    if not isinstance(identity, str) or not _ID.fullmatch(identity):
        raise CatalogueError(f"{where}: an id has lower-case letters, digits, dots and dashes only, at most 64.")
    return identity


def _check_keys(table: object, kind: type[msgspec.Struct], where: str) -> None:
    for key in table if isinstance(table, dict) else ():
        _check_key(key, kind.__struct_fields__, where)


def _check_key(key: str, known: Sequence[str], where: str) -> None:
    if key in known:
        return
    near = difflib.get_close_matches(key.lower(), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
    raise CatalogueError(f"{where}: unknown key {key!r}; {hint}")


def _completed(file: Path, entry: Entry) -> Entry:
    """Return the entry with the keys that follow from others: a name, the file of a path, the quant."""
    entry = {"name": entry["id"], **entry}
    if isinstance(entry.get("path"), str):
        path = file.parent / Path(entry["path"]).expanduser()
        entry |= {"path": str(path), "file": path.name}
    if isinstance(entry.get("file"), str) and "quant" not in entry:
        entry["quant"] = quant_in(entry["file"])
    return entry


def _path(_kind: type, value: object) -> Path:
    """Convert a string to a path, the only type of the entries that TOML does not know."""
    if not isinstance(value, str):
        raise TypeError("Expected `str`")
    return Path(value)


def _sentence(error: msgspec.ValidationError) -> str:
    """Return msgspec's error with the key in front."""
    reason, _, place = str(error).partition(" - at `$.")
    missing = re.fullmatch(r"Object missing required field `(\w+)`", reason)
    key = place.rstrip("`")
    if missing:
        return f"it needs the key {missing[1]!r}{f' in {key}' if key else ''}"
    return f"key {key!r}: {reason[:1].lower()}{reason[1:].replace(' | null', '')}"


def _problems(spec: ModelSpec) -> Iterator[str]:
    """Yield clauses on values that are wrong although their types are right."""
    if spec.path is None:
        if spec.repo is None:
            yield "it has neither repo nor path"
        else:
            yield from filter(None, (repo_problem(spec.repo), file_problem(spec.file)))
    for key, pattern, what in (("sha256", _SHA256, "64"), ("revision", _COMMIT, "40")):
        value = getattr(spec, key)
        if value is not None and not pattern.fullmatch(value):
            yield f"{key} is not {what} hex digits in lower case"
    for key in ("size", "context"):
        value = getattr(spec, key)
        if value is not None and value <= 0:
            yield f"{key} is {value}, which is not above 0"
    if spec.system_role not in {"yes", "avoid"}:
        yield f"system_role is {spec.system_role!r}, neither 'yes' nor 'avoid'"
    if (spec.think_open is None) != (spec.think_close is None):
        yield "think_open and think_close do not come together"
    for values in (spec.sampling, spec.sampling_thinking):
        yield from filter(None, (out_of_range(name, value) for name, value in values.given().items()))
    yield from _wheel_problems(spec)


def _wheel_problems(spec: ModelSpec) -> Iterator[str]:
    if spec.wheels and (spec.sha256 is None or spec.size is None):
        yield "it has wheels without a sha256 and a size"
    for wheel in spec.wheels:
        if not _PACKAGE.fullmatch(wheel.package) or not _VERSION.fullmatch(wheel.version):
            yield f"{wheel.package}=={wheel.version} names no package"
