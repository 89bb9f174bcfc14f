"""``pip-userctl activate`` and ``deactivate``: the policy of this installation holds in other environments, or no more."""

from __future__ import annotations

import argparse
import os
from typing import Any

from pip_userctl.cli.covering import ALL, find_unreadable, installation, interpreter, virtual_environment
from pip_userctl.cli.output import Result, Section
from pip_userctl.messages import UserctlError

#: What is said of a target that was changed, and of one that was not.
STATES = {
    "activate": ("covered from now on", "covered already, nothing to do"),
    "deactivate": ("not covered any more", "was not covered, nothing to do"),
}


def run(args: argparse.Namespace) -> Result:
    """Check all targets, then change them; files are readable for every account, whatever the umask.

    Exit status 1 if one of them cannot be changed: then none is. Also if other accounts are not covered.
    """
    here, names, targets = installation(), args.environments, []
    for name in names or [ALL]:
        try:
            target = virtual_environment(name) if names else interpreter()
            target.check(here, args.verb)
        except UserctlError as error:
            others = ", ".join(each for each in names if each != name)
            note = f"nothing was done for {others}" if others else ""
            raise UserctlError(error.message._replace(note=note)) from None
        targets.append(target)
    changes = []
    umask = os.umask(0o022)
    try:
        for each in targets:
            changed = each.activate(here) if args.verb == "activate" else each.deactivate()
            facts = {"environment": each.environment, "all_environments": each.argument == ALL, "file": each.file}
            changes.append({**facts, "changed": changed, "state": STATES[args.verb][not changed]})
    finally:
        os.umask(umask)
    data = {"installation": here._asdict(), "targets": changes}
    unreadable = find_unreadable((each.environment for each in targets), here) if args.verb == "activate" else None
    return Result(data) if unreadable is None else Result(data, 1, (unreadable,))


def text(data: dict[str, Any]) -> list[Section]:
    """One section a target, with what was done."""
    return [
        Section(
            f"every environment of {each['environment']}" if each["all_environments"] else each["environment"],
            [("state", each["state"]), ("file", each["file"])],
        )
        for each in data["targets"]
    ]
