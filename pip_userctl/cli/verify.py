"""Whether the start-up files are the released ones, by their SHA-256."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.metadata import PathDistribution
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
    top = Path(environment.package_folder())
    folder = Path(loader.startup_module).parent.absolute() if loader.startup_module else top / "pip_userctl" / "startup"
    record = PathDistribution(folder / f"pip_userctl-{__version__}.dist-info").files or ()
    recorded = {str(each): base64.urlsafe_b64decode(f"{each.hash.value}=").hex() for each in record if each.hash}
    found = []
    for name, expected in released.items():
        path = (top if name.startswith("pip_userctl/") else folder) / name
        if name.endswith(".start") and not path.exists():
            continue  # only the wheel for newer Pythons has it
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            digest = None
        same = digest == recorded[name] if digest and name in recorded else None
        found.append({"path": str(path), "sha256": digest, "released": digest == expected, "recorded": same})
    return found


def describe(file: dict[str, Any]) -> str:
    """What speaks for a file, in words."""
    if file["sha256"] is None:
        return "is missing"
    words = [f"as in release {__version__}" if file["released"] else f"not as in release {__version__}"]
    if file["recorded"] is not None:
        words.append("as in RECORD" if file["recorded"] else "not as in RECORD")
    return ", ".join(words)
