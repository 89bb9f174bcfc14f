"""``pip-userctl restore``: moves back what ``quarantine`` has moved out of the user site, byte for byte."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import environment as process, messages
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.quarantine import listed
from pip_userctl.cli.user_base import UserBase, refuse


def run(args: argparse.Namespace) -> Result:
    """Move everything back, or nothing; a run that was stopped is finished by the next one."""
    environment = process.detect()
    base = UserBase(environment, ["restore", args.id])
    with base.lock():
        if args.id not in base.quarantines():
            refuse(
                f"there is no quarantine {args.id}", base.folder, f"{messages.userctl(environment)} quarantine --list"
            )
        data = {"restored": base.describe(args.id)}
        try:
            base.give_back(args.id)
        except OSError as error:
            refuse("the move was stopped; restore it again once that is mended", str(error))
    return Result(data)


def text(data: dict[str, Any]) -> list[Section]:
    """What was moved back."""
    restored = data["restored"]
    rows = [("distributions", listed(restored)), ("files", str(len(restored["files"])))]
    return [Section(f"restored {restored['id']}", rows)]
