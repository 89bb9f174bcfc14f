"""The reference pages, written from the code: rules, keys, messages, verbs, schemas, hooks, values, variables.

Plain Python that needs no Sphinx, so that a test can ask whether everything has its place. ``pages()`` has them all.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from meanings import FINDINGS, LIFE_CYCLE, OTHERS, PLACEHOLDERS, VARIABLES

import pip_userctl
from pip_userctl import cli, environment, hooks, keys, models, plugins
from pip_userctl.cli import rules
from pip_userctl.cli.doctor import CHECKS
from pip_userctl.rules.texts import NOT_IGNORED, TEXTS

PROJECT = Path(__file__).parents[2]
PACKAGE = Path(pip_userctl.__file__).parent
SCHEMAS = PACKAGE / "cli" / "schemas"

#: The values that hooks take and give.
VALUES = (
    models.Request, models.Environment, models.Distribution, models.Verdict, hooks.Decision, hooks.Outcome,
    keys.PolicyKey, pip_userctl.Policy, models.Source, models.Destination, models.RequestedName, models.Unwritable,
    models.Failure,
)  # fmt: skip


def pages() -> dict[str, str]:
    """Every generated page, Markdown, by its path below ``docs``."""
    written = {f"rules/{name}.md": rule(name) for name in keys.RULES}
    written["rules/index.md"] = all_rules()
    for write in (all_keys, all_messages, verbs, schemas, all_hooks, values, example, variables):
        written[f"reference/{write.__name__.replace('all_', '')}.md"] = write()
    for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY"):
        text = (PROJECT / f"{name}.md").read_text(encoding="utf-8")
        written[f"project/{name.lower()}.md"] = text.replace("](docs/", "](../")
    return written


def variable(key: str) -> str:
    """The variable that sets a key for one run."""
    return f"PIP_USERCTL_{key.upper().replace('-', '_')}"


def rule(name: str) -> str:
    """The page of a rule as ``pip-userctl rules NAME`` shows it, with its message and the way on at the end."""
    return "\n".join(
        [
            rules.read_page(name, keys.KEYS[name]),
            "## More",
            "",
            f"- `pip-userctl rules {name}` shows this page on your machine, with the action that holds there.",
            f"- Its message: [userctl-{name}](../reference/messages.md#userctl-{name})",
            "- [Your install was refused](../refused.md): what to do now",
            "- [User installs and the fallback](../fallback.md): where packages go, and which one Python finds",
            "- [All rules](index.md), and [the policy](../policy.md), which gives them their actions",
            "",
        ]
    )


def all_rules() -> str:
    """The table of all rules."""
    rows = []
    for name, actions in keys.RULES.items():
        looks_at = re.split(r"(?m)^## ", rules.read_page(name, keys.KEYS[name]))[1].split("\n", 1)[1]
        rows.append([f"[{name}]({name}.md)", sentence(looks_at), *(f"`{each}`" for each in actions)])
    return page(
        "Rules",
        "Each rule looks at one thing about a `pip install`, and the key of its name in `pip.conf` says what to do. "
        "The last three columns are its actions in the three profiles.",
        *table(["rule", "looks at", *keys.PROFILES], rows),
        "",
        "```{toctree}\n:hidden:\n\n" + "\n".join(keys.RULES) + "\n```",
    )


def all_keys() -> str:
    """Every key with its values, defaults and variable."""
    actions = [f"`{each}`" for each in keys.KEYS["base-typed"].values]
    lines = [
        "## The keys of rules",
        "",
        "Each has the name of its [rule](../rules/index.md). The value is an action: "
        f"{', '.join(actions)}; in names that end in `-configured` also `ignore`.",
        "",
    ]
    rows = []
    for name in keys.RULES:
        defaults = [f"`{each}`" for each in keys.KEYS[name].defaults]
        rows.append([f"[{name}](../rules/{name}.md)", *defaults, f"`{variable(name)}`"])
    lines += table(["key", *keys.PROFILES, "variable"], rows)
    for name, key in keys.KEYS.items():
        if name in keys.RULES:
            continue
        lines += [
            "",
            f"## {name}",
            "",
            f"{key.summary[:1].upper()}{key.summary[1:]}.",
            "",
            f"- Value: {key.expects()}",
            f"- Default: {written_value(key.default('default'))}",
            f"- Variable: {'none, as it counts in administrator files only' if name == 'locked' else f'`{variable(name)}`'}",
        ]
    return page(
        "Keys",
        "All keys of the section `[userctl]` in `pip.conf`. [The policy](../policy.md) says what they mean together. "
        "The columns `audit`, `default` and `strict` are the values in these profiles if nobody sets the key.",
        *lines,
    )


def written_value(value: object) -> str:
    """A value as it is written in ``pip.conf``."""
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if text else "none"


def all_messages() -> str:
    """Every message with its meaning."""
    lines = ["## Of rules", ""]
    for name, (what, why, _) in TEXTS.items():
        lines += [f"### userctl-{name}", "", f"    userctl-{name}: {what}: {why}", ""]
        if name in NOT_IGNORED:
            lines += ["If the setting is not ignored:", "", f"    userctl-{name}: {NOT_IGNORED[name]}: {why}", ""]
        elif name.endswith("-configured"):
            reason = why.replace("it comes", "{site} comes")
            lines += ["If the setting is ignored:", "", f"    userctl-{name}: ignoring {{origin}}: {reason}", ""]
        lines += [f"What it means, and what to do instead: [{name}](../rules/{name}.md).", ""]
    lines += ["## Of the policy, and of pip-userctl itself", ""]
    for name, meaning in OTHERS.items():
        lines += [f"### userctl-{name}", "", meaning, ""]
    lines += ["## The words in braces", ""]
    lines += table(["word", "stands for"], [[f"`{{{name}}}`", text] for name, text in PLACEHOLDERS.items()])
    return page(
        "Messages",
        "Every message begins with a name, `userctl-…`. A warning is one line: the name, what happens, and why. "
        "A refusal has the same parts in a block, with a note and a command to run instead. "
        "A plugin's own messages have the names of its rules.",
        *lines,
    )


def verbs() -> str:
    """The command line of every verb, and the exit statuses."""
    _, parsers = cli._parsers()
    lines = [
        "## Exit statuses",
        "",
        *table(
            ["status", "meaning"],
            [
                ["0", "fine"],
                ["1", "findings, refused, or not active; for each verb in the table below"],
                ["2", "the command line is wrong"],
            ],
        ),
        "",
        *table(["verb", "exits with 1 if"], [[f"[{verb}](#{verb})", FINDINGS[verb]] for verb in cli.VERBS]),
        "",
        "`pip install` itself exits with 1 if the policy refuses. Otherwise its exit status is pip's own.",
    ]
    for verb in cli.VERBS:
        each = parsers[verb]
        description = str(each.description)
        lines += ["", f"## {verb}", "", f"{description[:1].upper()}{description[1:]}.", ""]
        rows = []
        for action in each._actions:
            names = [*action.option_strings, *([str(action.metavar)] if action.metavar else [])]
            if "--help" not in names:
                rows.append([f"`{' '.join(names)}`", str(action.help)])
        lines += [*table(["argument", "meaning"], rows), "", each.epilog or ""]
        if verb == "doctor":
            lines += table(["finding", "what it is"], [[f"`{name}`", text] for name, (text, _) in CHECKS.items()])
    return page(
        "Command line",
        "All verbs of `pip-userctl` with their options. [The command](../commands.md) shows each at work.",
        *lines,
    )


def schemas() -> str:
    """The JSON Schemas of all answers and of the records."""
    lines = []
    for path in sorted(SCHEMAS.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        lines += [f"## {path.stem}", "", json.loads(text)["description"], "", f"```json\n{text.rstrip()}\n```", ""]
    return page(
        "JSON schemas",
        "What `--json` prints, verb by verb, and the lines of the audit log (`record`), as JSON Schema 2020-12. "
        "The same files are in the package, in `pip_userctl/cli/schemas/`.",
        *lines,
    )


def all_hooks() -> str:
    """The life cycle and every hook, from the docstrings of the specifications."""
    lines = ["## Life cycle", "", "One `pip install`, in order:", ""]
    lines += [f"{number}. [`{name}`](#{name}): {text}" for number, (name, text) in enumerate(LIFE_CYCLE, 1)]
    for name, function in hook_functions().items():
        signature = ast.unparse(definition(function).args).replace(", ", ",\n    ")
        result = ast.unparse(definition(function).returns or ast.Constant(None))
        arguments = f"\n    {signature},\n" if "," in signature else signature
        lines += ["", f"## {name}", "", f"```python\ndef {name}({arguments}) -> {result}\n```", ""]
        lines += docstring(function)
    return page(
        "Hooks",
        "Hooks are the functions of a plugin that pip-userctl calls while pip runs an install. "
        "A function may take fewer arguments than its hook has, in any order. "
        "[Plugins](../plugins.md) has a whole plugin with its tests, and [values](values.md) describes the arguments.",
        *lines,
    )


def hook_functions() -> dict[str, Any]:
    """The hooks by name."""
    return {name: value.__func__ for name, value in vars(plugins.Specifications).items() if name.startswith("userctl_")}


def definition(found: Any) -> Any:
    """The syntax tree of a function or class."""
    return ast.parse(textwrap.dedent(inspect.getsource(found))).body[0]


def values() -> str:
    """The fields and methods of what hooks take and give."""
    public = [value.__name__ for value in VALUES if value.__name__ in pip_userctl.__all__]
    lines = []
    for value in VALUES:
        tree = definition(value)
        fields = [ast.unparse(each) for each in tree.body if isinstance(each, ast.AnnAssign)]
        lines += [f"## {value.__name__}", "", *docstring(value), ""]
        lines += ["```python", f"class {value.__name__}:", *(f"    {each}" for each in fields), "```", ""]
        for each in tree.body:
            if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
                is_property = bool(each.decorator_list)
                del each.args.args[0]
                signature = each.name if is_property else f"{each.name}({ast.unparse(each.args)})"
                lines.append(f"- `{signature}`: {sentence(str(ast.get_docstring(each)))}")
        lines.append("")
    return page(
        "Values",
        "What the arguments of [hooks](hooks.md) have in them. All values are frozen; `_replace` and `_asdict` work as "
        f"in a named tuple. To be imported from `pip_userctl`: {', '.join(f'`{name}`' for name in public)}.",
        *lines,
    )


def example() -> str:
    """A file of built-in rules, which is an ordinary plugin."""
    source = (PACKAGE / "rules" / "accounts.py").read_text(encoding="utf-8")
    return page(
        "Built-in rules as an example",
        "The rules about root and containers, as they are in `pip_userctl/rules/accounts.py`. They are hooks like those of "
        "any plugin; `verdict` takes the action from the policy and the words from a table of texts.",
        f"```python\n{source.rstrip()}\n```",
    )


def variables() -> str:
    """Every environment variable that is read."""
    agents = [[f"`{name}`", agent] for name, agent in environment.AGENTS.items()]
    containers = [
        [kind, ", ".join(f"`{each}`" for each in (*names, *files))] for kind, names, files in environment._CONTAINERS
    ]
    return page(
        "Environment variables",
        "Each [key](keys.md) except `locked` has a variable, which is stronger than every file unless the policy is locked: "
        "`PIP_USERCTL_` and the name in capitals, with `_` for `-`.",
        "## Others",
        "",
        *table(["variable", "what it does"], [[f"`{name}`", text] for name, text in VARIABLES.items()]),
        "",
        "## Keys",
        "",
        *table(["variable", "key"], [[f"`{variable(name)}`", f"`{name}`"] for name in keys.KEYS if name != "locked"]),
        "",
        "## Markers of coding agents",
        "",
        "If `AI_AGENT` is not set, these say which agent runs pip.",
        "",
        *table(["variable", "agent"], agents),
        "",
        "## Markers of containers",
        "",
        "A variable that is set, or a file that exists, says in which kind of container pip runs.",
        "",
        *table(["container", "variables and files"], containers),
    )


def page(title: str, introduction: str, *lines: str) -> str:
    """A page of these lines."""
    text = "\n".join([f"# {title}", "", introduction, "", *lines]).rstrip("\n") + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    yield f"| {' | '.join(header)} |"
    yield f"| {' | '.join('---' for _ in header)} |"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"


def sentence(text: str) -> str:
    """The first sentence of a text, on one line."""
    return re.split(r"(?<=[.!?])\s", " ".join(text.strip().partition("\n\n")[0].split()))[0]


def docstring(found: object) -> Iterator[str]:
    """The lines of a docstring as Markdown: labels bold, fields as a list, examples as Python."""
    paragraphs = re.split(r"\n\n(?!    )", inspect.getdoc(found) or "")
    for paragraph in paragraphs:
        label, _, rest = paragraph.partition("\n")
        if label == "Attributes:":
            entries = re.split(r"\n(?! )", textwrap.dedent(rest))
            for entry in entries:
                for part in re.split(r"; (?=[a-z_]+: )", " ".join(entry.split())):
                    names, _, text = part.partition(": ")
                    yield f"- {', '.join(f'`{name}`' for name in names.split(', '))}: {text}"
        elif label == "Example::":
            yield f"```python\n{textwrap.dedent(rest).strip()}\n```"
        else:
            yield re.sub(r"(^|(?<=\. ))(When|None|If it raises)(?=[:,])", r"**\2**", " ".join(paragraph.split()))
        yield ""
