"""Hands ``pip._internal.commands.install`` to the adapter once it has been executed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Any


def watch(spec: ModuleSpec) -> None:
    """Have the adapter follow the execution of the module that the spec describes."""
    if spec.loader is not None:
        # Never change the loader in place: one zipimporter serves all modules of a directory.
        spec.loader = _Loader(spec.loader)  # type: ignore[assignment]


class _Loader:
    """pip's own loader, followed by the adapter. It takes itself out once the module is there."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def create_module(self, spec: Any) -> Any:
        create = getattr(self._wrapped, "create_module", None)
        return None if create is None else create(spec)

    def exec_module(self, module: ModuleType) -> None:
        if hasattr(self._wrapped, "exec_module"):
            self._wrapped.exec_module(module)
        else:  # zipimport before Python 3.10
            code: CodeType = self._wrapped.get_code(module.__name__)
            exec(code, module.__dict__)
        module.__loader__ = self._wrapped
        if module.__spec__ is not None:
            module.__spec__.loader = self._wrapped
        _adapt(module)


def _adapt(module: ModuleType) -> None:
    """Let the adapter patch the module; whatever goes wrong must not reach pip."""
    try:
        from pip_userctl import borrowing

        with borrowing.window():
            from pip_userctl._pip import patch

            patch.apply(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _say(module, error)


def judge_other(parser: ModuleType, interpreter: str, arguments: list[str]) -> Any:
    """``pip --python OTHER``: judged here where OTHER is not covered. Raises pip's own exception to stop it.

    Gives what is to be called with the exception by which pip ends; None where nothing was judged.
    """
    try:
        from pip_userctl import borrowing

        with borrowing.window():
            from pip_userctl._pip.other import judge

            judged = judge(parser, interpreter, arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        try:
            from pip_userctl._pip.failsafe import failed_elsewhere
        except Exception:  # not even that is left
            import logging

            line = "WARNING: userctl-failure: pip-userctl failed (%r); pip's own decision stands"
            logging.getLogger("pip_userctl").warning(line, error)
        else:
            failed_elsewhere(error, parser, arguments)
        return None
    if judged is None:
        return None
    if judged.refusal is not None:
        raise judged.refusal
    return judged.finish


def _say(module: ModuleType, error: BaseException) -> None:
    """One line: in ``pip install`` where that can be, else at once, before pip has set its logging up."""
    report = getattr(error, "report", None)
    if report is None and _guarded(module, error):
        return
    import logging

    if report is None:
        text = f"userctl-failure: pip-userctl failed ({error!r}); pip's own decision stands"
    else:  # an unsupported pip: nothing is patched
        text = f"{report.reference}: {report.what} ({report.why})"
    logging.getLogger("pip_userctl").warning("WARNING: %s", text)


def _guarded(module: ModuleType, error: BaseException) -> bool:
    try:
        from pip_userctl._pip import failsafe

        return failsafe.guard(module, error)
    except Exception:  # not even that is left
        return False
