"""Build hook: with PIP_USERCTL_START_WHEEL set, the wheel for Python 3.18 and newer.

It carries ``pip_userctl.start`` (PEP 829) in place of ``pip_userctl.pth``, whose import line those versions do not run any
more. pip prefers its tag from 3.18 on, so that older versions do not pay for reading ``.start`` files.
"""

from __future__ import annotations

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

START_UP = "pip_userctl/startup/pip_userctl"


class StartWheel(BuildHookInterface[Any]):
    """Exchanges one file, and the tag."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called in front of each build."""
        if os.environ.get("PIP_USERCTL_START_WHEEL"):
            del self.build_config.target_config["force-include"][f"{START_UP}.pth"]
            build_data["force_include"][f"{START_UP}.start"] = "pip_userctl.start"
            build_data["tag"] = "py318-none-any"
