"""The models that a user can name: the shipped catalogue, the user's own, and files by path or by `hf:`."""

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
"""The two models for a first try: small, and available where no hub can be reached."""


class UnknownModel(CatalogueError):  # noqa: N818 - the name says what happened
    """No model has the name that the user gave."""

    status = 2


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models that have an id, in display order."""

    models: tuple[ModelSpec, ...]

    def usual_pair(self, latest: tuple[str, str] | None) -> tuple[str, str]:
        """Return the ids of the `latest` pair if both are still known, or else those of the starter pair."""
        known = {spec.id for spec in self.models}
        return latest if latest and {*latest} <= known else STARTER_PAIR

    def find(self, name: str) -> ModelSpec:
        """Return the model that the user calls `name`; raise CatalogueError if there is none or it is unusable."""
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
        """Return a clause with the nearest ids, or with the forms of a name."""
        ids = [spec.id for spec in self.models]
        wanted = name.lower()
        near = [each for each in ids if wanted and wanted in each] or difflib.get_close_matches(wanted, ids, cutoff=0.5)
        if not near:
            return f": name {_FORMS}"
        *others, last = near[:4]
        return f": did you mean {', '.join(others)}{' or ' if others else ''}{last}? See `duochat models`"


def load(shipped: Path, user: Path) -> Catalogue:
    """Return the models of the `shipped` file, overridden and extended by the `user`'s, which may be missing.

    The user's entry overrides a shipped one of the same id key by key. If it names another file, the keys that
    describe the shipped file (size, sha256, revision, quant, wheels) are dropped. A new entry needs an id and either
    repo and file or path. Raise CatalogueError.
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
    """Return the model in the file that the user named, as its header describes it."""
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
