"""Who asks for a user install: pip's own option, and what pip-userctl says about where it comes from.

Each answer has the option's value and type, the origin, and the value that pip has once the named setting alone is turned
into its opposite: if it follows, the right setting was named.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr
from optparse import Values
from pathlib import Path
from typing import Any

from pip._internal.commands import create_command, install

from pip_userctl import config
from pip_userctl._pip import request

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


def options(case: dict[str, Any]) -> tuple[Values, list[str]]:
    """What pip parses."""
    with redirect_stderr(io.StringIO()):
        command = create_command("install", isolated=case["isolated"])
        found: tuple[Values, list[str]] = command.parse_args(case["arguments"])
    return found


def turn(origin: dict[str, Any]) -> None:
    """Turn the setting that the origin names into its opposite."""
    opposite = "0" if origin["kind"] == "configured" else "1"
    if origin["path"] is None:
        os.environ[origin["name"]] = opposite
        return
    path = Path(origin["path"])
    lines = path.read_text().split("\n")
    name, _, _ = lines[origin["line"] - 1].partition("=")
    lines[origin["line"] - 1] = f"{name}= {opposite}"
    path.write_text("\n".join(lines))


def answer(case: dict[str, Any]) -> Any:
    """The answer to one case."""
    prepare(case)
    parsed, args = options(case)
    configuration = config.load(request.configuration_files(), isolated=case["isolated"])
    found = request.from_options(parsed, case["arguments"], configuration, args, install).origin
    origin = {name: getattr(found, name) for name in ("kind", "name", "path", "line")}
    turned = None
    if origin["name"] and not origin["name"].startswith("--"):
        turn(origin)
        turned = options(case)[0].use_user_site
    value = parsed.use_user_site
    return {"value": value, "type": type(value).__name__, "origin": origin, "turned": turned}


print(json.dumps([answer(case) for case in question["cases"]]))
