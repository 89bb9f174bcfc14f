"""``pip-userctl activate``: the policy of this installation holds in other environments too."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, Callable

from pip_userctl.cli.covering import (
    ALL,
    Installation,
    Target,
    find_unreadable,
    installation,
    interpreter,
    virtual_environment,
)
from pip_userctl.cli.output import Result, Section
from pip_userctl.messages import UserctlError


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 if one of the targets cannot be covered; then none of them is. Also if other accounts are not covered."""
    here = installation()
    targets, data = change(args, here, Target.check, Target.activate)
    unreadable = find_unreadable((each.environment for each in targets), here)
    return Result(data) if unreadable is None else Result(data, 1, (unreadable,))


def text(data: dict[str, Any]) -> list[Section]:
    """One section a target."""
    return sections(data, "covered from now on", "covered already, nothing to do")


def change(
    args: argparse.Namespace,
    here: Installation,
    check: Callable[[Target, Installation], None],
    operation: Callable[[Target, Installation], bool],
) -> tuple[Sequence[Target], dict[str, Any]]:
    """Check all targets, then change them; files are readable for every account, whatever the umask.

    Returns:
        The targets, and the data of the verb.

    Raises:
        UserctlError: one of the targets cannot be changed; its note names the others, which are then as they were.
    """
    names = args.environments
    targets: list[Target] = []
    for name in names or [ALL]:
        try:
            target = virtual_environment(name) if names else interpreter()
            check(target, here)
        except UserctlError as error:
            others = ", ".join(each for each in names if each != name)
            note = f"nothing was done for {others}" if others else ""
            raise UserctlError(error.message._replace(note=note)) from None
        targets.append(target)
    umask = os.umask(0o022)
    try:
        changes = [
            {
                "environment": each.environment,
                "all_environments": each.argument == ALL,
                "file": each.file,
                "changed": operation(each, here),
            }
            for each in targets
        ]
    finally:
        os.umask(umask)
    return targets, {"installation": here._asdict(), "targets": changes}


def sections(data: dict[str, Any], changed: str, unchanged: str) -> list[Section]:
    """One section a target, with what was done."""
    return [
        Section(
            f"every environment of {each['environment']}" if each["all_environments"] else each["environment"],
            [("state", changed if each["changed"] else unchanged), ("file", each["file"])],
        )
        for each in data["targets"]
    ]
