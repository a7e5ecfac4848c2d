"""How is a door opened from afar, and how are doors locked down, evacuated and released?"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.order_progress import Ordered, progress, results
from console.core.worries import Worry
from console.errors import NotDone
from console.live import Fragments
from console.web import doors_parts, forms
from console.web.asking import ask
from console.web.doors_known import DoorsKnown
from console.web.pages import fragment, render, see, signed_in
from console.web.routes import BOTH, page
from console.web.services import services
from console.web.streaming import stream
from console.words import _
from console.words import orders as words_orders
from doorbus import messages as m
from doorbus.messages.console import Role

ACTIONS: Final = (m.OrderAction.LOCKDOWN, m.OrderAction.EVACUATE, m.OrderAction.RELEASE)

MOST_REMEMBERED: Final = 64
"""Orders whose outcome can still be looked at; the log has them for ever."""

_REQUESTS: Final[Mapping[m.OrderAction, type[m.Lockdown | m.Evacuate | m.Release]]] = {
    m.OrderAction.LOCKDOWN: m.Lockdown,
    m.OrderAction.EVACUATE: m.Evacuate,
    m.OrderAction.RELEASE: m.Release,
}

_MATTERS_TO_UNLOCK: Final = frozenset(
    {
        Worry.OFFLINE,
        Worry.STOPPED,
        Worry.LOCKDOWN,
        Worry.FIRE,
        Worry.EVACUATION,
        Worry.FAULT,
        Worry.OFFICE,
        Worry.SHADOW,
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """Which doors an order is for.

    Attributes:
        code: as the address has it: `all`, `group:labs` or `door:front`.
        kind, name: the same, taken apart.
        doors: their names, as far as they are known here.
    """

    code: str
    kind: str
    name: str
    doors: tuple[str, ...]

    @property
    def asked(self) -> dict[str, str]:
        """The field of the request."""
        return {"door": self.name} if self.kind == "door" else {"doors": self.name}


def routes(known: DoorsKnown) -> Sequence[BaseRoute]:
    """The pages of orders."""
    orders = Orders(known)
    return (
        page("/doors/{door}/unlock", orders.unlock, least=Role.PORTER, methods=BOTH),
        page("/orders/{action}", orders.order, least=Role.ADMINISTRATOR, methods=BOTH),
        page("/orders/done/{ordered}", orders.ordered, least=Role.ADMINISTRATOR),
        stream("/live/orders/{ordered}", orders.ordered_told, least=Role.ADMINISTRATOR),
    )


class Orders:
    """Asks before it orders, and tells what became of it.

    Args:
        known: what the brain knows of doors.
    """

    def __init__(self, known: DoorsKnown) -> None:
        self._known = known
        self._given: dict[str, Ordered] = {}

    # --- one door, once -------------------------------------------------------------------------

    async def unlock(self, request: Request) -> Response:
        """Open one door: asks first, and why."""
        door = request.path_params["door"]
        if request.method == "GET":
            await self._known.refresh(request)
            if not self._known.has(request, door):
                return render(request, "doors_unknown.html", {"door": door}, status=404)
            return self._asks(request, door, forms.filled())
        form = await forms.typed(request)
        if not form["reason"]:
            return self._asks(
                request, door, form.wrong(reason=_("Say why: the log keeps it with your name."))
            )
        try:
            await ask(
                request,
                m.Unlock,
                transaction=form.transaction,
                door=door,
                reason=form["reason"],
                hold_s=form["hold_s"] or None,
            )
        except NotDone as why:
            return self._asks(request, door, _refused(form, why, words_orders.target("door", door)))
        health = doors_parts.view_of(request, door).health
        shadow = health is not None and health.shadow
        return see(f"/doors/{door}", done="unlocked_shadow" if shadow else "unlocked")

    def _asks(self, request: Request, door: str, form: forms.Form) -> Response:
        one = doors_parts.card_of(request, doors_parts.view_of(request, door))
        context = {
            **doors_parts.context(request),
            "card": one,
            "matters": [found for found in one.worries if found.worry in _MATTERS_TO_UNLOCK],
        }
        return forms.show(request, "doors_unlock.html", form, context)

    # --- orders that stand ----------------------------------------------------------------------

    async def order(self, request: Request) -> Response:
        """Lock down, evacuate or release: asks first for which doors, and whether to."""
        try:
            action = m.OrderAction(request.path_params["action"])
        except ValueError:
            action = m.OrderAction.UNLOCK
        if action not in ACTIONS:
            return render(request, "not_found.html", status=404)
        if request.method == "GET":
            await self._known.refresh(request)
            form = forms.asked(request, "target")
            target = self._target(request, form["target"])
            if target is None:
                return self._chooses(request, action, form)
            return self._confirms(request, action, target, forms.filled())
        form = await forms.typed(request)
        target = self._target(request, form["target"])
        if target is None:
            return self._chooses(
                request, action, form.wrong(target=_("Choose which doors it is for."))
            )
        return await self._give(request, action, target, form)

    async def _give(
        self, request: Request, action: m.OrderAction, target: Target, form: forms.Form
    ) -> Response:
        try:
            answer = await ask(
                request,
                _REQUESTS[action],
                transaction=form.transaction,
                reason=form["reason"],
                **target.asked,
            )
        except NotDone as why:
            name = words_orders.target(target.kind, target.name)
            return self._confirms(request, action, target, _refused(form, why, name))
        ordered = secrets.token_hex(8)
        self._given[ordered] = Ordered(
            signed_in(request).account,
            action,
            target.code,
            words_orders.target(target.kind, target.name),
            form["reason"],
            services(request).clock.wall(),
            results(answer),
        )
        while len(self._given) > MOST_REMEMBERED:
            del self._given[next(iter(self._given))]
        return see(f"/orders/done/{ordered}")

    async def ordered(self, request: Request) -> Response:
        """What became of an order, door by door."""
        ordered = request.path_params["ordered"]
        if ordered not in self._given:
            return render(request, "doors_ordered_gone.html", status=404)
        context = {**doors_parts.context(request), "table": Markup(self._table(request, ordered))}  # noqa: S704  # a template's
        return render(
            request,
            "doors_ordered.html",
            {
                **context,
                "ordered": self._given[ordered],
                "id": ordered,
                "whom": self._given[ordered].whom,
            },
        )

    def ordered_told(self, request: Request) -> Callable[[], Fragments]:
        """The stream of that page."""
        ordered = request.path_params["ordered"]
        sent: dict[str, str] = {}

        def news() -> Fragments:
            if ordered not in self._given:
                return {}
            return doors_parts.changed(sent, [("ordered", self._table(request, ordered))])

        return news

    def _table(self, request: Request, ordered: str) -> str:
        given = self._given[ordered]
        found = progress(given, services(request).view.doors)
        context = {**doors_parts.context(request), "ordered": given, "doors": found}
        return fragment(request, "doors_ordered_table.html", context)

    def _target(self, request: Request, code: str) -> Target | None:
        """Which doors a code of the address means; None for one that means none."""
        if code == m.ALL_DOORS:
            return Target(code, "all", m.ALL_DOORS, tuple(self._known.doors(request)))
        kind, _colon, name = code.partition(":")
        groups = self._known.groups
        if kind == "group" and name in groups:
            return Target(code, kind, name, groups[name])
        if kind == "door" and self._known.has(request, name):
            return Target(code, kind, name, (name,))
        return None

    def _chooses(self, request: Request, action: m.OrderAction, form: forms.Form) -> Response:
        groups, doors = self._known.groups, self._known.doors(request)
        context = {
            **doors_parts.context(request),
            "action": action,
            "targets": [
                (m.ALL_DOORS, words_orders.target("all", m.ALL_DOORS)),
                *((f"group:{one}", words_orders.target("group", one)) for one in groups),
                *((f"door:{one}", words_orders.target("door", one)) for one in doors),
            ],
        }
        return forms.show(request, "doors_order_which.html", form, context)

    def _confirms(
        self, request: Request, action: m.OrderAction, target: Target, form: forms.Form
    ) -> Response:
        cards = [
            doors_parts.card_of(request, doors_parts.view_of(request, door))
            for door in target.doors
        ]
        context = {
            **doors_parts.context(request),
            "action": action,
            "target": target,
            "cards": cards,
            "away": services(request).line.away,
        }
        return forms.show(request, "doors_order.html", form, context)


def _refused(form: forms.Form, why: NotDone, door: str) -> forms.Form:
    """The form again, saying why in words about this door; its fields as they were typed."""
    again = form.refused(why)
    if again.errors.keys() & {"reason", "hold_s"}:
        return again
    return replace(again, problem=words_orders.not_done(why, door), errors={})
