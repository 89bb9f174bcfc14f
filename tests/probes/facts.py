"""The facts about this process as pip-userctl reads them, and as its pip does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pip._internal.configuration import Configuration
from pip._internal.utils.virtualenv import virtualenv_no_global

from pip_userctl import environment

question = json.loads(Path(sys.argv[1]).read_text())
for path in question.get("remove", ()):
    Path(path).unlink()

pip = Configuration(isolated=False)
print(
    json.dumps(
        {
            "facts": environment.collect()._asdict(),
            "no_global_by_pip": virtualenv_no_global(),
            "variables": {name: value for name, (value, _) in environment.pip_variables().items()},
            "variables_by_pip": dict(pip._normalized_keys("", pip.get_environ_vars())),
            "userctl_variables": environment.userctl_variables(),
            "encoding": environment.config_encoding(),
            "build_tracker": environment.has_build_tracker(),
            "config_is_off": environment.config_is_off(),
            "config_file": environment.config_file_variable(),
            "blocked": [
                found and [*found._asdict().values()]
                for found in map(environment.blocked, map(tuple, question.get("directories", ())))
            ],
            "enabled_by_python": bool(sys.modules["site"].ENABLE_USER_SITE),
            "on_path": sys.modules["site"].getusersitepackages() in sys.path,
        }
    )
)
