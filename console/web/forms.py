"""What did somebody type, and what is wrong with it?"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from console.errors import BrainAway, NotDone
from console.web.pages import render

TRANSACTION: Final = "transaction"
"""The hidden field by which a form that is sent again is carried out once."""

_TRANSACTION_FORM: Final = re.compile(r"[0-9a-f]{32}")


def _new_transaction() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: empty, or with what was typed and what is wrong with it.

    Attributes:
        values: what was typed, by field; one of several values is the last.
        many: all values of fields that have several.
        errors: what is wrong, by field.
        problem: what is wrong as a whole; empty where nothing is.
        status: of the HTTP answer that shows it.
        transaction: what its next sending is known by. It stays the same until the brain has
            answered, so that pressing again does nothing twice.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    status: int = 200
    transaction: str = field(default_factory=_new_transaction)

    def __getitem__(self, name: str) -> str:
        """What was typed into a field, without blanks around it; empty where nothing was."""
        return self.values.get(name, "").strip()

    def __bool__(self) -> bool:
        """A form is there, however empty."""
        return True

    def given(self, *names: str) -> dict[str, str]:
        """Those of these fields that are not empty."""
        return {name: self[name] for name in names if self[name]}

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that has several, without blanks around them; no empty ones."""
        return tuple(one.strip() for one in self.many.get(name, ()) if one.strip())

    def chosen(self, name: str, value: str) -> bool:
        """Whether a value of a field that has several was chosen."""
        return value in self.many.get(name, ())

    def refused(self, why: NotDone, **places: str) -> Form:
        """The same form, saying what is wrong.

        Whatever was answered ends a transaction: mended, the form asks for something else. Where
        nobody answered it stays, for it may have been carried out.

        Args:
            why: what is wrong.
            places: the form's own field for one of the request's that is called otherwise there.
        """
        fields = {places.get(name, name): text for name, text in why.fields.items()}
        return replace(
            self,
            errors={**self.errors, **fields},
            problem=str(why),
            status=why.status,
            transaction=self.transaction if isinstance(why, BrainAway) else _new_transaction(),
        )

    def wrong(self, **errors: str) -> Form:
        """The same form, with fields that are wrong before the brain was asked.

        Args:
            errors: what is wrong, by field.
        """
        return replace(
            self,
            errors={**self.errors, **errors},
            status=422,
            transaction=_new_transaction(),
        )


def filled(**values: str | tuple[str, ...] | list[str] | None) -> Form:
    """A form that nobody has sent yet, with what stands in its fields; None and "" are nothing."""
    known = {name: value for name, value in values.items() if value}
    many = {
        name: (value,) if isinstance(value, str) else tuple(value) for name, value in known.items()
    }
    return Form({name: texts[-1] for name, texts in many.items()}, many)


async def typed(request: Request) -> Form:
    """What was sent with this request; files aside."""
    sent = await request.form()
    many: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, str):
            many.setdefault(name, []).append(value)
    transaction = many.get(TRANSACTION, [""])[-1]
    return Form(
        {name: values[-1] for name, values in many.items()},
        {name: tuple(values) for name, values in many.items()},
        # Whoever makes up a transaction of their own gets one of ours, and nothing else.
        transaction=(
            transaction if _TRANSACTION_FORM.fullmatch(transaction) else _new_transaction()
        ),
    )


def asked(request: Request, *names: str) -> Form:
    """What stands in the address: what a search, a filter or a link filled in.

    Args:
        request: whose.
        names: fields that are looked at; without any, all.
    """
    many: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if not names or name in names:
            many.setdefault(name, []).append(value)
    return Form(
        {name: values[-1] for name, values in many.items()},
        {name: tuple(values) for name, values in many.items()},
    )


def show(
    request: Request,
    template: str,
    form: Form,
    context: Mapping[str, Any] | None = None,
    **more: object,
) -> HTMLResponse:
    """A page with a form, with the status that goes with what is wrong with it.

    Args:
        request: that is answered.
        template: has `form`, and `transaction` for its hidden field.
        form: as it stands.
        context: what else the template has.
        more: the same.
    """
    filled_in = {**(context or {}), **more, "form": form, "transaction": form.transaction}
    return render(request, template, filled_in, status=form.status)
