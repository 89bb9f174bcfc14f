"""Runs when pip looks for its commands; imports the package for an install only, and for ``pip --python``."""

# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs

import sys

INSTALL = "pip._internal.commands.install"
PARSER = "pip._internal.cli.main_parser"


def watched(path):
    start = sys.modules["_pip_userctl"]
    for other in sys.path_hooks[:]:
        if other is not start.hook:
            try:
                return watching(other(path))
            except ImportError:
                continue
    raise ImportError


def watching(finder):
    # The finder that this directory has anyway, with find_spec overridden on the instance. A finder of our own would
    # not do: pkgutil and importlib.resources look at the type.
    find = getattr(finder, "find_spec", None) or legacy(finder)

    def find_spec(name, target=None):
        spec = find(name, target)
        if spec is not None:
            if name == INSTALL:
                watch = ours("watch")
                if watch is not None:
                    watch(spec)
            elif name == PARSER:
                watch_parser(spec.loader)
        return spec

    finder.find_spec = find_spec
    return finder


def legacy(finder):
    # zipimport before Python 3.10.
    from importlib.util import spec_from_loader

    return lambda name, target: finder.find_module(name) and spec_from_loader(name, finder)


def ours(name):
    # That function of the package's loader, from the covering installation where there is one; None where it cannot be loaded.
    try:
        cover = sys.modules["_pip_userctl"].cover
        if cover and "pip_userctl" not in sys.modules:
            borrow(cover[1:])
        from pip_userctl._pip import loader

        return getattr(loader, name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # half of the package may be gone, and SystemExit would end pip
        complain(error)
        return None


def complain(error):
    # Without the package this file is a leftover, and has nothing to say.
    if getattr(error, "name", None) != "pip_userctl":
        import logging

        line = "WARNING: userctl-failure: pip-userctl failed (%r); pip's own decision stands"
        logging.getLogger("pip_userctl").warning(line, error)


def borrow(folders):
    # The package alone, so that sys.path stays as it is; the folder in its __path__ gives the rest of it.
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("pip_userctl", folders)
    if spec is None:
        raise ImportError(name="pip_userctl")
    module = sys.modules["pip_userctl"] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules["pip_userctl"]
        raise


def watch_parser(loader):
    # "pip --python OTHER" starts another pip without importing any command: pip's parser is where it shows. A
    # zipimporter serves all modules of its directory, hence the name; before Python 3.10 it has no exec_module, and is
    # left alone.
    execute = getattr(loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module):
        execute(module)
        if module.__name__ == PARSER and hasattr(module, "identify_python_interpreter"):  # pip 22.3 and newer
            wrap_parser(module)

    loader.exec_module = exec_module


def wrap_parser(module):
    identify, parse, asked, ends = module.identify_python_interpreter, module.parse_command, [], []

    def parse_command(args):
        asked[:] = args
        try:
            return parse(args)
        except BaseException as error:  # pip ends as the other pip does: by SystemExit, with its exit status
            for end in ends:
                end(error)
            raise

    def identify_python_interpreter(python):
        found = identify(python)
        judge = ours("judge_other") if found else None
        if judge is not None:
            ends[:] = filter(None, [judge(module, found, asked)])
        return found

    module.parse_command, module.identify_python_interpreter = parse_command, identify_python_interpreter
