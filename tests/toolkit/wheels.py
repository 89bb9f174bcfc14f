"""Wheels made by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Mapping, Sequence


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
