"""A console without a web page: it asks a brain for accounts of its own."""

from __future__ import annotations

from pathlib import Path

from brain_world import Admin, World

from doorbus import messages as m
from doorbus.bus import Wire
from doorbus.speaking import for_account


class Console(Admin):
    """Asks for one account at a time."""

    account = "alice"
    role = m.Role.ADMINISTRATOR

    def as_account(self, account: str, role: m.Role = m.Role.ADMINISTRATOR) -> Console:
        self.account, self.role = account, role
        return self

    def publish(self, payload: bytes, *, retain: bool = False) -> None:
        wire = Wire(self.topic, payload, retain=retain)
        self.bus.publish(for_account(wire, self.account, self.role))

    def say(self, payload: bytes, **properties: str) -> m.OkResponse | m.ErrorResponse:
        """Publish just this, and wait for the response."""
        before = len(self.responses)
        self.bus.publish(Wire(self.topic, payload, properties))
        return self.next_response(before)


def ceiling(folder: Path, name: str, most: str) -> None:
    """Have the brain whose `consoles` that is know a console."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(f"most: {most}\n")


def console(world: World, most: m.Role | None = m.Role.ADMINISTRATOR) -> Console:
    """A console of a brain that `world.brain(consoles=str(world.folder / "consoles"))` made."""
    if most is not None:
        ceiling(world.folder / "consoles", "main", most.value)
    client = Console(world.broker.bus, "console.main")
    world.clients.append(client)
    return client
