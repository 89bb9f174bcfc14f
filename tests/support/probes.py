"""Questions to a real pip, answered by a script that runs in a child process: no test imports pip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pip_userctl.testing import PipEnvironment


def ask(environment: PipEnvironment, script: Path, flags: Sequence[str] = (), **question: object) -> Any:
    """The JSON that the script prints; it finds the question in the file that is its first argument."""
    path = environment.account.folder / "question.json"
    path.write_text(json.dumps(question))
    result = environment.run(str(script), str(path), flags=flags)
    assert result.returncode == 0, result
    return json.loads(result.stdout)
