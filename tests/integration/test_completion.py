"""Shells complete the command: by files in the wheel that cost nothing at run time, where shells look for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Callable

import pytest

from pip_userctl.cli import VERBS
from tests.toolkit import cache, completions
from tests.toolkit.environments import Account, Environment
from tests.toolkit.terminals import typed

Make = Callable[..., Environment]
PLACES = {
    "bash": "share/bash-completion/completions/pip-userctl",
    "zsh": "share/zsh/site-functions/_pip-userctl",
    "fish": "share/fish/vendor_completions.d/pip-userctl.fish",
}
#: How each shell says whether a file is a script of its language.
CHECKS = {"bash": ("bash", "-n"), "zsh": ("zsh", "-n"), "fish": ("fish", "--no-execute")}
#: What is typed, with the word to complete last, and what a user expects among the answers and not.
TYPED = {
    "": (set(VERBS), {"--json"}),
    "st": ({"status"}, {"check"}),
    "de": ({"deactivate"}, {"activate"}),
    "-": ({"--help", "--version"}, {"--json"}),
    "matrix --c": ({"--config", "--compare"}, {"--json"}),
    "matrix --compare n": ({"new.conf"}, {"folder"}),
    "check n": ({"new.conf"}, set()),
    "log --verdict ": ({"allow", "log", "warn", "refuse"}, {"ignore"}),
    "log --situation sh": ({"shadowing", "shadowing-other"}, {"root-user"}),
    "activate f": ({"folder"}, {"new.conf"}),
    "activate --a": ({"--all-environments"}, {"--json"}),
    "explain --": ({"--json", "--python"}, {"--user"}),
}


@pytest.mark.parametrize("shell", completions.SHELLS)
def test_the_files_complete_what_the_parser_takes(shell: str) -> None:
    kept = completions.file(shell).read_text(encoding="utf-8")
    assert kept == completions.script(shell), "python -m tests.toolkit.completions writes them"


def test_the_wheel_brings_the_files_to_where_shells_look() -> None:
    with zipfile.ZipFile(cache.wheel()) as archive:
        data = {name.split(".data/data/")[1]: name for name in archive.namelist() if ".data/data/" in name}
        assert sorted(data) == sorted(PLACES.values())
        for shell, place in PLACES.items():
            assert archive.read(data[place]).decode() == completions.file(shell).read_text(encoding="utf-8")
        assert not [name for name in archive.namelist() if name.startswith("pip_userctl/completions")]


@pytest.mark.parametrize("shell", completions.SHELLS)
def test_each_file_is_a_script_of_its_shell(shell: str, request: pytest.FixtureRequest) -> None:
    request.applymarker(pytest.mark.needs(shell))
    done = subprocess.run([*CHECKS[shell], str(completions.file(shell))], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.needs("bash")
@pytest.mark.parametrize("line", TYPED)
def test_bash_completes_verbs_options_values_and_files(tmp_path: Path, line: str) -> None:
    (tmp_path / "new.conf").touch()
    (tmp_path / "folder").mkdir()
    script = (
        f'source "{completions.file("bash")}"; COMP_WORDS=(pip-userctl "$@"); COMP_CWORD=$#; '
        'complete -p pip-userctl >&2; _shtab_pip_userctl; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = ["bash", "--norc", "-c", script, "bash", *line.split(" ")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    offered = set(done.stdout.split())
    wanted, unwanted = TYPED[line]
    assert done.returncode == 0, done
    assert "-F _shtab_pip_userctl pip-userctl" in done.stderr, done
    assert wanted <= offered, done
    assert not unwanted & offered, done


@pytest.mark.needs("fish")
@pytest.mark.parametrize("line", TYPED)
def test_fish_completes_verbs_options_values_and_files(tmp_path: Path, line: str) -> None:
    (tmp_path / "new.conf").touch()
    (tmp_path / "folder").mkdir()
    script = f'source "{completions.file("fish")}"; complete -C "pip-userctl {line}"'
    variables = {"HOME": str(tmp_path / "home"), "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["fish", "-c", script], capture_output=True, text=True, cwd=tmp_path, env=variables)
    offered = {each.split("\t")[0].rstrip("/") for each in done.stdout.splitlines()}
    wanted, unwanted = TYPED[line]
    assert wanted <= offered, done
    assert not unwanted & offered, done


@pytest.mark.needs("zsh")
def test_a_tab_in_zsh_completes_verbs_and_values(account: Account, tmp_path: Path) -> None:
    functions = tmp_path / "site-functions"
    functions.mkdir()
    shutil.copy(completions.file("zsh"), functions / Path(PLACES["zsh"]).name)
    lines = [
        f"fpath=({functions} $fpath); autoload -U compinit; compinit -u -D",
        "pip-userctl() { print ran $* }",
        "pip-userctl log --verdict re\t",
        "exit",
    ]
    assert "ran log --verdict refuse\n" in typed(["zsh", "-f", "-i"], lines, account)


@pytest.mark.needs("bash")
def test_a_tab_in_bash_completes_the_command_of_an_installed_wheel(make: Make) -> None:
    environment = make("isolated")
    environment.remove_userctl(*(each.name for each in cache.unpacked().iterdir()))
    assert environment.pip("install", str(cache.wheel())).returncode == 0
    file = environment.prefix / PLACES["bash"]
    lines = [
        f"source {file}",
        f"PATH={environment.prefix / 'bin'}:$PATH",
        "pip-userctl quar\t--li\t",
        "exit",
    ]
    shown = typed(["bash", "--norc", "--noprofile", "-i"], lines, environment.account)
    assert "pip-userctl quarantine --list" in shown, shown
    assert "nothing is in quarantine" in shown, shown
    result = environment.pip("uninstall", "-y", "pip-userctl")
    assert result.returncode == 0, result
    assert not [place for place in PLACES.values() if os.path.lexists(environment.prefix / place)], result
