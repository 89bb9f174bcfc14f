"""Runs when Python starts; loads pip-userctl from beside this file when pip looks for its commands."""

# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs

import sys

# The command of this installation, in an environment that it covers; None where it is installed.
command = None
loaded = None


def install(covering=None):
    global command
    command = covering or command
    if hook not in sys.path_hooks:
        # First, because zipimport's hook would take a pip inside a zip file or wheel.
        sys.path_hooks.insert(0, hook)


def hook(path):
    # Called once for each new directory of any import in any program: the cheapest test stands first. Only ImportError
    # means "not mine"; bytes and Path objects are possible.
    if type(path) is not str or path[-8:] != "commands":
        raise ImportError
    if not path.replace("\\", "/").endswith("pip/_internal/commands"):
        raise ImportError
    try:
        return loader().watch(path)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # half of the package may be gone: then pip is as without it
        if "install" in getattr(sys, "argv", ()):
            print(f"WARNING: userctl-failure: pip-userctl raised {error!r}; pip goes on", file=sys.stderr)
        raise ImportError from None


def loader():
    # By its path: a covered environment could not import it, and nothing of the same name must stand in for it.
    global loaded
    if loaded is None:
        from importlib.util import module_from_spec, spec_from_file_location

        folder = package()
        spec = spec_from_file_location("pip_userctl.startup.loader", folder + "/startup/loader.py")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.package, module.startup_module = folder, __file__
        loaded = sys.modules[spec.name] = module
    return loaded


def package():
    # Beside this file, or where the .pth file of an editable installation points.
    import os

    folder = os.path.dirname(os.path.abspath(__file__))
    if os.path.isdir(folder + "/pip_userctl/startup"):
        return folder + "/pip_userctl"
    for info in os.listdir(folder):
        if info.startswith("pip_userctl-") and info.endswith(".dist-info"):
            with open(os.path.join(folder, info, "RECORD"), encoding="utf-8") as record:
                names = [line.partition(",")[0] for line in record]
            for name in names:
                if name.endswith(".pth") and "/" not in name and name != "pip_userctl.pth":
                    with open(os.path.join(folder, name), encoding="utf-8") as lines:
                        for line in lines:
                            if os.path.isdir(line.strip() + "/pip_userctl/startup"):
                                return line.strip() + "/pip_userctl"
    raise ImportError("pip_userctl")


def run():
    # The console script, and this file run by another interpreter.
    own = sys.modules.get("_pip_userctl")
    if own is not None and own.__dict__ is not globals() and hasattr(own, "run"):
        return own.run()
    return loader().run()


# Importing is installing: a virtual environment runs each .pth file twice before Python 3.15, and the second import of a
# module costs less than a second call. A .start file calls it as well.
if __name__ == "__main__":
    if sys.path and __file__.startswith(sys.path[0]):  # not so with -P
        del sys.path[0]
    sys.exit(run())
install()
