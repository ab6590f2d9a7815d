"""A package index of our own on localhost, with packages of a few bytes."""

from __future__ import annotations

import functools
import hashlib
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from deploy import install


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Nothing on the screen."""


@dataclass
class Index:
    """Folders of packages, served as simple indexes below `url`."""

    folder: Path
    server: ThreadingHTTPServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def add(self, index: str, name: str, version: str, code: str = "") -> str:
        """Publish a release of one module; returns its hash."""
        place = self.folder / index / name
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"{name}-{version}-py3-none-any.whl"
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(file, "w") as wheel:
            wheel.writestr(f"{name}.py", code)
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            )
            wheel.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(
                f"{info}/RECORD",
                f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
            )
        links = [f'<a href="{quote(path.name)}">{path.name}</a>' for path in place.glob("*.whl")]
        (place / "index.html").write_text("<html><body>" + "".join(links) + "</body></html>")
        return hashlib.sha256(file.read_bytes()).hexdigest()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """pip knows this index alone."""
    folder = tmp_path / "index"
    (folder / "pypi").mkdir(parents=True)
    handler = functools.partial(_Quiet, directory=str(folder))
    served = Index(folder, ThreadingHTTPServer(("127.0.0.1", 0), handler))
    threading.Thread(target=served.server.serve_forever, daemon=True).start()
    for name in (
        "PIP_FIND_LINKS",
        "PIP_EXTRA_INDEX_URL",
        "PIP_CONSTRAINT",
        "HTTP_PROXY",
        "http_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"{served.url}/pypi")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setattr(install, "TORCH_INDEX", f"{served.url}/pytorch")
    monkeypatch.setattr(install, "gpu_found", lambda: False)
    yield served
    served.stop()
