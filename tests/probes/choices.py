"""What ``decide_user_install`` answers, called as pip's own unit tests call it, with pip-userctl or without it."""

from __future__ import annotations

import json
import site
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

question = json.loads(Path(sys.argv[1]).read_text())
sys.path[:0] = question["path"]
if question["with_userctl"]:
    import _pip_userctl  # type: ignore[import-not-found] # noqa: F401 - importing is installing

from pip._internal.commands import install  # noqa: E402


def answer(case: dict[str, Any]) -> Any:
    """The choice, or the exception and its words. The name is looked up as a caller does it who has imported it."""
    with (
        patch.object(site, "ENABLE_USER_SITE", case["enabled"]),
        patch.object(install, "site_packages_writable", return_value=case["writable"]),
        patch.object(install, "virtualenv_no_global", return_value=case["no_global"]),
    ):
        try:
            choice = install.decide_user_install(case["wish"], **case["options"])
        except Exception as error:
            return [type(error).__name__, str(error)]
    return choice


print(
    json.dumps(
        {
            "patched": getattr(install.InstallCommand.run, "_userctl", False),
            "answers": [answer(case) for case in question["cases"]],
        }
    )
)
