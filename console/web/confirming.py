"""How is somebody asked whether they mean it? By a page that works as a dialog too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from console.errors import NotDone
from console.web.asking import ask
from console.web.forms import Form, show, typed
from console.web.pages import see


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked before it is done.

    Attributes:
        title: what will be done, as a question.
        button: what to press.
        back: where somebody goes who does not, and who did.
        lines: what else there is to know.
        kind: of the button: `danger`, or `primary` for what is easily undone.
        plain: whether the answer is a file.
        hidden: what the form brings back, so that the question can be asked again while the brain
            is away.
    """

    title: str
    button: str
    back: str
    lines: tuple[str, ...] = ()
    kind: str = "danger"
    plain: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)


def confirm(request: Request, question: Question, form: Form) -> Response:
    """The page that asks."""
    return show(request, "confirm.html", form, {"question": question})


async def carry_out(
    request: Request,
    question: Question,
    done: str,
    kind: type[BaseModel],
    **fields: object,
) -> Response:
    """Ask the person, then the brain.

    Args:
        request: a GET asks the person, a POST the brain.
        question: what the person is asked.
        done: a code of `words.afterwards`.
        kind: what the brain is asked; it takes a transaction.
        fields: of it.
    """
    if request.method != "POST":
        return confirm(request, question, Form())
    form = await typed(request)
    try:
        await ask(request, kind, transaction=form.transaction, **fields)
    except NotDone as why:
        return confirm(request, question, form.refused(why))
    return see(question.back, done=done)
