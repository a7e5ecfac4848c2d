"""Who is at the page?"""

from __future__ import annotations

from dataclasses import dataclass

from doorbus.messages.console import Role


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in.

    Attributes:
        account: their account's name.
        role: what they may.
        csrf: what every form of this session carries.
        session: which session, by what it is kept under; never the cookie itself.
        language: that they chose; empty where the browser's is taken.
        looks: `light`, `dark`, or empty where the device's is taken.
    """

    account: str
    role: Role
    csrf: str
    session: str
    language: str = ""
    looks: str = ""

    @property
    def administers(self) -> bool:
        """Whether they may change something."""
        return self.role is Role.ADMINISTRATOR

    @property
    def sees_names(self) -> bool:
        """Whether pages say to them who came."""
        return self.role is not Role.VIEWER
