"""Our own package index on localhost, with packages of a few bytes."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from deploy import install


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


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
        texts = {
            f"{name}.py": code,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        sizes = "".join(f"{path},,{len(text)}\n" for path, text in texts.items())
        texts[f"{info}/RECORD"] = f"{sizes}{info}/RECORD,,\n"
        with zipfile.ZipFile(file, "w") as wheel:
            for path, text in texts.items():
                wheel.writestr(
                    zipfile.ZipInfo(path), text
                )  # always dated 1980, so that the hash is the same
        links = [f'<a href="{quote(path.name)}">{path.name}</a>' for path in place.glob("*.whl")]
        (place / "index.html").write_text("<html><body>" + "".join(links) + "</body></html>")
        return hashlib.sha256(file.read_bytes()).hexdigest()

    def add_source(self, name: str, version: str) -> str:
        """Publish a source distribution that builds itself; returns its hash."""
        wheel = self.folder / "built" / name / f"{name}-{version}-py3-none-any.whl"
        self.add("built", name, version)
        backend = (
            "import pathlib\n"
            "def build_wheel(folder, *_, **__):\n"
            f"    pathlib.Path(folder, {wheel.name!r}).write_bytes({wheel.read_bytes()!r})\n"
            f"    return {wheel.name!r}\n"
        )
        project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        texts = {
            "backend.py": backend,
            "pyproject.toml": project,
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        }
        place = self.folder / "pypi" / name
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"{name}-{version}.tar.gz"
        with (
            gzip.GzipFile(file, "wb", mtime=0) as packed,  # so that the hash is the same
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            for path, text in texts.items():
                entry = tarfile.TarInfo(f"{name}-{version}/{path}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        (place / "index.html").write_text(f'<a href="{quote(file.name)}">{file.name}</a>')
        return hashlib.sha256(file.read_bytes()).hexdigest()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def serving(folder: Path) -> Iterator[Index]:
    """An index that is the only one that pip and the installer know in a test."""
    (folder / "pypi").mkdir(parents=True)
    handler = functools.partial(_Quiet, directory=str(folder))
    served = Index(folder, ThreadingHTTPServer(("127.0.0.1", 0), handler))
    threading.Thread(target=served.server.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT", "HTTP_PROXY"):
            patch.delenv(name, raising=False)
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("PIP_CONFIG_FILE", "/dev/null")
        patch.setenv("PIP_INDEX_URL", f"{served.url}/pypi")
        patch.setenv("PIP_NO_CACHE_DIR", "1")
        patch.setenv("PIP_RETRIES", "1")
        patch.setattr(install, "TORCH_INDEX", f"{served.url}/pytorch")
        patch.setattr(install, "has_gpu", lambda: False)
        yield served
    served.stop()
