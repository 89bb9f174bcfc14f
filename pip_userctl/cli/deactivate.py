"""``pip-userctl deactivate``: take back what ``activate`` did, byte for byte."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl.cli import activate
from pip_userctl.cli.covering import Target, installation
from pip_userctl.cli.output import Result, Section


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 if one of the targets cannot be changed; then none of them is."""
    _, data = activate.change(args, installation(), Target.check_removable, Target.deactivate)
    return Result(data)


def text(data: dict[str, Any]) -> list[Section]:
    """One section a target."""
    return activate.sections(data, "not covered any more", "was not covered, nothing to do")
