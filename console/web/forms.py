"""What did somebody type, and what is wrong with it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from starlette.requests import Request

from console.errors import NotDone


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: empty, or with what was typed and what is wrong with it.

    Attributes:
        values: what was typed, by field; one of several values is the last.
        many: all values of fields that have several.
        errors: what is wrong, by field.
        problem: what is wrong as a whole; empty where nothing is.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    def __getitem__(self, name: str) -> str:
        """What was typed into a field, without blanks around it; empty where nothing was."""
        return self.values.get(name, "").strip()

    def given(self, *names: str) -> dict[str, str]:
        """Those of these fields that are not empty."""
        return {name: self[name] for name in names if self[name]}

    def refused(self, why: NotDone) -> Form:
        """The same form, saying what is wrong."""
        return replace(self, errors={**self.errors, **why.fields}, problem=str(why))


async def typed(request: Request) -> Form:
    """What was sent with this request; files aside."""
    sent = await request.form()
    many: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, str):
            many.setdefault(name, []).append(value)
    return Form(
        {name: values[-1] for name, values in many.items()},
        {name: tuple(values) for name, values in many.items()},
    )
