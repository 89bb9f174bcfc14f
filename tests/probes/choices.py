"""What ``decide_user_install`` answers: pip's own function, and the one that stands in its place under the policy."""

from __future__ import annotations

import json
import site
import sys
from pathlib import Path
from typing import Any, Callable
from unittest.mock import patch

from pip._internal.commands import install

question = json.loads(Path(sys.argv[1]).read_text())


def answer(function: Callable[..., Any], case: dict[str, Any]) -> Any:
    """The choice, or the exception and its words."""
    with (
        patch.object(site, "ENABLE_USER_SITE", case["enabled"]),
        patch.object(install, "site_packages_writable", return_value=case["writable"]),
        patch.object(install, "virtualenv_no_global", return_value=case["no_global"]),
    ):
        try:
            return function(case["wanted"], **case["options"])
        except Exception as error:
            return [type(error).__name__, str(error)]


decide: Any = install.decide_user_install
functions = [decide.__wrapped__, decide]
print(json.dumps([[answer(function, case) for case in question["cases"]] for function in functions]))
