"""Who asks, and what may they?

An administrator asks for themselves and may do everything. A console asks for one of its accounts,
and then the lower counts of what it says of that account and what the brain knows of the console:
the file `<name>.yaml` in the folder `consoles`, read anew with each request.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from brain.errors import RequestRefused
from doorbus.bus import Wire
from doorbus.errors import ConfigError, MessageError
from doorbus.messages import NOBODY, ErrorCode, Note, Noteworthy, Payload, Role, lower, may
from doorbus.settings import Settings, load
from doorbus.speaking import speaker_of
from doorbus.topics import REQUEST

SHARED = "shared"
"""Who spoke on plain `admin/users`: everybody there is one."""

CONSOLE = "console."
"""What the name in a console's certificate begins with."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks.

    Attributes:
        principal: under which the audit, transactions and limits know them: `admin.alice`,
            `shared`, or a console's account, `console.main/alice`.
        role: what they may; None for nothing, where the brain has no file of their console.
    """

    principal: str
    role: Role | None

    @property
    def console(self) -> bool:
        """Whether a console asks, for one of its accounts."""
        return self.principal.startswith(CONSOLE)

    @property
    def console_name(self) -> str | None:
        """Which console asks; None where none does."""
        return level_of(self.principal) if self.console else None

    @property
    def sees_names(self) -> bool:
        """Whether they may be told names and cards."""
        return self.role in {Role.PORTER, Role.ADMINISTRATOR}

    @property
    def sees_scores(self) -> bool:
        """Whether they may be told scores."""
        return self.role is Role.ADMINISTRATOR

    def may(self, op: str) -> bool:
        """Whether their role lets them ask for `op`."""
        return self.role is not None and may(self.role, op)

    @property
    def sees_duress(self) -> bool:
        """Whether they may be told of duress: whoever forces somebody may see a porter's screen."""
        return self.role is Role.ADMINISTRATOR

    def check(self, request: Payload) -> None:
        """Refuse what they may not.

        Raises:
            RequestRefused: their role may not do this, or it is for consoles alone.
        """
        op = op_of(request)
        if self.role is None:
            name = self.principal.removeprefix(CONSOLE).partition("/")[0]
            raise _not_allowed(
                f"this brain does not know the console {name}: it needs consoles/{name}.yaml "
                "beside brain.yaml, as `doorctl console add` writes it"
            )
        if isinstance(request, Note) and not self.console:
            raise _not_allowed("note: for consoles alone")
        if self.console and self.principal.endswith(f"/{NOBODY}"):
            if not isinstance(request, Note) or request.what is not Noteworthy.SIGN_IN_REFUSED:
                raise _not_allowed(f"{op}: `{NOBODY}` is no account; sign in first")
        elif not self.may(op):
            raise _not_allowed(f"{op}: more than a {self.role.value} may; ask an administrator")


def op_of(request: Payload) -> str:
    """What is asked for, such as `add`."""
    return str(getattr(request, "op", type(request).__name__))


def _not_allowed(text: str) -> RequestRefused:
    return RequestRefused(ErrorCode.NOT_ALLOWED, text)


def principal_of(topic: str) -> str:
    """Who publishes there: the staff of the topic's level, which the broker checks."""
    return REQUEST.level(topic) or SHARED


def level_of(principal: str) -> str | None:
    """Where answers to somebody go: the level of their topic, None for `shared`."""
    return None if principal == SHARED else principal.partition("/")[0]


class Ceiling(Settings):
    """The whole of a console's file.

    Attributes:
        most: the most that any of its accounts may.
    """

    most: Role


class Consoles:
    """What the brain knows of consoles.

    Args:
        folder: of the files, one a console.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def asker(self, wire: Wire) -> Asker:
        """Who sent a request: the broker checks the topic's level, a console names its account.

        Raises:
            MessageError: a console does not say for whom it asks, or somebody else does.
        """
        level = principal_of(wire.topic)
        speaker = speaker_of(wire)
        if not level.startswith(CONSOLE):
            if speaker is not None:
                raise MessageError(
                    f"{wire.topic}: the user properties `account` and `role` are for consoles; "
                    "leave them out"
                )
            return Asker(level, Role.ADMINISTRATOR)
        if speaker is None:
            raise MessageError(
                f"{wire.topic}: a console says for whom it asks, by the user properties `account` "
                "and `role`"
            )
        most = self._most(level.removeprefix(CONSOLE))
        role = None if most is None else lower(most, speaker.role)
        return Asker(f"{level}/{speaker.account}", role)

    def _most(self, name: str) -> Role | None:
        path = self._folder / f"{name}.yaml"
        if not path.is_file():
            return None
        try:
            return load(path, Ceiling).most
        except ConfigError as error:
            _log.error("a console may nothing", why=str(error))
            return None
