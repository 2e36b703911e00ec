"""A hub of one's own on loopback: as much of the Hugging Face hub's HTTP as a download needs.

Speaks what `huggingface_hub` asks for: a model's description, its files, its branches and tags,
and the files themselves by HEAD and GET; weights by a redirect to another place, as the hub sends
large files. Refuses as the hub does, by status and `X-Error-Code`. Keeps a list of requests.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Repository:
    """A model on the hub.

    Attributes:
        files: content by path, by revision; the first revision is what nobody asks for by name.
        tags: which revisions are tags; the others are branches.
        gate: status with which its files are refused, though everyone may read their names.
    """

    files: dict[str, dict[str, bytes]]
    tags: tuple[str, ...] = ()
    gate: int | None = None
    gate_code: str = "GatedRepo"

    def commit(self, revision: str) -> str | None:
        """Returns the commit that a branch, a tag or a commit stands for."""
        commits = {name: hashlib.sha1(name.encode()).hexdigest() for name in self.files}
        return commits.get(revision, revision if revision in commits.values() else None)

    def at(self, commit: str) -> dict[str, bytes]:
        """Returns the files of a commit."""
        return next(files for name, files in self.files.items() if self.commit(name) == commit)


@dataclass
class HubServer:
    """The server, from `with` to its end; `stop` closes it earlier, and its address then refuses.

    Attributes:
        repositories: models by name.
        requests: what was asked: method and path.
        broken: where given, status and body of every answer, as of a hub that is out of order.
    """

    repositories: dict[str, Repository]
    requests: list[str] = field(default_factory=list)
    broken: tuple[int, bytes] | None = None

    def __enter__(self) -> HubServer:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Closes the socket; twice does no harm."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(_Handler):
            def do_GET(self) -> None:
                path = unquote(urlsplit(self.path).path)
                hub.requests.append(f"{self.command} {path}")
                if hub.broken is not None:
                    return self.send(hub.broken[1], status=hub.broken[0])
                return self.answer(hub.repositories, path)

            do_HEAD = do_GET

        return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def answer(self, repositories: dict[str, Repository], path: str) -> None:
        if path.startswith("/large/"):
            contents = (
                c for r in repositories.values() for f in r.files.values() for c in f.values()
            )
            return self.send(next(c for c in contents if path == f"/large/{_sha256(c)}"))
        name, what, revision, file = _parts(path)
        repository = repositories.get(name)
        if repository is None:
            # The hub tells strangers no more than that they may not: it may be private.
            is_known = "Authorization" in self.headers
            return self._refuse(404 if is_known else 401, "RepoNotFound" if is_known else None)
        if what == "refs":
            return self._send_json(_refs(repository))
        commit = repository.commit(revision or next(iter(repository.files)))
        if commit is None:
            return self._refuse(404, "RevisionNotFound")
        files = repository.at(commit)
        if what == "tree":
            return self._send_json([_entry(path, content) for path, content in files.items()])
        if what == "resolve":
            return self._send_file(repository, commit, file)
        siblings = [{"rfilename": path} for path in files]
        return self._send_json({"id": name, "sha": commit, "siblings": siblings, "tags": []})

    def _send_file(self, repository: Repository, commit: str, file: str) -> None:
        if repository.gate is not None:
            return self._refuse(repository.gate, repository.gate_code)
        content = repository.at(commit).get(file)
        if content is None:
            return self._refuse(404, "EntryNotFound")
        headers = {"X-Repo-Commit": commit, "ETag": f'"{hashlib.sha1(content).hexdigest()}"'}
        if not _is_large(file):
            return self.send(content, headers)
        port = self.connection.getsockname()[1]
        headers |= {
            # Another host, as for the hub: only then is it no redirect within the hub.
            "Location": f"http://localhost:{port}/large/{_sha256(content)}",
            "X-Linked-ETag": f'"{_sha256(content)}"',
            "X-Linked-Size": str(len(content)),
        }
        return self.send(b"", headers, status=302)

    def _refuse(self, status: int, code: str | None) -> None:
        self.send(b"{}", {"X-Error-Code": code} if code else {}, status=status)

    def _send_json(self, value: object) -> None:
        self.send(json.dumps(value).encode(), {"Content-Type": "application/json"})

    def send(self, body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _parts(path: str) -> tuple[str, str, str, str]:
    """Splits a path into name, what is asked, revision and file, of which some may be empty."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["api", "models"]:
        parts = parts[2:]
    verbs = ("revision", "tree", "resolve", "refs")
    at = next((n for n, part in enumerate(parts[:3]) if n and part in verbs), len(parts))
    what, revision, *file = [*parts[at : at + 2], "", ""][:2] + parts[at + 2 :]
    return "/".join(parts[:at]), what, revision, "/".join(file)


def _refs(repository: Repository) -> dict[str, list[dict[str, str]]]:
    refs: dict[str, list[dict[str, str]]] = {"branches": [], "tags": [], "converts": []}
    for name in repository.files:
        kind, folder = ("tags", "tags") if name in repository.tags else ("branches", "heads")
        ref = {"name": name, "ref": f"refs/{folder}/{name}"}
        refs[kind].append({**ref, "targetCommit": repository.commit(name) or ""})
    return refs


def _entry(path: str, content: bytes) -> dict[str, object]:
    """A file of the tree; a large one is described twice, by its pointer in git and itself."""
    size, pointer_size = len(content), 134
    entry = {"type": "file", "path": path, "size": size, "oid": hashlib.sha1(content).hexdigest()}
    if _is_large(path):
        entry["lfs"] = {"oid": _sha256(content), "size": size, "pointerSize": pointer_size}
    return entry


def _is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".bin", ".h5"))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
