"""A progress bar by rich, which pip brings along."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO


def show_reading(file: BinaryIO) -> AbstractContextManager[Any]:
    """The file; how far it is read is shown on standard error, if that is a terminal and pip has rich for it."""
    try:
        from pip._vendor.rich.console import Console
        from pip._vendor.rich.progress import wrap_file
    except ImportError:  # pip before 22.2, or none
        return nullcontext(file)
    console, size = Console(stderr=True), os.fstat(file.fileno()).st_size
    if not console.is_terminal or not size:  # a pipe has no size
        return nullcontext(file)
    shown: AbstractContextManager[Any] = wrap_file(file, size, "reading", console=console, transient=True)
    return shown
