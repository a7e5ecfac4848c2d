"""Whom do the broker's listeners take, and whom do they turn away?"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from doorctl.doctor.finding import Finding
from doorctl.doctor.knock import Answer, Welcome, knock
from doorctl.doctor.probes import Probes
from doorctl.register import ROLES, Role
from doorctl.site import Site

_PLAIN_PORT = 1883
_RENDER = "doorctl broker render, then restart the broker with that configuration"
_LISTS = "copy doors.crl and staff.crl to the broker and reload it; if that is no help, restart it"


@dataclass(frozen=True, slots=True)
class _Intruder:
    """Somebody who must be turned away.

    Attributes:
        who: in words.
        context: what they shake hands with; None for no TLS.
        remedy: what to do where they were let in.
    """

    who: str
    context: Callable[[], ssl.SSLContext | None]
    remedy: str = _RENDER


class Listeners:
    """Tries the two listeners of a site's broker.

    Args:
        site: which.
        probes: certificates to try with.
    """

    def __init__(self, site: Site, probes: Probes) -> None:
        place = site.description.broker
        self._host = place.host
        self._ports: dict[Role, int] = {"doors": place.doors_port, "staff": place.staff_port}
        self._probes = probes

    def look(self) -> Iterator[Finding]:
        """Try each listener; where one takes nobody at all there is nothing more to learn."""
        for role in ROLES:
            good = self._knock(role, self._probes.context(role, self._probes.good(role)))
            if good.welcome is not Welcome.TAKEN:
                yield self._deaf(role, good)
                continue
            yield Finding(self._name(role), "takes a certificate of its own authority")
            turned_away = True
            for intruder in self._intruders(role):
                if self._knock(role, intruder.context()).welcome is Welcome.TAKEN:
                    turned_away = False
                    yield Finding(self._name(role), f"lets in {intruder.who}", intruder.remedy)
            if turned_away:
                yield Finding(self._name(role), "turns everybody else away")
        yield from self._client_ids()
        yield from self._plain()

    def _intruders(self, role: Role) -> Iterator[_Intruder]:
        probes, other = self._probes, ROLES[1 - ROLES.index(role)]
        yield _Intruder("a client without a certificate", lambda: probes.context(role, None))
        yield _Intruder(
            "a certificate of the other listener's authority",
            lambda: probes.context(role, probes.good(other)),
        )
        yield _Intruder(
            "a certificate of an unknown authority",
            lambda: probes.context(role, probes.foreign(role)),
        )
        yield _Intruder(
            "an expired certificate",
            lambda: probes.context(role, probes.expired(role)),
            "set the clock of the broker's machine",
        )
        yield _Intruder(
            "TLS 1.2",
            lambda: probes.context(role, probes.good(role), newest=ssl.TLSVersion.TLSv1_2),
        )
        yield _Intruder("clients without TLS", lambda: None)
        if probes.canary(role).exists():
            yield _Intruder(
                "a revoked certificate",
                lambda: probes.context(role, probes.canary(role)),
                _LISTS,
            )

    def _client_ids(self) -> Iterator[Finding]:
        """Whether somebody can claim another's client id, and so throw that client out."""
        wrong = False
        staff = self._probes.context("staff", self._probes.good("staff"))
        claimed = self._knock("staff", staff, self._probes.door)
        if claimed.welcome is Welcome.TAKEN:
            wrong = True
            says = "lets staff claim a door's client id, and so throw the door out"
            yield Finding(self._name("staff"), says, _RENDER)
        door = self._probes.context("doors", self._probes.good("doors"))
        given = self._knock("doors", door)
        if given.welcome is Welcome.TAKEN and given.assigned != self._probes.door:
            wrong = True
            says = "lets doors choose their client ids, and so throw each other out"
            yield Finding(self._name("doors"), says, _RENDER)
        if not wrong:
            yield Finding("client ids", "nobody can claim a door's")

    def _plain(self) -> Iterator[Finding]:
        subject = f"port {_PLAIN_PORT} of {self._host}"
        if _PLAIN_PORT in self._ports.values():
            return
        if knock(self._host, _PLAIN_PORT, None).welcome is Welcome.TAKEN:
            remedy = "stop that broker, or take its listener away: it is not of this site"
            yield Finding(subject, "a broker takes clients without TLS and certificate", remedy)
        else:
            yield Finding(subject, "nobody there without TLS")

    def _deaf(self, role: Role, answer: Answer) -> Finding:
        if answer.welcome is Welcome.ABSENT:
            remedy = "start the broker; is broker.host in site.yaml right?"
            return Finding(self._name(role), f"does not answer ({answer.why})", remedy)
        remedy = "look at its log; the files above, broker.names in site.yaml and the clocks"
        return Finding(self._name(role), f"takes nobody ({answer.why})", remedy)

    def _knock(self, role: Role, context: ssl.SSLContext | None, client_id: str = "") -> Answer:
        return knock(self._host, self._ports[role], context, client_id)

    def _name(self, role: Role) -> str:
        return f"{role} listener, port {self._ports[role]}"
