"""Who may reach out: what stands in the way of it, and what to ask for."""

from __future__ import annotations

import os

from pip_userctl.errors import Report, UserctlError
from pip_userctl.installation import Installation
from pip_userctl.models import Blocked


def denied(blocked: Blocked, command: str) -> UserctlError:
    """This account may not write there."""
    return UserctlError(
        Report(
            "userctl-not-writable",
            f"{blocked.path} is not writable for you",
            f"owner {blocked.owner}, mode {blocked.mode}"
            + (", on a read-only file system" if blocked.cause == "read-only file system" else ""),
            hint=f"ask {blocked.owner}, who may write there, to run: {command}",
        )
    )


def occupied(path: str, other: str | None) -> UserctlError:
    """Something that is not from here stands in the place."""
    owner = f"it loads {other}, another pip-userctl" if other else "it is not from pip-userctl"
    return UserctlError(
        Report(
            "userctl-occupied",
            f"{path} is there already",
            owner,
            hint="deactivate with that pip-userctl first" if other else "move it away, or leave it and do without",
        )
    )


def check(folder: str, installation: Installation) -> None:
    """Raise UserctlError where root would make others run what neither root nor they own."""
    if installation.euid != 0:
        return
    trusted = {0, os.stat(folder).st_uid}
    for path in (installation.startup_module, *installation.folders):
        owner = os.stat(path).st_uid
        if owner not in trusted:
            raise UserctlError(
                Report(
                    "userctl-foreign-installation",
                    f"{folder} cannot be covered from here",
                    f"{path} belongs to uid {owner}, who could then run code in every Python there",
                    hint="install pip-userctl as root, and activate with that",
                )
            )
