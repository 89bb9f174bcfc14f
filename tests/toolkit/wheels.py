"""Wheels made by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def make_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    requires: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    entry_points: str = "",
) -> Path:
    """A pure wheel in the folder; its module has the distribution's name unless files says otherwise."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    content = {f"{module}.py": f"version = {version!r}\n"} if files is None else dict(files)
    content[f"{info}/METADATA"] = "".join(
        ["Metadata-Version: 2.1\n", f"Name: {name}\nVersion: {version}\nProvides-Extra: socks\n"]
        + [f"Requires-Dist: {each}\n" for each in requires]
    )
    content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if entry_points:
        content[f"{info}/entry_points.txt"] = entry_points
    content[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*content, f"{info}/RECORD"])
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in content.items():
            archive.writestr(each, text)
    return path


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
