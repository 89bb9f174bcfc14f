"""Whether the start-up files are the released ones, by their SHA-256."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from pip_userctl import __version__, environment
from pip_userctl.startup import loader

#: Version → file, as the wheel names it → SHA-256, hexadecimal.
RELEASED = Path(__file__).with_name("released.json")


def start_up_files() -> list[dict[str, Any]]:
    """The files that run when Python starts and when pip installs, each with what speaks for it.

    Returns:
        For each its ``path`` and ``sha256`` (None if it is not there); ``released``: it is that of this version;
        ``recorded``: it is as the RECORD of the installation says, None if that has no hash of it.
    """
    released = json.loads(RELEASED.read_text(encoding="utf-8")).get(__version__, {})
    folder = os.path.dirname(os.path.abspath(loader.startup_module)) if loader.startup_module else _checkout()
    recorded = _recorded(folder)
    found = []
    for name, expected in released.items():
        if name.endswith(".start") and not os.path.exists(os.path.join(folder, name)):
            continue  # only the wheel for newer Pythons has it
        inside = name.startswith("pip_userctl/")
        path = os.path.join(environment.package_folder() if inside else folder, *name.split("/"))
        try:
            digest = hashlib.sha256(Path(path).read_bytes()).digest()
        except OSError:
            found.append({"path": path, "sha256": None, "released": False, "recorded": None})
            continue
        as_recorded = "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
        same = recorded[name] == as_recorded if recorded.get(name) else None
        found.append({"path": path, "sha256": digest.hex(), "released": digest.hex() == expected, "recorded": same})
    return found


def describe(file: dict[str, Any]) -> str:
    """What speaks for a file, in words."""
    if file["sha256"] is None:
        return "is missing"
    words = [f"as in release {__version__}" if file["released"] else f"not as in release {__version__}"]
    if file["recorded"] is not None:
        words.append("as in RECORD" if file["recorded"] else "not as in RECORD")
    return ", ".join(words)


def _checkout() -> str:
    return os.path.join(environment.package_folder(), "pip_userctl", "startup")


def _recorded(folder: str) -> dict[str, str]:
    """The hashes in the RECORD of the installation; empty if there is none."""
    path = os.path.join(folder, f"pip_userctl-{__version__}.dist-info", "RECORD")
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return {row[0]: row[1] for row in csv.reader(file) if len(row) > 1}
    except OSError:
        return {}
