"""The texts of all rules as data; ``messages`` fills them in."""

from __future__ import annotations

_NOT_IMPORTED = "its Python does not import from {site}"
_NOT_WRITABLE = "{dir} is not writable ({cause})"
#: Rule → what happens, why, and the hint: the ``same`` install, a ``new`` environment, ``quarantine`` or none.
TEXTS: dict[str, tuple[str, str, str]] = {
    "isolated-typed": ("--user cannot work in this virtual environment", _NOT_IMPORTED, "same"),
    "isolated-configured": ("ignoring {origin} in this virtual environment", _NOT_IMPORTED, "same"),
    **dict.fromkeys(
        ("system-site-typed", "system-site-configured"),
        (
            "{origin} installs outside this virtual environment",
            "other Pythons {py} of this account import from {site} too",
            "same",
        ),
    ),
    "system-site-fallback": ("installing into {site}, outside this virtual environment", _NOT_WRITABLE, "new"),
    **dict.fromkeys(
        ("conda-typed", "conda-configured"),
        (
            "{origin} installs outside this conda environment",
            "{site} comes before the packages of every conda environment with Python {py}",
            "same",
        ),
    ),
    "conda-fallback": ("installing into {site}, outside this conda environment", _NOT_WRITABLE, "new"),
    **dict.fromkeys(
        ("base-typed", "base-configured"),
        (
            "{origin} installs into {site}",
            "it comes before the packages of this Python, for every Python {py} of this account",
            "new",
        ),
    ),
    "base-fallback": ("installing into {site} although nobody asked for it", _NOT_WRITABLE, "new"),
    "location-configured": ("ignoring {origin} because of {option}", "pip cannot combine them", "same"),
    "hidden-user-site-configured": ("ignoring {origin}", "this Python does not import from {site} ({reason})", "same"),
    "hidden-user-site": ("--user cannot work here", "this Python does not import from {site} ({reason})", "new"),
    "root-user": ("a user install by root", "{site} serves root alone and hides the system's packages from it", "new"),
    "foreign-user-base": (
        "root would write into the home of {owner}",
        "{owner}'s own pip could not change these files in {base}",
        "new",
    ),
    "container-home": (
        "a user install from inside a container ({container})",
        "{base} is the host's home: the host's Python {py} imports from it too",
        "new",
    ),
    "user-site-by-path": ("{option} leads into a user site", "{dir} is one, or lies in one", "new"),
    "base-site": (
        "installing into the base Python, outside any virtual environment",
        "{purelib} serves every user of this Python",
        "new",
    ),
    "break-system-packages": (
        "{origin} overrides the system's package manager",
        "the Python in {base_prefix} is externally managed",
        "new",
    ),
    "conda-frozen": ("this conda environment is frozen", "{text}", "new"),
    "shadowing": ("{names} {what}", "{other} in {dir}{editable} {text}", "quarantine"),
    "protected-package": ("{names} may not enter a user site", "{text}", "new"),
}
#: What happens where the configured setting is not ignored.
NOT_IGNORED = {
    "isolated-configured": "{origin} cannot work in this virtual environment",
    "location-configured": "{origin} meets {option}",
    "hidden-user-site-configured": "{origin} cannot work here",
}
