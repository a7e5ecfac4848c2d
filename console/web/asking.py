"""How does a page ask the brain, in the name of whoever is signed in?"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from console import words
from console.errors import NotDone
from console.web.pages import signed_in
from console.web.services import services
from doorbus import messages as m
from doorbus.codec import explain

R = TypeVar("R", bound=BaseModel)


def made(kind: type[R], **fields: object) -> R:
    """A request of fields as they were typed; a field that is None is left out.

    Raises:
        NotDone: with each wrong field's own message.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    given.setdefault("op", words.op_of(kind))
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = {
            str(one["loc"][0]): words.mistake(one)
            for one in error.errors(include_url=False, include_input=False)
            if one["loc"]
        }
        raise NotDone(explain(error), fields=wrong) from None


async def ask(request: Request, kind: type[BaseModel], **fields: object) -> dict[str, Any]:
    """Ask the brain under the account of the session; the data of its answer.

    Raises:
        NotDone: the brain refused it, or a field is wrong; nothing was changed.
        BrainAway: nobody answered; asking again with the same transaction is safe.
    """
    who = signed_in(request)
    asked = cast(m.Request, made(kind, **fields))
    house = services(request)
    data = await house.line.ask(asked, who.account, who.role)
    house.zone.learn(data)
    return data
