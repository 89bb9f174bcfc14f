"""What becomes of a plugin with one good hook and one whose arguments do not exist, with this interpreter's pluggy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

question = json.loads(Path(sys.argv[1]).read_text())
sys.path[:0] = question["path"]

from pip_userctl import Verdict, hookimpl  # noqa: E402
from pip_userctl.plugins import Plugin, Plugins  # noqa: E402


class Misfit:
    """It must not be asked."""

    @hookimpl
    def userctl_evaluate(self) -> Verdict:
        """Answer, although the plugin was turned away."""
        return Verdict("misfit", "refuse")

    @hookimpl
    def userctl_policy_keys(self, nonsense: object) -> None:
        """Not as specified."""


class Acme:
    """It fits."""

    @hookimpl
    def userctl_evaluate(self) -> Verdict:
        """Answer."""
        return Verdict("acme", "log")


plugins = Plugins()
error = None
try:
    plugins.register(Plugin("misfit", Misfit(), "acme", "1.0"))
except Exception as raised:
    error = type(raised).__name__
plugins.register(Plugin("acme", Acme(), "acme", "1.0"))
answers = plugins.ask("userctl_evaluate", request=None, environment=None, policy=None)
print(json.dumps({"error": error, "answers": [each.value.name for each in answers if each.plugin != "pip_userctl"]}))
