"""Runs when Python starts and when pip looks for its commands; imports the package for an install only."""

import sys

#: In an environment that another installation covers: its command, and the folders to load from; else nothing.
cover = ()


def install(*covering):
    # A virtual environment runs each .pth file twice before Python 3.15.
    if hook not in sys.path_hooks:
        global cover
        cover = covering
        # First, because zipimport's hook would take a pip inside a zip file or wheel.
        sys.path_hooks.insert(0, hook)


def hook(path):
    # Called once for each new directory of any import in any program: the cheapest test stands first. What is not a
    # str is not pip's either, and must not raise anything but ImportError.
    if type(path) is not str or path[-8:] not in ("commands", "rnal/cli", "rnal\\cli"):
        raise ImportError
    if not path.replace("\\", "/").endswith(("pip/_internal/commands", "pip/_internal/cli")):
        raise ImportError
    for other in sys.path_hooks[:]:
        if other is not hook:
            try:
                return watched(other(path))
            except ImportError:
                continue
    raise ImportError


def watched(finder):
    # The finder that this directory has anyway, with find_spec overridden on the instance. A finder of our own would
    # not do: pkgutil and importlib.resources look at the type.
    find = getattr(finder, "find_spec", None) or legacy(finder)

    def find_spec(name, target=None):
        spec = find(name, target)
        if spec is not None:
            if name == "pip._internal.commands.install":
                loader = ours()
                if loader is not None:
                    loader.watch(spec)
            elif name == "pip._internal.cli.main_parser":
                watch_parser(spec.loader)
        return spec

    finder.find_spec = find_spec
    return finder


def legacy(finder):
    # zipimport before Python 3.10.
    from importlib.util import spec_from_loader

    return lambda name, target: finder.find_module(name) and spec_from_loader(name, finder)


def ours():
    try:
        if cover and "pip_userctl" not in sys.modules:
            borrow()
        from pip_userctl.startup import loader
    except KeyboardInterrupt:
        raise
    except BaseException:  # half of the package may be gone, and SystemExit would end pip
        return None
    return loader


def borrow():
    # The package alone, so that sys.path stays as it is; the folder in its __path__ gives the rest of it.
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("pip_userctl", cover[1:])
    module = sys.modules["pip_userctl"] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules["pip_userctl"]
        raise


def watch_parser(loader):
    # "pip --python OTHER" starts another pip without importing any command: pip's parser is where it shows. The wrapped
    # functions import nothing before that option is there. A zipimporter serves all modules of its directory, hence
    # the name; before Python 3.10 it has no exec_module, and is left alone.
    execute = getattr(loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module):
        execute(module)
        if module.__name__ == "pip._internal.cli.main_parser" and hasattr(module, "identify_python_interpreter"):
            identify, parse, asked = module.identify_python_interpreter, module.parse_command, []

            def parse_command(args):
                asked[:] = args
                return parse(args)

            def identify_python_interpreter(python):
                found = identify(python)
                ready = found and ours()
                if ready:
                    ready.judge_other(module, found, asked)
                return found

            module.parse_command, module.identify_python_interpreter = parse_command, identify_python_interpreter

    loader.exec_module = exec_module
