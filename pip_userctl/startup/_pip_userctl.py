"""Runs when Python starts; hands over to the module beside it when pip looks for its commands."""

# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs

import sys

#: In an environment that another installation covers: its command, and the folders to load from; else nothing.
cover = ()
watcher = None


def install(*covering):
    global cover
    cover = covering or cover
    if hook not in sys.path_hooks:
        # First, because zipimport's hook would take a pip inside a zip file or wheel.
        sys.path_hooks.insert(0, hook)


def hook(path):
    # Called once for each new directory of any import in any program: the cheapest test stands first. What is not a
    # str is not pip's either, and must not raise anything but ImportError.
    if type(path) is not str or path[-8:] not in ("commands", "rnal/cli", "rnal\\cli"):
        raise ImportError
    if not path.replace("\\", "/").endswith(("pip/_internal/commands", "pip/_internal/cli")):
        raise ImportError
    return load().watched(path)


def load():
    # By its path, because a covered environment could not import it; here, so that a start pays for nothing of it.
    global watcher
    if watcher is None:
        from importlib.util import module_from_spec, spec_from_file_location

        try:
            path = __file__.replace("_pip_userctl.py", "_pip_userctl_pip.py")
            spec = spec_from_file_location("_pip_userctl_pip", path)
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
        except KeyboardInterrupt:
            raise
        except BaseException:  # half of us may be gone, and only this error means "not mine"
            raise ImportError from None
        watcher = module
    return watcher


# Importing is installing: a virtual environment runs each .pth file twice before Python 3.15, and the second import of a
# module costs less than a second call. A .start file calls it as well.
install()
