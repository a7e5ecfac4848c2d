"""How is a page's form filled in and sent without a browser? As one without scripts would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

import httpx

_CHOICES: Final = frozenset({"checkbox", "radio"})


@dataclass
class SentForm:
    """A form of a page.

    Attributes:
        action: where it goes.
        fields: what stands in it, in the order of the page.
    """

    action: str = ""
    method: str = "get"
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Read:
    """What a reader sees of a page.

    Attributes:
        forms: of it.
        text: all of it, blanks as one.
        wrong: what stands beside a field as wrong, by field.
    """

    forms: list[SentForm] = field(default_factory=list)
    text: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    def form(self, action: str) -> SentForm:
        """The form that goes there."""
        return next(one for one in self.forms if one.action.partition("?")[0] == action)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read = Read()
        self._words: list[str] = []
        self._form: SentForm | None = None
        self._select = ""
        self._area = ""
        self._wrong = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = SentForm(given.get("action", ""), given.get("method", "get"))
            self.read.forms.append(self._form)
        if given.get("id", "").startswith("wrong-"):
            self._wrong = given["id"].removeprefix("wrong-")
        if self._form is None:
            return
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in _CHOICES or "checked" in given:
                self._form.fields.setdefault(name, []).append(value or ("on" * (kind in _CHOICES)))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._form.fields.setdefault(self._select, []).append(value)
        elif tag == "textarea":
            self._area = name
            self._form.fields.setdefault(name, [""])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "p":
            self._wrong = ""

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        if self._area and self._form is not None:
            self._form.fields[self._area] = [data]
        if self._wrong and data.strip():
            self.read.wrong[self._wrong] = data.strip()

    def done(self) -> Read:
        self.read.text = " ".join(" ".join(self._words).split())
        return self.read


def read(answer: httpx.Response) -> Read:
    """A page as a reader sees it."""
    reader = _Reader()
    reader.feed(answer.text)
    return reader.done()


def send(
    client: httpx.Client, answer: httpx.Response, action: str, **fields: str | list[str]
) -> httpx.Response:
    """Send a form of a page, filled in; `fields` take the place of what stood there.

    Args:
        client: signed in.
        answer: the page.
        action: where the form goes.
        fields: by name; in names `_dash_` stands for `-`.
    """
    form = read(answer).form(action)
    named: Mapping[str, Any] = {name.replace("_dash_", "-"): it for name, it in fields.items()}
    assert form.method == "post"
    return client.post(form.action, data={**form.fields, **named})


def fill(client: httpx.Client, path: str, **fields: str | list[str]) -> httpx.Response:
    """Get a page and send the form on it that goes to the same path."""
    page = client.get(path)
    assert page.status_code == httpx.codes.OK, (page.status_code, read(page).text)
    return send(client, page, path.partition("?")[0], **fields)
