"""What can be set about who may watch the brain and its doors?"""

from __future__ import annotations

from pydantic import Field

from doorbus.settings import Settings


class MetricsSettings(Settings):
    """Where Prometheus may ask for figures: plain HTTP, without a password.

    Attributes:
        host: address to listen on; this machine alone by default.
        port: where.
    """

    host: str = Field(default="127.0.0.1", min_length=1, max_length=253)
    port: int = Field(ge=1, le=65535)


class HomeAssistantSettings(Settings):
    """How doors are told to Home Assistant by MQTT discovery.

    Attributes:
        prefix: Home Assistant's discovery prefix; the broker's access list has the default.
        admin: the administrator's name that Home Assistant's certificate bears, so that it may
            unlock; empty lets it watch only.
    """

    prefix: str = Field(
        default="homeassistant", pattern=r"^[a-zA-Z0-9_-]{1,64}(/[a-zA-Z0-9_-]{1,64})*$"
    )
    admin: str = Field(default="admin.homeassistant", pattern=r"^(admin\.[a-z0-9-]{1,32})?$")
