"""User sites made by hand, with everything that a distribution may leave outside its package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping, Sequence

_OLD = 1_600_000_000_123_456_789


def put(
    site: Path,
    name: str,
    version: str = "1.0",
    files: Mapping[str, str] | None = None,
    *,
    record: bool = True,
    requires: Sequence[str] = (),
) -> None:
    """One distribution; the paths of its files are relative to the user site, its module is its name."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    content = {f"{module}.py": f"version = {version!r}\n"} if files is None else dict(files)
    lines = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        *(f"Requires-Dist: {each}\n" for each in requires),
    ]
    content[f"{info}/METADATA"] = "".join(lines)
    content[f"{info}/INSTALLER"] = "pip\n"
    if record:
        content[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*content, f"{info}/RECORD"])
    for each, text in content.items():
        path = Path(os.path.normpath(site / each))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def rich(base: Path, tag: str) -> Path:
    """A user base in which demo has all that can be: a script, data, a link, bytecode, a .pth file, an editable finder.

    The distribution other shares a file with it. Times and modes are odd on purpose. Gives the user site.
    """
    site = base / "lib" / tag / "site-packages"
    shared = {"space/__init__.py": ""}
    mine = {
        "demo/__init__.py": "",
        "demo/sub/data.bin": "\x00\x01",
        "demo/sub/__init__.py": "x = 1\n",
        "demo.pth": "# nothing\n",
        "__editable___demo_finder.py": "",
        "../../../bin/demo": "#!/usr/bin/python3\n",
        "../../../share/man/man1/demo.1": "demo\n",
        "space/demo.py": "",
    }
    put(site, "demo", "1.0", {**mine, **shared})
    put(site, "other", "2.0", {"other.py": "", **shared})
    for each in (
        "demo/__pycache__/__init__.cpython-311.pyc",
        "__pycache__/__editable___demo_finder.cpython-39.opt-1.pyc",
    ):
        path = site / each
        path.parent.mkdir(exist_ok=True)
        path.write_text("bytecode")
    (site / "demo" / "link").symlink_to("sub/data.bin")
    with (site / "demo-1.0.dist-info" / "RECORD").open("a") as file:
        file.write("demo/link,,\ngone.py,,\n")
    (base / "bin" / "demo").chmod(0o751)
    (site / "demo" / "sub").chmod(0o2750)
    for number, path in enumerate(sorted(base.rglob("*"), reverse=True)):
        os.utime(path, ns=(_OLD, _OLD + number * 1_000_000_007), follow_symlinks=False)
    return site
