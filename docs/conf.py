"""The site: Sphinx with furo and MyST. Every build writes the reference pages anew from the code."""

from __future__ import annotations

import fnmatch
import re
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]  # the pages are those of this checkout

import reference  # noqa: E402

from pip_userctl import __version__ as release  # noqa: E402, F401

project = "pip-userctl"
author = "the pip-userctl authors"
project_copyright = author
extensions = ["myst_parser"]
exclude_patterns = ["_build", "_ext", "package-index.md"]  # that one is for the package index alone
highlight_language = "none"
myst_heading_anchors = 3

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_copy_source = False  # the Markdown is beside each page instead

#: Links that are right in a checkout, below ``../`` → where they lead on the site.
_LINKS = {
    "pip_userctl/rules/pages/": "rules/",
    "SECURITY.md": "project/security.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "pip_userctl/rules/accounts.py": "reference/example.md",
    "pip_userctl/models.py": "reference/values.md",
    "pip_userctl/hooks.py": "reference/hooks.md",
}


def setup(app: Any) -> None:
    """Connect to the build."""
    app.connect("config-inited", lambda *_: write_reference())
    app.connect("source-read", lambda app, name, source: source.__setitem__(0, prepared(source[0], name)))
    app.connect("html-page-context", name_markdown)
    app.connect("build-finished", write_markdown)


def write_reference() -> None:
    """Write what has changed of the generated pages, and remove those that are none any more."""
    pages = {HERE / name: text for name, text in reference.pages().items()}
    for path, text in pages.items():
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for folder in {path.parent for path in pages}:
        for path in set(folder.glob("*.md")) - pages.keys():
            path.unlink()


def prepared(text: str, name: str) -> str:
    """The text of a page with the links of the site, and without places for pages that are not written yet.

    The first page of a folder gets the others of that folder below it, unless it orders them itself.
    """
    for target, place in _LINKS.items():
        text = re.sub(rf"(\]\((?:\.\./)*)\.\./{re.escape(target)}", rf"\g<1>{place}", text)
    others = [*Path(HERE, name).parent.glob("*.md")][1:]
    if others and name.endswith(("/index", "/README")) and "{toctree}" not in text:
        text += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
    return re.sub(r"(?m)^[\w/-]+\*\n", lambda found: found[0] if [*HERE.glob(f"{found[0].strip()}.md")] else "", text)


def name_markdown(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Tell programs where the Markdown of a page is."""
    if pagename in app.env.found_docs:
        name = pagename.rpartition("/")[2]
        context["metatags"] += f'<link rel="alternate" type="text/markdown" href="{name}.md">'


def write_markdown(app: Any, error: Exception | None) -> None:
    """Write the Markdown of each page beside it with the files that it links to, the schemas, and ``llms.txt``."""
    if error or app.builder.name != "html":
        return
    texts = {}
    for name in app.env.found_docs:
        source, path = Path(app.env.doc2path(name)), Path(app.outdir, f"{name}.md")
        text = prepared(source.read_text(encoding="utf-8"), name)
        texts[name] = re.sub(r"(?ms)^```\{toctree\}\n.*?^```\n?", "", text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[name], encoding="utf-8")
        for target in re.findall(r"\]\(([\w./-]+)\)", texts[name]):
            if not target.endswith(".md") and (source.parent / target).is_file():
                (path.parent / target).parent.mkdir(exist_ok=True)
                shutil.copy(source.parent / target, path.parent / target)
    schemas = Path(app.outdir, "schemas")
    schemas.mkdir(exist_ok=True)
    for path in reference.SCHEMAS.glob("*.json"):
        shutil.copy(path, schemas)
    Path(app.outdir, "llms.txt").write_text(llms(texts), encoding="utf-8")


def llms(texts: dict[str, str]) -> str:
    """The pages in the sections of the first page, each with its first sentence."""
    index = Path(HERE, "index.md").read_text(encoding="utf-8")
    lines = [f"# {project}", "", f"> {introduction(texts['index'])}", ""]
    left = sorted(texts.keys() - {"index"})
    for caption, entries in re.findall(r"(?ms)^```\{toctree\}\n:caption: (.*?)\n(.*?)^```", index):
        lines += [f"## {caption}", ""]
        for entry in [line for line in entries.splitlines() if line and not line.startswith(":")]:
            # The pages of a folder follow its index.
            for pattern in (entry, re.sub(r"/(index|README)\*?$", "/*", entry)):
                for name in fnmatch.filter(left, pattern):
                    left.remove(name)
                    title = texts[name].partition("\n")[0].removeprefix("# ")
                    lines.append(f"- [{title}]({name}.md): {introduction(texts[name])}")
        lines.append("")
    return "\n".join(lines)


def introduction(text: str) -> str:
    """The first sentence of a page, without its links."""
    paragraphs = [each for each in text.split("\n\n") if re.match(r"[\w*`\[-]", each)]
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", reference.sentence(paragraphs[0]))
