"""What the reference says beyond the code: what messages, exit statuses and variables mean, and when hooks are called."""

from __future__ import annotations

#: What the words in braces of a message stand for.
PLACEHOLDERS = {
    "site": "the user site; the home is written `~`",
    "base": "the user base, such as `~/.local`",
    "py": "the version of Python, such as `3.12`",
    "origin": "who asked, as it was written: `--user`, `PIP_USER=1`, `user = true (~/.config/pip/pip.conf:2)`",
    "option": "the option of pip that is meant, such as `--target`",
    "dir": "a directory",
    "cause": "why pip cannot write there: `owner root, mode drwxr-xr-x` or `read-only file system`",
    "reason": "what hides the user site: `PYTHONNOUSERSITE`, `python -I`, `python -s`, `uid and euid differ` …",
    "owner": "the account that owns the home",
    "container": "the kind of container, such as `apptainer`",
    "purelib": "the site-packages directory",
    "base_prefix": "the directory of the Python installation",
    "names": "at most three distributions, then how many more",
    "what": "`will be hidden` or `will hide another copy`",
    "other": "the other copy: its name and version",
    "editable": "` (editable, …)` if that copy is one, with its folder",
    "text": "what the rule found: `comes first` or `comes after it`, the message of the frozen environment, or who requires it",
}
#: What is said that is no rule: what it means and what to do.
OTHERS = {
    "policy": "The policy has mistakes, or a file is no policy. Run `pip-userctl check`.",
    "locked": "The policy is locked, and a setting that would make it milder is ignored. The line names the setting.",
    "override": "`PIP_USERCTL_REASON` was given, and the policy says `override = deny`. Ask the administrator.",
    "failure": "pip-userctl itself or a plugin failed. Under `on-error = refuse` pip stops; otherwise it goes on.",
    "unsupported-pip": "pip-userctl does not fit this pip, so this pip is not under the policy. Upgrade one of the two.",
    "not-installed": "A part of pip-userctl or of pip is missing. The hint installs it again.",
    "usage": "The command line of `pip-userctl` is wrong. Only `--json` has it in this form.",
    "no-interpreter": "`--python` names no interpreter that can be run, or one that others can change and root does not run.",
    "unknown-rule": "There is no rule of this name. The nearest one is named.",
    "log": "There is no audit log, or a file cannot be read to its end.",
    "quarantine": "`quarantine` or `restore` cannot move what was asked for. Nothing was moved.",
    "unreadable": "pip-userctl is active, but other accounts cannot read its files. The hint mends that.",
    "occupied": "A file is in the way that is not from pip-userctl, or another pip-userctl covers the environment.",
    "not-writable": "This account may not write to the directory that `activate` or `deactivate` has to change.",
    "foreign-link": "Root does not write through a link that another account made.",
    "foreign-installation": "Root does not cover an environment with an installation that another account can change.",
    "no-environment": "The argument of `activate` or `deactivate` is no environment.",
    "other-python": "The environment has another version of Python. Activate from a pip-userctl of that version.",
}
#: When a verb exits with 1.
FINDINGS = {
    "status": "no `pip install` of this interpreter is under the policy, or something is wrong with it",
    "explain": "the policy or pip itself would refuse the install",
    "rules": "the policy, or the file that is given, has mistakes",
    "check": "there is any mistake, those that never stop pip included",
    "doctor": "there is any finding, or a check failed",
    "quarantine": "something cannot be moved; then nothing is",
    "restore": "something cannot be moved back; then nothing is",
    "log": "the given policy would have refused something or has mistakes, or a file cannot be read to its end",
    "plugins": "a plugin could not be loaded",
    "activate": "one of the environments cannot be covered, then none of them is; or other accounts cannot read the files",
    "deactivate": "one of the environments cannot be changed; then none of them is",
}
#: Variables that are no keys: what each does.
VARIABLES = {
    "PIP_USERCTL_REASON": "Turns refusals into warnings for one run, unless the policy says `override = deny`. It is recorded.",
    "PIP_CONFIG_FILE": "pip's own: a further file, which comes last. Administrator files count whatever it says.",
    "PIP_USER": "pip's own, like every other `PIP_…` variable: it asks for user installs, and the policy judges that.",
    "AI_AGENT": "The name of the coding agent that runs pip. Empty, `0` and `false` mean none.",
    "NO_COLOR": "No colours in what `pip-userctl` prints.",
    "FORCE_COLOR": "Colours although the output is no terminal.",
    "TERM": "`dumb` means no colours.",
    "PYTHONNOUSERSITE": "Python's own: the user site is not on `sys.path`. The rules about hidden user sites look at it.",
    "PYTHONUSERBASE": "Python's own: another user base than `~/.local`.",
    "HOME": "The home, where the user base is unless something else says where.",
    "APPDATA": "The same on Windows.",
    "PROGRAMDATA": "Where the administrator file is on Windows.",
    "PATH": "Where a hint looks for programs, so that it can write a name instead of a path.",
    "SUDO_UID": "The account that used sudo, for the record.",
    "JPY_PARENT_PID": "Set by Jupyter: hints are then written as `%pip`.",
    "PIP_BUILD_TRACKER": "Set by pip for the installs that prepare a build, which are not judged.",
    "PIP_REQ_TRACKER": "The same, by old versions of pip.",
}
#: The order of hooks in one install.
LIFE_CYCLE = (
    ("userctl_policy_keys", "pip starts an install. Plugins say which keys they add, then the policy is read."),
    ("userctl_evaluate", "pip has read what was asked for. Every plugin gives its verdicts, and the strictest wins."),
    ("userctl_decided", "the decision is made, and observers see it. If it is a refusal, pip stops after this."),
    (
        "userctl_evaluate_distributions",
        "pip has resolved and written nothing yet. Plugins judge the resolved set. If that changes the decision, "
        "`userctl_decided` is called again.",
    ),
    ("userctl_finished", "pip is done: installed, refused, failed or stopped. Observers see the outcome."),
)
