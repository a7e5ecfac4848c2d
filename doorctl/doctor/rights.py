"""Does the broker let everybody say and hear what the contract says, and nothing else?

Mosquitto answers "granted" to every subscription and filters what it delivers. So one client of
each kind subscribes to everything, whoever may write a topic writes it, and what reaches whom is
compared with `doorbus.topics`. Everything happens on topics of doors that there are not, as far as
that is possible; elsewhere on the topics themselves with messages that change nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from doorbus import messages as m
from doorbus import topics
from doorbus.errors import BusError
from doorbus.topics import Party, Topic
from doorctl.doctor.finding import Finding
from doorctl.doctor.listener_client import ProbeClient
from doorctl.doctor.probes import Probes
from doorctl.site import Site

_MARK = "doorctl-doctor"
_RENDER = "doorctl broker render, then reload the broker; see `doorctl doctor --offline`"
_PARTIES = {
    "brain": Party.BRAIN,
    "admin": Party.ADMIN,
    # The contract knows no party of its own: what an administrator may, under its name alone.
    "console": Party.ADMIN,
    "monitor": Party.MONITOR,
}


_BEYOND: Mapping[str, Collection[Topic[object]]] = {
    "viewer": (topics.UPLOAD, topics.ENROL_FRAME, topics.ADMIN_EVENTS, topics.SNAPSHOT),  # type: ignore[dict-item]  # topics of many payloads
    "porter": (topics.UPLOAD, topics.ENROL_FRAME),  # type: ignore[dict-item]  # the same
    "administrator": (),
}
"""What consoles that do not enrol or name anybody neither say nor hear."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One topic by one name of it.

    Attributes:
        topic: of the contract.
        name: without the site's prefix.
        owner: the door or administrator that the name names; empty for a bare topic.
    """

    topic: Topic[object]
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class _Tally:
    """What was found out about one client: topics by name.

    Attributes:
        said: published, though it must not.
        heard: heard, though it must not.
        mute: its own, and refused.
        deaf: for it, and not heard.
    """

    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    mute: list[str] = field(default_factory=list)
    deaf: list[str] = field(default_factory=list)


class Rights:
    """Tries one certificate of each kind against every topic.

    Args:
        site: which.
        probes: certificates to try with.
    """

    def __init__(self, site: Site, probes: Probes) -> None:
        self._site = site
        self._prefix = site.description.prefix
        self._probes = probes
        names = site.staff_names
        found = {role: [n for n in names if n.startswith(f"{role}.")] for role in _PARTIES}
        self._brain = found["brain"][0] if found["brain"] else ""
        self._admin = found["admin"][0] if found["admin"] else ""
        self._monitor = found["monitor"][0] if found["monitor"] else ""
        self._console = found["console"][0] if found["console"] else ""

    def look(self) -> Iterator[Finding]:
        """Try everything. Takes about a second."""
        if not self._brain:
            yield Finding("rights", "no brain in site.yaml, so nobody to try them with", "add one")
            return
        names = [self._probes.door, self._probes.other, self._brain, self._admin, self._monitor]
        names.append(self._console)
        try:
            with ExitStack() as stack:
                clients = {
                    name: stack.enter_context(
                        ProbeClient(
                            name,
                            self._probes.settings(name),
                            # The brain may hear nearly everything, frames too: it only speaks here.
                            () if name == self._brain else _everything(),
                        )
                    )
                    for name in names
                    if name
                }
                yield from self._try(clients)
        except BusError as error:
            yield Finding("rights", str(error), "start the broker; see the findings above")

    def _try(self, clients: Mapping[str, ProbeClient]) -> Iterator[Finding]:
        tallies = {name: _Tally() for name in clients}
        sent = [one for case in self._cases() for one in self._say(case, clients, tallies)]
        self._wait_for_the_end(clients)
        for name, client in clients.items():
            if name != self._brain:
                self._listen(name, client, sent, tallies[name])
        for name, tally in tallies.items():
            if name != self._probes.other:  # there to be listened to; the first door is tried
                who = "a door" if _party(name) is Party.DOOR else name
                yield from self._told(f"rights of {who}", tally)

    def _say(
        self, case: _Case, clients: Mapping[str, ProbeClient], tallies: Mapping[str, _Tally]
    ) -> Iterator[tuple[_Case, bytes]]:
        """Have everybody try to publish on a topic; what those said who may."""
        for name, client in clients.items():
            payload = _harmless(case.topic)
            taken = client.may_publish(self._prefix + case.name, payload)
            if self._may_write(name, case):
                if taken:
                    yield case, payload
                else:
                    tallies[name].mute.append(case.name)
            elif taken and not self._shared_by_the_brain(name, case):
                tallies[name].said.append(case.name)

    def _listen(
        self, name: str, client: ProbeClient, sent: Sequence[tuple[_Case, bytes]], tally: _Tally
    ) -> None:
        for case, payload in sent:
            came, may = client.heard(payload), self._may_read(name, case)
            if came and not may:
                tally.heard.append(case.name)
            elif may and not came:
                tally.deaf.append(case.name)
        if client.saw_below("$SYS/"):
            tally.heard.append("$SYS/#")

    def _told(self, subject: str, tally: _Tally) -> Iterator[Finding]:
        wrong = [
            (tally.said, "may publish"),
            (tally.heard, "may read"),
            (tally.mute, "may not publish its own"),
            (tally.deaf, "does not hear"),
        ]
        for names, what in wrong:
            if names:
                says = f"{what} {', '.join(self._shown(one) for one in dict.fromkeys(names))}"
                yield Finding(subject, says, _RENDER)
        if not any(names for names, _ in wrong):
            yield Finding(subject, "as the contract has them")

    def _cases(self) -> Iterator[_Case]:
        for topic in topics.ALL:
            if topic is topics.BRAIN_AVAILABILITY:
                # Everybody may hear it, and real doors would.
                continue
            owners = [""]
            if "{door}" in topic.template:
                owners = [self._probes.door, self._probes.other]
            elif "{admin}" in topic.template:
                owners = [self._admin or "admin.probe"]
                owners += [self._console] if self._console else []
            for owner in owners:
                yield _Case(topic, topic.name(owner or None), owner)
            if topic.bare:
                yield _Case(topic, topic.bare, "")

    def _may_write(self, name: str, case: _Case) -> bool:
        party = _party(name)
        if party is not case.topic.writer or self._beyond(name, case):
            return False
        return party is Party.BRAIN or case.owner in {"", name}

    def _may_read(self, name: str, case: _Case) -> bool:
        party = _party(name)
        if self._beyond(name, case):
            return False
        if case.topic is topics.ENROL_FRAME and party is not Party.BRAIN:
            return bool(case.owner) and (party is Party.ADMIN or self._sees_frames(name))
        if party not in case.topic.readers:
            return False
        return party is not _level(case.topic) or case.owner in {"", name}

    def _beyond(self, name: str, case: _Case) -> bool:
        """What an administrator may and this console may not."""
        consoles = {f"console.{one.name}": one.most for one in self._site.description.consoles}
        if name not in consoles:
            return False
        # Where all administrators are one, nobody would know for which account it asks.
        shared = "{admin}" in case.topic.template and not case.owner
        return shared or case.topic in _BEYOND[consoles[name]]

    def _sees_frames(self, name: str) -> bool:
        return any(
            one.frames and f"monitor.{one.name}" == name for one in self._site.description.monitors
        )

    def _shared_by_the_brain(self, name: str, case: _Case) -> bool:
        """The doors' pattern for the topics without level holds for the brain too, harmlessly."""
        return name == self._brain and not case.owner and case.topic.writer is Party.DOOR

    def _shown(self, name: str) -> str:
        return name.replace(self._probes.door, "<its own>").replace(self._probes.other, "<another>")

    def _wait_for_the_end(self, clients: Mapping[str, ProbeClient]) -> None:
        """Until a message has come that was sent after all others; the broker keeps their order."""
        brain, other = clients[self._brain], clients[self._probes.other]
        for name, client in clients.items():
            last = secrets.token_hex(16).encode()
            if name == self._brain:
                continue
            if _party(name) is Party.DOOR:
                brain.may_publish(f"{self._prefix}{topics.ACK.name(name)}", last)
            else:
                other.may_publish(
                    f"{self._prefix}{topics.DOOR_EVENT.name(self._probes.other)}", last
                )
            client.wait_for(last)


def _everything() -> tuple[str, ...]:
    # A share group of its own: of a common one each message would go to one member.
    return ("#", f"$share/{_MARK}-{secrets.token_hex(4)}/#", "$SYS/#")


def _party(name: str) -> Party:
    return _PARTIES[name.partition(".")[0]] if "." in name else Party.DOOR


def _level(topic: Topic[object]) -> Party | None:
    if "{door}" in topic.template:
        return Party.DOOR
    return Party.ADMIN if "{admin}" in topic.template else None


def _harmless(topic: Topic[object]) -> bytes:
    """A message that is told from every other, and that moves nobody to anything."""
    token = f"{_MARK}-{secrets.token_hex(8)}"
    if topic is topics.REQUEST:
        return json.dumps({"op": "list", "limit": 1, "transaction": token}).encode()
    if topic is topics.RESPONSE:
        refused = m.ErrorResponse(transaction=token, code=m.ErrorCode.BAD_REQUEST, error=_MARK)
        return refused.model_dump_json().encode()
    if topic is topics.BRAIN_EVENT:
        return m.MessageRefused(topic=_MARK, reason=token).model_dump_json().encode()
    return token.encode()
