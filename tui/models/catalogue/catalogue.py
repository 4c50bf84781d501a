"""Owns which models exist: the shipped catalogue, the user's own, and files named by path or by `hf:`."""

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tui.chat.reasoning import tags_in
from tui.models.catalogue.entries import CatalogueError, merged, quant_in, read_entries, to_spec
from tui.models.catalogue.spec import ModelSpec
from tui.models.download.safe_names import file_problem, repo_problem
from tui.models.gguf import metadata

__all__ = ["Catalogue", "CatalogueError", "UnknownModel", "load"]

_FORMS = "an id from `duochat models`, a path to a .gguf file, or hf:owner/repo/file.gguf"


STARTER_PAIR = ("smollm2-135m", "qwen2.5-coder-0.5b")
"""The two models for a first try: small, and to be had where no hub is in reach."""


class UnknownModel(CatalogueError):  # noqa: N818 - the name says what happened
    """No model goes by the name that the user gave."""

    status = 2


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models that have an id, in the order in which they are shown."""

    models: tuple[ModelSpec, ...]

    def usual_pair(self, latest: tuple[str, str] | None) -> tuple[str, str]:
        """The ids of the `latest` pair as far as both are known still; else the starter pair's."""
        known = {spec.id for spec in self.models}
        return latest if latest and {*latest} <= known else STARTER_PAIR

    def find(self, name: str) -> ModelSpec:
        """The model that the user calls `name`; raises CatalogueError where there is none or its file is unusable."""
        if re.match(r"https?://", name, re.IGNORECASE):
            raise UnknownModel(f"{name} is an endpoint, and endpoints are not supported yet: name {_FORMS}.")
        if name.lower().startswith("hf:"):
            return self._on_hub(name)
        known = next((spec for spec in self.models if spec.id == name.lower()), None)
        if known is not None:
            return known
        if _is_path(name):
            return _on_disk(name)
        raise UnknownModel(f"There is no model {name!r}{self._hint(name)}.")

    def _on_hub(self, name: str) -> ModelSpec:
        owner, _, rest = name[3:].partition("/")
        project, _, file = rest.partition("/")
        repo = f"{owner}/{project}"
        problem = repo_problem(repo) or (file_problem(file) if file else "it names no file")
        if problem is not None:
            raise UnknownModel(f"{problem[:1].upper()}{problem[1:]}. Write hf:owner/repo/file.gguf.")
        listed = next((spec for spec in self.models if (spec.repo, spec.file) == (repo, file)), None)
        if listed is not None:
            return listed
        return ModelSpec(id=name, name=PurePosixPath(file).stem, quant=quant_in(file), repo=repo, file=file)

    def _hint(self, name: str) -> str:
        """The nearest ids, or where all of them are listed."""
        ids = [spec.id for spec in self.models]
        wanted = name.lower()
        near = [each for each in ids if wanted and wanted in each] or difflib.get_close_matches(wanted, ids, cutoff=0.5)
        if not near:
            return f": name {_FORMS}"
        *others, last = near[:4]
        return f": did you mean {', '.join(others)}{' or ' if others else ''}{last}? See `duochat models`"


def load(shipped: Path, user: Path) -> Catalogue:
    """The models of the `shipped` file, overridden and extended by the `user`'s, which need not be there.

    The user's entry overrides a shipped one of the same id key by key; where it names another file, what was true of
    the shipped file only (size, sha256, revision, quant, wheels) is dropped. A new entry needs an id and either repo
    and file or path. Raises CatalogueError.
    """
    entries = read_entries(shipped)
    files = dict.fromkeys(entries, shipped)
    for identity, own in read_entries(user, missing_ok=True).items():
        entries[identity] = merged(entries.get(identity, {}), own)
        files[identity] = user
    return Catalogue(tuple(to_spec(files[identity], entry) for identity, entry in entries.items()))


def _is_path(name: str) -> bool:
    separators = {os.sep, os.altsep, "/"} - {None}
    return any(str(each) in name for each in separators) or name.lower().endswith(".gguf") or _is_file(name)


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except ValueError:
        return False


def _on_disk(name: str) -> ModelSpec:
    """The model in the file that the user named, as its header describes it."""
    try:
        path = Path(name).expanduser().absolute()
        header = metadata.read(path)
    except metadata.GgufError as error:
        raise UnknownModel(str(error)) from error
    except RuntimeError as error:
        raise UnknownModel(f"{name} names no home folder; write the whole path.") from error
    return ModelSpec(
        id=name,
        name=header.name or path.stem,
        quant=header.quant,
        file=path.name,
        size=header.size,
        context=header.context_length,
        thinks=header.template is not None and tags_in(header.template) is not None,
        path=path,
    )
