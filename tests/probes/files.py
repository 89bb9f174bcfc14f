"""How this interpreter reads configuration files: a list of ``(sections, problem)``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

question = json.loads(Path(sys.argv[1]).read_text())
sys.path[:0] = question["path"]

from pip_userctl.policy import read  # noqa: E402


def answer(path: str) -> Any:
    """What was read; None where there is no such file."""
    file = read(path, "user", question["encoding"])
    if file is None:
        return None
    sections = {
        name: {key: [each.value, each.line, each.inherited] for key, each in section.items()}
        for name, section in file.sections.items()
    }
    return [sections, file.problem and [str(file.problem).replace(path, "pip.conf"), file.problem.fatal]]


print(json.dumps([answer(path) for path in question["files"]]))
