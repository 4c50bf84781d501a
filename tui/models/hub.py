"""The Hugging Face hub and its cache; the only module that imports huggingface_hub."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import (
    DisabledRepoError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import get_hf_file_metadata, hf_hub_url, repo_folder_name
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status  # type: ignore[attr-defined]

from tui.models.download.events import FetchError
from tui.models.download.ranged_request import Interrupted, Transfer, explain, retry_after, within
from tui.models.download.safe_names import file_problem, repo_problem

_REVISION = re.compile(r"\w[\w./-]{0,99}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_HOME = "https://huggingface.co"
_TRANSIENT = {408, 425, 429}


@dataclass(frozen=True, slots=True)
class Remote:
    """A file on the hub: `url` is pinned to `commit`, `size` is in bytes, `sha256` in hex."""

    url: str
    commit: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub (or a mirror of it) at `endpoint`, and the cache that all tools of this user share."""

    endpoint: str
    cache: Path

    @classmethod
    def of_environment(cls) -> "Hub":
        """Return the hub that HF_ENDPOINT, HF_HOME and HF_HUB_CACHE name."""
        return cls(constants.ENDPOINT, Path(constants.HF_HUB_CACHE))

    @property
    def host(self) -> str:
        """The host as shown to users; a mirror is marked."""
        host = urlsplit(self.endpoint).netloc or self.endpoint
        return host if self.endpoint == _HOME else f"{host} (from HF_ENDPOINT)"

    @property
    def is_offline(self) -> bool:
        """Whether HF_HUB_OFFLINE forbids requests."""
        return constants.is_offline_mode()

    def find(self, repo: str, file: str, revision: str | None, seconds: float) -> Remote:
        """Return where the file is, and its hash and size; raise `Interrupted` or `FetchError` within `seconds`."""
        if problem := repo_problem(repo) or file_problem(file) or _revision_problem(revision or "main"):
            raise FetchError(problem, "Correct the name.")
        request = _FileRequest(self, repo, file, revision or "main")
        return within(seconds, lambda: request.send(seconds), f"{self.host} does not answer")

    def transfer(self, remote: Remote, repo: str, file: str) -> Transfer:
        """Return the requests for the bytes of `remote`."""
        request = _FileRequest(self, repo, file, remote.commit)
        return Transfer(
            client=get_session(),
            url=remote.url,
            headers=build_hf_headers(library_name="duochat"),
            size=remote.size,
            sha256=remote.sha256,
            refusal=request.refusal,
        )

    def problem(self, seconds: float) -> str:
        """Return what is wrong with the hub, or an empty string if it answers within `seconds`."""
        if self.is_offline:
            return "HF_HUB_OFFLINE is set"
        try:
            response = within(seconds, lambda: get_session().head(self.endpoint, timeout=seconds), "no answer")
        except Interrupted as error:
            return error.reason
        except httpx2.TransportError as error:
            return explain(error, self.host)
        except httpx2.InvalidURL:
            return "HF_ENDPOINT is not an address"
        return f"answers {response.status_code}" if response.status_code >= 500 else ""

    def blob(self, repo: str, sha256: str) -> Path:
        """Return the path in the shared cache of the bytes with this hash."""
        return self._folder(repo) / "blobs" / sha256

    def link(self, repo: str, file: str, revision: str | None, remote: Remote) -> Path:
        """Link the blob of `remote` from its snapshot, as the library does; return the link."""
        folder = self._folder(repo)
        pointer = folder / "snapshots" / remote.commit / file
        blob = self.blob(repo, remote.sha256)
        pointer.parent.mkdir(parents=True, exist_ok=True)
        pointer.unlink(missing_ok=True)
        try:
            pointer.symlink_to(Path(*[".."] * (len(PurePosixPath(file).parts) + 1), "blobs", remote.sha256))
        except OSError:
            blob.replace(pointer)
        self._remember_commit(folder / "refs" / (revision or "main"), remote.commit)
        return pointer

    def _remember_commit(self, ref: Path, commit: str) -> None:
        if ref.name == commit:
            return
        ref.parent.mkdir(parents=True, exist_ok=True)
        fresh = ref.with_name(f"{ref.name}.duochat")
        fresh.write_text(commit, encoding="ascii")
        fresh.replace(ref)

    def _folder(self, repo: str) -> Path:
        return self.cache / repo_folder_name(repo_id=repo, repo_type="model")


def _revision_problem(revision: str) -> str | None:
    """Return a clause on why `revision` cannot be a branch, tag or commit, or None; it names a file in the cache."""
    if _REVISION.fullmatch(revision) and ".." not in revision:
        return None
    return f"{revision!r} is not the name of a revision"


@dataclass(frozen=True, slots=True)
class _FileRequest:
    """A request for the hash and size of one file."""

    hub: Hub
    repo: str
    file: str
    revision: str

    @property
    def page(self) -> str:
        return f"{self.hub.endpoint}/{self.repo}"

    def send(self, seconds: float) -> Remote:
        try:
            url = hf_hub_url(self.repo, self.file, revision=self.revision, endpoint=self.hub.endpoint)
            found = get_hf_file_metadata(url, timeout=seconds, endpoint=self.hub.endpoint, library_name="duochat")
        except HfHubHTTPError as error:
            raise self._explained(error) from error
        except httpx2.TransportError as error:
            raise Interrupted(explain(error, self.hub.host)) from error
        except (httpx2.InvalidURL, FileMetadataError) as error:
            raise self._no_hub() from error
        except (ImportError, ValueError) as error:
            raise FetchError(
                "the proxy settings cannot be used",
                "Correct HTTPS_PROXY or ALL_PROXY; for SOCKS, install httpx2[socks].",
            ) from error
        return self._checked(found.commit_hash, found.etag, found.size)

    def refusal(self, response: httpx2.Response) -> FetchError:
        """Return why the hub refuses to send the bytes."""
        try:
            response.read()
            hf_raise_for_status(response)
        except HfHubHTTPError as error:
            explained = self._explained(error)
            if isinstance(explained, FetchError):
                return explained
        return FetchError(f"{self.hub.host} answers {response.status_code}", "Try again later.")

    def _checked(self, commit: str | None, sha256: str | None, size: int | None) -> Remote:
        if commit is None or _COMMIT.fullmatch(commit) is None:
            raise self._no_hub()
        if sha256 is None or _SHA256.fullmatch(sha256) is None or size is None:
            raise FetchError(
                f"{self.hub.host} names no sha256 and size for {self.file}, so it could not be verified",
                f"See whether {self.page} holds it as a large file.",
            )
        url = hf_hub_url(self.repo, self.file, revision=commit, endpoint=self.hub.endpoint)
        return Remote(url, commit, sha256, size)

    def _no_hub(self) -> FetchError:
        return FetchError(
            f"{self.hub.endpoint} is not a Hugging Face hub",
            "Check HF_ENDPOINT, and whether this network asks to log in first.",
        )

    def _explained(self, error: HfHubHTTPError) -> FetchError | Interrupted:
        """Return `error` as one sentence with the next step; the library's subclasses come first."""
        code, has_token = error.response.status_code, "authorization" in error.response.request.headers
        match error:
            case GatedRepoError():
                return self._gated(error, has_token=has_token)
            case DisabledRepoError():
                reason, advice = f"{self.hub.host} has disabled {self.repo}", "Choose another model."
            case RevisionNotFoundError():
                reason, advice = f"{self.repo} has no revision {self.revision}", f"See {self.page}/tree/main."
            case RemoteEntryNotFoundError():
                reason, advice = f"{self.repo} has no file {self.file}", f"See {self.page}/tree/main."
            case _ if code in _TRANSIENT or code >= 500:
                return Interrupted(f"{self.hub.host} answers {code}", retry_after(error.response.headers))
            case _ if code == 404 and not isinstance(error, RepositoryNotFoundError):
                return self._no_hub()
            case _ if code in {401, 404}:
                return self._unknown(is_token_bad=has_token and not isinstance(error, RepositoryNotFoundError))
            case _:
                reason = f"{self.hub.host} denies access to {self.repo} ({code})"
                advice = f"Check what the token may do at {self.hub.endpoint}/settings/tokens."
        return FetchError(reason, advice)

    def _gated(self, error: HfHubHTTPError, *, has_token: bool) -> FetchError:
        message = (error.server_message or "").lower()
        if not has_token:
            return FetchError(
                f"{self.repo} is gated and no token is set",
                f"Accept its license at {self.page}, then run `hf auth login` or set HF_TOKEN.",
            )
        if "awaiting" in message or "pending" in message:
            return FetchError(
                f"your request for {self.repo} awaits its owners' review", f"See {self.page}, or choose another model."
            )
        if "rejected" in message or "denied" in message:
            return FetchError(f"the owners of {self.repo} denied your request", "Choose another model.")
        return FetchError(
            f"{self.repo} is gated and this token's account has not been granted access",
            f"Accept its license at {self.page}, then try again.",
        )

    def _unknown(self, *, is_token_bad: bool) -> FetchError:
        if is_token_bad:
            return FetchError(
                f"{self.hub.host} does not accept the token",
                f"Make a new one at {self.hub.endpoint}/settings/tokens, then run `hf auth login` or set HF_TOKEN.",
            )
        return FetchError(
            f"{self.hub.host} has no {self.repo} that you may see",
            f"Check the name at {self.page}; if it is private, run `hf auth login` or set HF_TOKEN.",
        )
