"""pip's configuration: which files it reads, which variables, and who asked there for a user install."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pip._internal.configuration import get_configuration_files

from pip_userctl import environment
from pip_userctl.models import Origin
from pip_userctl.policy import BOOLEANS, ConfigFile, Setting, only_its_claim, read

_KINDS = ("global", "user", "site")
_RANK = ("global", "base", "user", "site", "env")
# Both options store into the same place, so that ``no-user = yes`` asks for a user install, in every pip.
_OPTIONS = ("user", "no-user")
_SECTIONS = ("global", "install")


def files(*, isolated: bool) -> tuple[ConfigFile, ...]:
    """The files that pip reads, and the administrator's that it does not, weakest first.

    isolated: under ``--isolated`` pip leaves the user's files out.
    """
    encoding = environment.config_encoding()
    administrators = environment.administrator_files()
    heard = list(_places(isolated=isolated))
    hidden = [place for place in administrators if place[1] not in {path for _, path in heard}]
    # Sorting is stable: among one kind pip's own order stands, and what it does not read is weaker.
    found: list[ConfigFile | None] = []
    for kind, path in sorted([*hidden, *heard], key=lambda place: _RANK.index(place[0])):
        file = read(path, kind, encoding)
        if file is not None:
            place = (kind, path)
            file = file._replace(administrator=administrators.get(place, False), heard_by_pip=place in heard)
            found.append(file if file.administrator or file.heard_by_pip else only_its_claim(file))
    return tuple(filter(None, found))


def _places(*, isolated: bool) -> Iterator[tuple[str, str]]:
    if environment.config_is_off():
        return
    named = environment.config_file_variable()
    # As in pip: a file that PIP_CONFIG_FILE names, and that exists, hides the user's own.
    without_user = isolated or (named is not None and environment.exists(named))
    places = {str(kind): paths for kind, paths in get_configuration_files().items()}
    for kind in _KINDS:
        if kind == "user" and without_user:
            continue
        for path in places[kind]:
            yield kind, path
    if named is not None:
        yield "env", named


def variables(*, isolated: bool) -> dict[str, Setting]:
    """The policy's keys among the variables; none under ``--isolated``, as in pip."""
    if isolated:
        return {}
    found = environment.userctl_variables()
    return {key: Setting(value, "env-var", name=name) for key, (value, name) in found.items()}


def configured_wish(config_files: Iterable[ConfigFile], *, isolated: bool) -> Origin | None:
    """Where the configuration asks for a user install, or against one; None where it says nothing.

    An origin of the kind ``none`` is a setting against it.
    """
    setting, _ = _winner(config_files, isolated=isolated)
    if setting is None:
        return None
    kind = "configured" if BOOLEANS.get(setting.value.lower()) else "none"
    return Origin(kind, setting.name, setting.path, setting.line)


def command_to_unset(config_files: Iterable[ConfigFile]) -> str:
    """How ``pip config`` takes that setting back; empty for a variable, or a line that it does not edit."""
    setting, section = _winner(config_files, isolated=False)
    if setting is None or setting.kind not in _KINDS or setting.inherited:
        return ""
    places = {str(kind): paths for kind, paths in get_configuration_files().items()}[setting.kind]
    # pip config edits the strongest place of a kind alone, whether there is a file or not.
    if setting.path != places[-1]:
        return ""
    # It hears [global] itself, as its own --user beside the option for another file.
    needs_quiet = section == "global" and setting.kind != "user"
    if needs_quiet and environment.WINDOWS:
        return ""
    return f"{'PIP_USER=0 ' if needs_quiet else ''}pip config --{setting.kind} unset {section}.{setting.name}"


def _winner(config_files: Iterable[ConfigFile], *, isolated: bool) -> tuple[Setting | None, str]:
    """The setting that decides, and its section.

    The same order as in pip: ``[global]``, ``[install]``, variables; within each the later file wins.
    """
    config_files = tuple(config_files)
    winner: Setting | None = None
    place = ""
    for section in _SECTIONS:
        merged: dict[str, Setting] = {}
        for file in config_files:
            if not file.heard_by_pip:
                continue
            merged.update(file.sections.get(section, {}))
        found = _last(merged)
        if found is not None:
            winner, place = found, section
    if not isolated:
        variables = environment.pip_variables()
        winner = (
            _last({key: Setting(value, "env-var", name=name) for key, (value, name) in variables.items()}) or winner
        )
    return winner, place


def _last(settings: Mapping[str, Setting]) -> Setting | None:
    given = [each._replace(name=each.name or key) for key, each in settings.items() if key in _OPTIONS and each.value]
    return given[-1] if given else None
