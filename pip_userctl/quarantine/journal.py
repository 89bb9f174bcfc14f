"""The manifest of one quarantine: written before the first file is moved, so that a later run knows what was meant.

States: ``moving`` and ``restoring`` mean that a run was stopped half-way, and the next one brings everything back;
``quarantined`` is the only state that lasts.
"""

from __future__ import annotations

import json
import os
from typing import Any, Iterator, NamedTuple

NAME = "manifest.json"
MOVING, QUARANTINED, RESTORING = "moving", "quarantined", "restoring"
#: In place of a directory's time: somebody has changed it meanwhile, so it stays as it is.
CHANGED = -1
SCHEMA = 1


class Folder(NamedTuple):
    """A directory that loses files. mode: permission bits; time: when it was changed last, in nanoseconds, or CHANGED."""

    path: str
    mode: int
    time: int


class File(NamedTuple):
    """One file, link or the like. path: where it belongs; stored: where it is kept, relative to the manifest."""

    path: str
    stored: str


class Manifest(NamedTuple):
    """What was moved.

    distributions: (name, version); folders: outermost first; after: the folders' times when all had been moved.
    """

    id: str
    state: str
    time: str
    user_base: str
    user_site: str
    distributions: tuple[tuple[str, str], ...]
    folders: tuple[Folder, ...]
    files: tuple[File, ...]
    after: tuple[tuple[str, int], ...] = ()


def root(user_base: str) -> str:
    """Where all quarantines of a user base are."""
    return os.path.join(user_base, "share", "pip-userctl", "quarantine")


def write(folder: str, manifest: Manifest) -> None:
    """Replace the manifest in one step, on the disk before anything follows."""
    path = os.path.join(folder, NAME)
    content = {"schema": SCHEMA, **manifest._asdict()}
    content["folders"] = [each._asdict() for each in manifest.folders]
    content["files"] = [each._asdict() for each in manifest.files]
    with open(path + ".new", "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def read(folder: str) -> Manifest | None:
    """The manifest in a folder; None where none was finished, and then nothing has been moved."""
    try:
        with open(os.path.join(folder, NAME), encoding="utf-8") as file:
            content: dict[str, Any] = json.load(file)
    except FileNotFoundError:
        return None
    content.pop("schema")
    return Manifest(**content)._replace(
        distributions=tuple((name, version) for name, version in content["distributions"]),
        folders=tuple(Folder(**each) for each in content["folders"]),
        files=tuple(File(**each) for each in content["files"]),
        after=tuple((path, time) for path, time in content["after"]),
    )


def folders(user_base: str) -> Iterator[str]:
    """The folder of every quarantine, oldest first."""
    try:
        names = sorted(os.listdir(root(user_base)))
    except OSError:
        return
    for name in names:
        yield os.path.join(root(user_base), name)
