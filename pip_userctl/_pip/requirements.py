"""The parser of requirements, which is pip's own."""

from __future__ import annotations

from typing import Any


def requirement_class() -> Any:
    """``packaging.requirements.Requirement``: as pip has it in memory, since a second import costs 23 M instructions."""
    try:
        from pip._vendor.packaging.requirements import Requirement
    except ImportError:  # a pip without its vendored packages, or none at all
        from pip_userctl.startup import loader

        if not loader.startup_module:
            from packaging.requirements import Requirement
        else:
            with loader.private("packaging"):
                from packaging.requirements import Requirement
    return Requirement
