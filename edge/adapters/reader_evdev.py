"""How does a USB reader that acts as a keyboard tell what was shown to it? Through evdev.

Most card readers and keypads with USB type digits and Enter. The device is grabbed, so that what is
typed there goes nowhere else: not to a console, and not to a log of keys. One that is unplugged is
waited for.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Protocol

import structlog

from doorbus.messages import SecondFactor
from edge.core.keys import Key, Keys, press
from edge.errors import SensorError

TURN_S: Final = 0.3
AGAIN_S: Final = 2.0
JOIN_S: Final = 2.0

MISSING: Final = "evdev is not installed; `pip install doorward[reader]`"

EV_KEY: Final = 1
DOWN: Final = 1
"""<linux/input-event-codes.h>: a key event; its value when the key goes down."""

KEYS: Final[dict[int, str | Key]] = {
    **{2 + i: digit for i, digit in enumerate("1234567890")},  # KEY_1 ... KEY_0
    **dict(
        zip(
            (79, 80, 81, 75, 76, 77, 71, 72, 73, 82), "1234567890", strict=True
        )  # KEY_KP1 ... KEY_KP0
    ),
    28: Key.ENTER,
    96: Key.ENTER,  # KEY_KPENTER
    1: Key.CLEAR,  # KEY_ESC
    14: Key.CLEAR,  # KEY_BACKSPACE
}

_log = structlog.get_logger(__name__)


class KeyEvent(Protocol):
    """What evdev tells of a device."""

    type: int
    code: int
    value: int


class Device(Protocol):
    """An input device, as `evdev.InputDevice` has it."""

    def fileno(self) -> int:
        """To wait on."""
        ...

    def grab(self) -> None:
        """Take it for oneself alone. Raises `OSError`."""
        ...

    def read(self) -> Iterable[KeyEvent]:
        """What has come. Raises `OSError` when it is gone."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


def _open(path: str) -> Device:
    import evdev  # noqa: PLC0415  # an extra, needed only where there is a reader

    device: Device = evdev.InputDevice(path)
    return device


class EvdevReader:
    """The `CodeReader` port over a keyboard-style USB reader.

    Args of the constructor:
        path: the device, best by its name below `/dev/input/by-id`.
        open_device: opens it.
    """

    simulated = False

    def __init__(self, path: str, *, open_device: Callable[[str], Device] = _open) -> None:
        self._path = path
        self._open = open_device
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._absent = False

    def problem(self) -> str | None:
        """See `CodeReader.problem`."""
        try:
            device = self._open(self._path)
            try:
                device.grab()
            finally:
                device.close()
        except ImportError:
            return MISSING
        except OSError as error:
            return (
                f"{self._path}: {error.strerror or type(error).__name__}; plug it in, look at "
                "reader.device, and have this user be of the group input"
            )
        return None

    def start(self, on_code: Callable[[SecondFactor], None]) -> None:
        """See `CodeReader.start`."""
        if self._open is _open:
            try:
                import evdev  # noqa: F401, PLC0415  # only whether it is there
            except ImportError:
                raise SensorError(f"reader: {MISSING}") from None
        self._stopping.clear()
        self._thread = threading.Thread(
            target=self._run, args=(on_code,), name="reader", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """See `CodeReader.stop`."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(JOIN_S)

    # --- on its own thread -----------------------------------------------------------------------

    def _run(self, on_code: Callable[[SecondFactor], None]) -> None:
        while not self._stopping.is_set():
            device = None
            try:
                device = self._open(self._path)
                # Ungrabbed, digits would go to the console as well: then none are read.
                device.grab()
                self._tell(absent=False)
                self._listen(device, on_code)
            except OSError as error:
                self._tell(absent=True, why=error.strerror or type(error).__name__)
            except Exception:  # noqa: BLE001  # a driver may raise anything; the door goes on
                _log.exception("reader_stumbled")
            finally:
                if device is not None:
                    with suppress(OSError):
                        device.close()
            self._stopping.wait(AGAIN_S)

    def _listen(self, device: Device, on_code: Callable[[SecondFactor], None]) -> None:
        keys = Keys()
        while not self._stopping.is_set():
            if not select.select((device.fileno(),), (), (), TURN_S)[0]:
                continue
            for event in device.read():
                key = KEYS.get(event.code)
                if event.type != EV_KEY or event.value != DOWN or key is None:
                    continue
                keys, made = press(keys, key, time.monotonic())
                if made is not None:
                    on_code(made)

    def _tell(self, *, absent: bool, why: str = "") -> None:
        """Say once that it is gone, and once that it is there."""
        if absent and not self._absent:
            _log.error(
                "reader_absent", device=self._path, why=why, do="plug it in; it is waited for"
            )
        elif self._absent and not absent:
            _log.info("reader_there", device=self._path)
        self._absent = absent
