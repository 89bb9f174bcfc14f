"""Who asks for a user install: pip's own option, and what pip-userctl says about where it comes from.

Each answer has the option's type and value, the origin, and the value that pip has once the named setting alone is
turned into its opposite: if it follows, the right setting was named.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from pip._internal.commands import create_command

from pip_userctl._pip import settings

question = json.loads(Path(sys.argv[1]).read_text())
places = {name: Path(path) for name, path in question["places"].items()}
before = dict(os.environ)


def prepare(case: dict[str, Any]) -> None:
    """Make this process and its files those of the case."""
    for name, path in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if name in case["files"]:
            path.write_text(case["files"][name])
    os.environ.clear()
    os.environ.update(before)
    os.environ.update(case["variables"])


def option(case: dict[str, Any]) -> Any:
    """Pip's own value, or the exit status with which its parser stops."""
    try:
        with redirect_stderr(io.StringIO()):
            command = create_command("install", isolated=case["isolated"])
            options, _ = command.parse_args(case["arguments"])
    except SystemExit as error:
        return f"exit {error.code}"
    return options.use_user_site


def turn(origin: Any, case: dict[str, Any]) -> None:
    """Turn the setting that the origin names into its opposite."""
    opposite = "0" if origin.kind == "configured" else "1"
    if origin.path is None:
        os.environ[origin.name] = opposite
        return
    path = Path(origin.path)
    lines = path.read_text().split("\n")
    name, _, _ = lines[origin.line - 1].partition("=")
    lines[origin.line - 1] = f"{name}= {opposite}"
    path.write_text("\n".join(lines))


def answer(case: dict[str, Any]) -> Any:
    """The answer to one case."""
    prepare(case)
    value = option(case)
    origin = settings.configured_wish(settings.files(isolated=case["isolated"]), isolated=case["isolated"])
    turned = None
    if origin is not None:
        turn(origin, case)
        turned = option(case)
    place = origin and [*origin._asdict().values()]
    return {"type": type(value).__name__, "value": value, "origin": place, "turned": turned}


print(json.dumps([answer(case) for case in question["cases"]]))
