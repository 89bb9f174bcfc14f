"""What is measured: pip-userctl, and other packages that ship start-up code, as the registry has them today."""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import US
from benchmarks.stand import Stand
from tests.toolkit import cache


class Subject(NamedTuple):
    """A distribution. member: the module of its wheel that it links into each environment it makes; else it is installed.

    runs: of callgrind, at most; the count hardly differs from run to run, and some take long.
    """

    requirement: str
    member: str = ""
    runs: int = 5

    @property
    def name(self) -> str:
        """Without a version."""
        return re.split("[<=>]", self.requirement)[0]


OURS = Subject(US)
PEERS = (
    Subject("autowrapt"),
    Subject("coverage"),
    Subject("future-fstrings"),
    Subject("hunter>=3", runs=1),
    Subject("pip-system-certs", runs=1),
    Subject("pip-system-certs==4.0", runs=1),
    Subject("pytest-cov<7"),
    Subject("setuptools"),
    Subject("setuptools==65.5.1"),
    Subject("virtualenv<21", member="virtualenv/create/via_global_ref/_virtualenv.py"),
)
#: These act in pip as we do, so that their pip is measured, too.
PIP_PEERS = tuple(peer for peer in PEERS if peer.name == "pip-system-certs")


def put(stand: Stand, subject: Subject) -> str:
    """Put it into the environment as it was first; its name and version. RuntimeError where the registry has none."""
    stand.fresh()
    if subject is OURS:
        stand.pip_install(US)
        return f"{US} {cache.wheel().name.split('-')[1]}"
    folder = stand.place.real(f"{stand.root}/peer")
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--only-binary=:all:", "--python-version", stand.place.version]
    cache.download(folder, *options, subject.requirement, dependencies=not subject.member)
    wheel = next(folder.glob(f"{subject.name.replace('-', '_')}-*.whl"))
    if subject.member:
        with zipfile.ZipFile(wheel) as archive:
            _link(stand, Path(subject.member).stem, archive.read(subject.member))
    else:
        stand.pip_install("--ignore-installed", "--no-deps", *(f"{stand.root}/peer/{each}" for each in _others(folder)))
    return f"{subject.name} {wheel.name.split('-')[1]}"


def _others(folder: Path) -> Iterator[str]:
    """The wheels in it; the pip of the environment stays."""
    return (path.name for path in folder.glob("*.whl") if not path.name.startswith("pip-"))


def _link(stand: Stand, module: str, text: bytes) -> None:
    real = stand.place.real(stand.site_packages)
    (real / f"{module}.py").write_bytes(text)
    (real / f"{module}.pth").write_text(f"import {module}")
    stand.check([f"{stand.prefix}/bin/python", "-m", "compileall", "-q", f"{stand.site_packages}/{module}.py"])


def put_all(stand: Stand, subjects: tuple[Subject, ...]) -> Iterator[tuple[Subject, str]]:
    """Put one after the other; those that the registry does not have for this Python are named on stderr."""
    for subject in subjects:
        try:
            yield subject, put(stand, subject)
        except RuntimeError as error:
            print(f"{subject.requirement} left out on Python {stand.place.version}: {error}", file=sys.stderr)
