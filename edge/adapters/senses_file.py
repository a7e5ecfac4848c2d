"""What do the wires of a simulated door feel? A file says, which any process may replace.

Like the scene file of the simulated camera: one key for each wire, true for the unusual. Whoever
plays renames a new file onto it:

    contact: true     # the door stands open
    exit: false       # nobody presses the exit button
    tamper: false     # the housing is shut
    fire: false       # no fire alarm
"""

from __future__ import annotations

from pathlib import Path

from doorbus.errors import ConfigError
from doorbus.settings import Settings, load
from edge.core.senses import Sense
from edge.errors import SensorError


class Wires(Settings):
    """What the file holds; what is left out is as usual.

    Attributes:
        contact: the door stands open.
        exit: the exit button is pressed.
        tamper: the housing is open.
        fire: the fire alarm calls.
    """

    contact: bool = False
    exit: bool = False
    tamper: bool = False
    fire: bool = False


class SimulatedInput:
    """One wire of that file.

    Args of the constructor:
        path: the file; a missing one is an error at start, and later on too.
        sense: which of its keys.
    """

    simulated = True
    closed_loop = False

    def __init__(self, path: Path, sense: Sense) -> None:
        self._path = path
        self._sense = sense
        self._stamp: tuple[int, int, int] | None = None
        self._wires: Wires | None = None

    def start(self) -> None:
        """Read the file. Raises `SensorError` where it is missing or wrong."""
        self._stamp = self._wires = None
        self.active()

    def active(self) -> bool:
        """What the file says now; it is read again only when it has changed.

        Raises:
            SensorError: it is missing, or no such file.
        """
        try:
            found = self._path.stat()
        except OSError as error:
            raise SensorError(
                f"the simulated wires of {self._path} cannot be read ({error.strerror}); write a "
                "file with keys such as `contact: false`"
            ) from error
        stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
        if stamp != self._stamp or self._wires is None:
            try:
                self._wires = load(self._path, Wires)
            except ConfigError as error:
                raise SensorError(str(error)) from error
            self._stamp = stamp
        return bool(getattr(self._wires, self._sense.value))

    def stop(self) -> None:
        """Forget the file."""
        self._wires = None
