"""The base of the values that a ``pip install`` makes: frozen, plain data, compared by their fields.

Every ``pip install`` creates these classes anew, so creating one must cost next to nothing. The eleven of ``models``
cost 1.5 million instructions as plain classes and 13.9 as ``typing.NamedTuple`` (CPython 3.11), dataclasses more:
both compile code for each class. What neither a ``pip install`` nor a plugin
sees is made of named tuples.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_):  # noqa: D103
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Frozen:
    """A frozen value whose fields are the class's annotations, in their order; an assignment there is a default.

    Takes its fields by position or by name; raises TypeError for a missing, an unknown or a repeated one, and
    AttributeError when it is assigned to. ``_fields``, ``_asdict`` and ``_replace`` are those of a named tuple.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _known: ClassVar[frozenset[str]] = frozenset()
    _needed: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)
        cls._known = frozenset(cls._fields)
        cls._needed = cls._known.difference(cls.__dict__)

    if not TYPE_CHECKING:  # the type checker makes one out of the fields

        def __init__(self, *values, **named):
            # No loop of our own: some fifty of these are made in every ``pip install``.
            given = dict(zip(self._fields, values))
            given.update(named)
            wrong = len(given) < len(values) + len(named)  # too many by position, or one both ways
            if wrong or not self._needed <= given.keys() <= self._known:
                _raise_mistake(type(self), values, named)
            self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._fields)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self._fields))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

    def _asdict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._fields}

    def _replace(self, **changes: Any) -> Self:
        return type(self)(**{**self.__dict__, **changes})

    __replace__ = _replace  # copy.replace


def _raise_mistake(kind: type[Frozen], values: tuple[object, ...], named: dict[str, object]) -> None:
    from inspect import Parameter, Signature  # only a mistake pays for it

    fields = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=vars(kind).get(name, Parameter.empty))
        for name in kind._fields
    ]
    try:
        Signature(fields).bind(*values, **named)
    except TypeError as error:
        raise TypeError(f"{kind.__name__}: {error}") from None
