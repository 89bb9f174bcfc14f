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
    try:
        from pip_userctl.startup import loader
    except BaseException as error:  # half of the package may be gone, and SystemExit would end the interpreter
        if isinstance(error, KeyboardInterrupt):
            raise
        raise ImportError from None
    return loader.finder(path, hook)
