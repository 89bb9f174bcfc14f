"""Runs when Python starts and when pip looks for its commands; imports the package for the command ``install`` only."""

import sys


def install():
    # A virtual environment runs each .pth file twice before Python 3.15.
    if hook not in sys.path_hooks:
        # First, because zipimport's hook would take a pip inside a zip file or wheel.
        sys.path_hooks.insert(0, hook)


def hook(path):
    # Called once for each new directory of any import in any program: the cheapest test stands first. What is not a
    # str is not pip's either, and must not raise anything but ImportError.
    if type(path) is not str or path[-8:] != "commands" or path[-22:-8].replace("\\", "/") != "pip/_internal/":
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
        if name == "pip._internal.commands.install" and spec is not None:
            try:
                from pip_userctl.startup.loader import watch
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # half of the package may be gone, and SystemExit would end pip
                complain(error)
                return spec
            watch(spec)
        return spec

    finder.find_spec = find_spec
    return finder


def complain(error):
    # Without the package this file is a leftover, and has nothing to say.
    if getattr(error, "name", None) != "pip_userctl":
        import logging

        line = "WARNING: userctl-failure: pip-userctl failed (%r); pip's own decision stands"
        logging.getLogger("pip_userctl").warning(line, error)


def legacy(finder):
    # zipimport before Python 3.10.
    from importlib.util import spec_from_loader

    return lambda name, target: finder.find_module(name) and spec_from_loader(name, finder)
