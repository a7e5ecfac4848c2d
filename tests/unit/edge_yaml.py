"""A door's `edge.yaml` for tests: the least that it must say, changed and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from doorbus.errors import ConfigError
from edge import config
from edge.config import EdgeSettings

MINIMAL: dict[str, Any] = {
    "door": "front",
    "broker": {
        "host": "broker.example",
        "port": 8884,
        "ca": "ca.crt",
        "cert": "client.crt",
        "key": "client.key",
    },
    "keys": {"door": "door.key", "brain": "brain.pub"},
    "state_dir": "state",
}
GPIO_LOCK = {"kind": "gpio", "pin": 17, "factory": "lgpio"}


def read(folder: Path, **changes: Any) -> EdgeSettings:
    path = folder / "edge.yaml"
    path.write_text(yaml.safe_dump({**MINIMAL, **changes}))
    return config.read(path)


def mistakes(folder: Path, **changes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        read(folder, **changes)
    return str(caught.value)
