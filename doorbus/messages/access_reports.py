"""What does the brain tell of access rules?"""

from __future__ import annotations

from typing import Literal

from doorbus.messages.fields import Counter, DoorName, GroupName, Id, Payload


class PassbackBroken(Payload):
    """Somebody was let in who never came out, or the other way round; `resident` is opaque.

    Attributes:
        area: whose order was broken.
    """

    kind: Literal["passback"] = "passback"
    door: DoorName
    visit: Counter
    resident: Id
    area: GroupName
