"""Wheels of other versions."""

from __future__ import annotations

import zipfile
from pathlib import Path


def renumber(wheel: Path, version: str, folder: Path) -> Path:
    """The same wheel with another version, in the folder."""
    name, old, tags = wheel.name.split("-", 2)
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-{tags}"
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(path, "w") as target:
        for each in source.namelist():
            content = source.read(each)
            if each.endswith(".dist-info/METADATA"):
                content = content.replace(f"\nVersion: {old}\n".encode(), f"\nVersion: {version}\n".encode(), 1)
            elif each.endswith(".dist-info/RECORD"):
                content = content.replace(f"{name}-{old}.dist-info/".encode(), f"{name}-{version}.dist-info/".encode())
            target.writestr(each.replace(f"{name}-{old}.dist-info/", f"{name}-{version}.dist-info/", 1), content)
    return path
