"""Everything of a release but the upload, into the folder that is given or ``dist/``; ``.ci/release`` calls it.

Builds the sdist, and from it both wheels, twice, and compares the bytes. Checks them. Installs them from an index as a new
user would, with an old pip, the newest, and uv.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))
from pip_userctl import __version__  # noqa: E402
from tests.support.pythons import discover, pairs, python_for  # noqa: E402

OLD, NEW = "21.3.1", "26.3"


def run(*command: object, status: int = 0, variables: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run a command; returns what it printed.

    Args:
        command: the program and its arguments.
        status: the exit status that it must have.
        variables: added to the environment.

    Raises:
        SystemExit: it ended otherwise, with what it printed.
    """
    words = list(map(str, command))
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1577836800", **variables}
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != status:
        sys.exit(f"{' '.join(words)}: exit status {done.returncode}, not {status}\n{done.stdout}")
    return done.stdout


def demand(held: bool, otherwise: str) -> None:
    """Stop with this text unless it held."""
    if not held:
        sys.exit(otherwise)


def build(project: Path, target: Path) -> list[Path]:
    """Build the sdist of a checkout, and the wheels of what is in it; returns the files."""
    builder = ["-m", "build", "--no-isolation", "--outdir", target]
    run(sys.executable, *builder, "--sdist", project)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(next(target.glob("*.tar.gz"))) as archive:
            archive.extractall(folder)
        (unpacked,) = Path(folder).iterdir()
        run(sys.executable, *builder, "--wheel", unpacked)
        run(sys.executable, *builder, "--wheel", unpacked, variables={"PIP_USERCTL_START_WHEEL": "1"})
    return sorted(target.iterdir())


def check(files: list[Path]) -> None:
    """Check what stands in the files, and that the changelog knows the version."""
    wheels = [path for path in files if path.suffix == ".whl"]
    run(sys.executable, "-m", "twine", "check", "--strict", *files)
    run(sys.executable, "-m", "check_wheel_contents", *wheels)
    released = json.loads((PROJECT / "pip_userctl/cli/released.json").read_text())[__version__]
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in set(released) & set(archive.namelist()):
                same = hashlib.sha256(archive.read(name)).hexdigest() == released[name]
                demand(same, f"{name} in {wheel.name} is not the file of pip_userctl/cli/released.json")
    changes = (PROJECT / "CHANGELOG.md").read_text()
    demand(f"## [{__version__}]" in changes, f"CHANGELOG.md has no section [{__version__}]")


@contextlib.contextmanager
def index(files: list[Path]) -> Iterator[str]:
    """Serve the files, and what they require, from a package index of our own; gives its address."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        for path in files:
            shutil.copy(path, folder)
        download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
        run(*download, "pluggy", "packaging", f"pip=={NEW}")
        run(*download, f"pip=={OLD}")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        address = f"http://127.0.0.1:{port}/simple/"
        options = ["run", "-i", "127.0.0.1", "-p", str(port), "--disable-fallback", folder]
        server = subprocess.Popen(
            [sys.executable, "-m", "pypiserver", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            for _ in range(300):
                with contextlib.suppress(OSError), urllib.request.urlopen(address):
                    break
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait()


def try_out(address: str, pip: str) -> None:
    """Install, be refused, and uninstall. pip: its version; ``uv`` for uv and the newest pip."""
    version = python_for(NEW if pip == "uv" else pip)
    python_name = discover()[version].path
    with tempfile.TemporaryDirectory() as folder:
        run(python_name, "-m", "venv", folder)
        python = Path(folder, "bin", "python")
        own = {
            "PIP_INDEX_URL": address,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "HOME": folder,
        }
        own.update(PIP_NO_CACHE_DIR="1", UV_NO_CACHE="1")
        if pip == "uv":
            uv = [sys.executable, "-m", "uv", "--no-config", "pip"]
            install = [*uv, "install", "--python", python, "--index-url", address]
            uninstall = [*uv, "uninstall", "--python", python, "pip-userctl"]
            run(*install, f"pip=={NEW}", variables=own)
        else:
            install = [python, "-m", "pip", "install"]
            uninstall = [python, "-m", "pip", "uninstall", "-y", "pip-userctl"]
            run(*install, f"pip=={pip}", variables=own)
        run(*install, "pip-userctl", variables=own)
        refused = run(python, "-m", "pip", "install", "--user", "demo", status=1, variables=own)
        demand("userctl-isolated-typed" in refused, refused)
        run(Path(folder, "bin", "pip-userctl"), "status", "--verify", variables=own)
        run(*uninstall, variables=own)
        left = [str(path) for path in Path(folder).rglob("*userctl*") if pip != "uv" or path.suffix != ".pyc"]
        demand(not left, f"left behind: {left}")  # uv leaves bytecode of single modules, which nothing loads
        alone = run(python, "-m", "pip", "install", "--user", "demo", status=1, variables=own)
        demand("userctl" not in alone, alone)


def main(target: Path) -> None:
    """Build, check, install; then the files are in the folder."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        files, again = build(PROJECT, Path(first)), build(PROJECT, Path(second))
        for one, other in zip(files, again):
            same = (one.name, one.read_bytes()) == (other.name, other.read_bytes())
            demand(same, f"two builds of {one.name} differ")
        print("built twice, with the same bytes:", ", ".join(path.name for path in files))
        check(files)
        print("checked: twine, check-wheel-contents, start-up files, changelog")
        with index(files) as address:
            for pip in (OLD, NEW, "uv"):
                if pip == OLD and OLD not in [each for _, each in pairs()]:
                    print(f"not tried: pip {OLD}, which starts on no Python of this machine")
                    continue
                try_out(address, pip)
                print("installed, refused, uninstalled:", pip if pip == "uv" else f"pip {pip}")
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy(path, target)
            print(hashlib.sha256(path.read_bytes()).hexdigest(), target / path.name)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else PROJECT / "dist"))
