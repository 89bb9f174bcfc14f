"""Source trees that pip builds without any registry: the build backend stands in the tree itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_BACKEND = """\
import zipfile
{code}
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    import pathlib
    name = "{name}-1.0-py3-none-any.whl"
    files = {{
        "{name}.py": "",
        "{name}-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n",
        "{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    files["{name}-1.0.dist-info/RECORD"] = "".join(each + ",,\\n" for each in files)
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
    return name


def build_sdist(sdist_directory, config_settings=None):
    import pathlib, tarfile
    name = "{name}-1.0.tar.gz"
    with tarfile.open(pathlib.Path(sdist_directory) / name, "w:gz") as archive:
        archive.add(".", "{name}-1.0")
    return name
"""


def make_project(folder: Path, name: str, requires: Sequence[str] = (), code: str = "") -> Path:
    """A project with one module. requires: of the build; code: what the backend runs when it is imported."""
    folder.mkdir(parents=True)
    quoted = ", ".join(f'"{each}"' for each in requires)
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = [{quoted}]\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{name}"\nversion = "1.0"\n'
    )
    (folder / "backend.py").write_text(_BACKEND.format(name=name, code=code))
    return folder
