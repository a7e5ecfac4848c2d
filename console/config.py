"""What stands in a `console.yaml`?"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from doorbus.settings import BrokerSettings, FilePath, Settings


class ListenSettings(Settings):
    """Where browsers find the console.

    Attributes:
        host: address to listen on; loopback unless told otherwise.
        port: its port; 0 takes a free one.
        certificate, key: PEM files; without them the console speaks plain HTTP, which it does on
            loopback only.
        proxies: addresses of proxies whose X-Forwarded-For and -Proto are believed.
        address: what people type, such as `https://doors.example`; empty: made of host and port.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8443, ge=0, le=65535)
    certificate: FilePath | None = None
    key: FilePath | None = None
    proxies: tuple[str, ...] = ()
    address: str = ""

    @model_validator(mode="after")
    def _both(self) -> ListenSettings:
        if (self.certificate is None) is not (self.key is None):
            raise ValueError("`certificate` and `key` go together")
        if self.certificate is None and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError(
                "without a certificate the console listens on loopback only: set `certificate` "
                "and `key`, or put a proxy with TLS before 127.0.0.1"
            )
        return self


class SessionSettings(Settings):
    """How long somebody stays signed in.

    Attributes:
        idle_min: minutes without a page after which a session ends.
        most_h: hours after which it ends anyway.
    """

    idle_min: int = Field(default=30, ge=1, le=24 * 60)
    most_h: int = Field(default=12, ge=1, le=24 * 30)


class ConsoleSettings(Settings):
    """All of `console.yaml`.

    Attributes:
        name: who the console is at the broker, such as `console.main`.
        broker: where the broker is.
        listen: where browsers find the console.
        data_dir: where accounts and sessions are kept.
        sessions: how long somebody stays signed in.
        language: for whoever's browser asks for none that there is: `en` or `zh`.
    """

    name: str = Field(pattern=r"^console\.[a-z0-9-]{1,32}$")
    broker: BrokerSettings
    listen: ListenSettings = ListenSettings()
    data_dir: FilePath = Path("data")
    sessions: SessionSettings = SessionSettings()
    language: str = Field(default="en", pattern="^(en|zh)$")
