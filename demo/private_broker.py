"""How does a demonstration or a test get a real broker of its own, gone when it is done?"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from doorbus.errors import DoorwardError
from doorctl import broker
from doorctl.site import Site

HOST = "127.0.0.1"
_ATTEMPTS = 5
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_POLL_S = 0.02


class PrivateBrokerError(DoorwardError):
    """Mosquitto is not installed, or does not do what it should."""


class PrivateBroker:
    """A real Mosquitto with a site's own certificates and access list, on this machine only.

    It listens on two free ports of 127.0.0.1 and writes them into the site (`site.yaml`, and the
    `port` of every `edge.yaml`, `brain.yaml` and `client.yaml` in it), so that daemons start with
    those files as they are; doors added later get them too. So use it for throw-away sites.

    Persistence and log lie in a temporary folder (or `state_dir`) and outlive `kill` and `restart`;
    `stop` at the end of a `with` block, or at the interpreter's exit, ends the process that `start`
    made, by its own pid. Not for several threads at once.
    """

    def __init__(
        self,
        site_dir: Path,
        *,
        ports: tuple[int, int] | None = None,
        state_dir: Path | None = None,
        edit: Callable[[str], str] = str,
    ) -> None:
        """Nothing runs yet.

        Args:
            site_dir: a site that `doorctl init` wrote.
            ports: for doors and for staff; free ones are chosen where None.
            state_dir: for persistence and log; a temporary folder where None.
            edit: changes the rendered configuration, for a broker that is set up wrongly.
        """
        self._site_dir = site_dir
        self._ports = ports
        self._chooses_ports = ports is None
        self._given_state = state_dir
        self._edit = edit
        self._state: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def host(self) -> str:
        """The address of both listeners."""
        return HOST

    @property
    def doors_port(self) -> int:
        """The doors' TLS port; known once started."""
        return self._known_ports()[0]

    @property
    def staff_port(self) -> int:
        """The staff's TLS port; known once started."""
        return self._known_ports()[1]

    @property
    def pid(self) -> int:
        """The running broker's process id."""
        if self._process is None:
            raise PrivateBrokerError("the private broker does not run; call start first")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the broker's process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def state_dir(self) -> Path:
        """The folder of persistence, log and the configuration used; there once started."""
        if self._state is None:
            raise PrivateBrokerError("the private broker was never started; call start first")
        return self._state

    @property
    def log_path(self) -> Path:
        """The broker's log; there once started."""
        return self.state_dir / "mosquitto.log"

    def start(self, timeout_s: float = 10) -> None:
        """Start Mosquitto and wait until both listeners answer with the site's certificates.

        Nothing happens where it runs already.

        Raises:
            PrivateBrokerError: Mosquitto is missing or refuses to start; quotes its log.
        """
        if self.running:
            return
        program = find_mosquitto()
        if self._state is None:
            self._state = self._given_state or Path(tempfile.mkdtemp(prefix="doorward-broker-"))
            self._state.mkdir(parents=True, exist_ok=True)
            atexit.register(self.close)
        for attempt in range(_ATTEMPTS):
            if self._ports is None:
                self._ports = free_ports()
            if self._try_start(program, timeout_s):
                return
            # Somebody took a port between our look and Mosquitto's; only free ones may change.
            if not self._chooses_ports or attempt == _ATTEMPTS - 1:
                break
            self._ports = None
        raise PrivateBrokerError(f"Mosquitto did not start: {self._last_words()}")

    def stop(self, timeout_s: float = 5) -> None:
        """End the broker as a system does (SIGTERM): it saves its state. Twice is harmless."""
        self._end(signal.SIGTERM, timeout_s)

    def kill(self) -> None:
        """End the broker as a power cut does (SIGKILL): it saves nothing more."""
        self._end(signal.SIGKILL, 5)

    def restart(self) -> None:
        """Stop it, where it runs, and start it on the same ports with the same persistence."""
        self.stop()
        self._chooses_ports = False  # clients know the ports by now
        self.start()

    def reload(self, timeout_s: float = 5) -> None:
        """Make it read its access list anew (SIGHUP) and wait until it says so."""
        before = self._reloads()
        os.kill(self.pid, signal.SIGHUP)
        if not _becomes(lambda: self._reloads() > before, timeout_s):
            raise PrivateBrokerError(f"Mosquitto did not reload: {self._last_words()}")

    def close(self) -> None:
        """Stop it and remove its temporary folder; twice is harmless."""
        self.stop()
        atexit.unregister(self.close)
        if self._given_state is None and self._state is not None:
            shutil.rmtree(self._state, ignore_errors=True)
            self._state = None

    def _try_start(self, program: str, timeout_s: float) -> bool:
        doors_port, staff_port = self._known_ports()
        site = Site.load(self._site_dir)
        if (site.description.broker.doors_port, site.description.broker.staff_port) != self._ports:
            site = site.with_ports(doors_port, staff_port)
        configuration = self.state_dir / "mosquitto.conf"
        where = broker.Placement(
            files=site.broker,
            state=self.state_dir,
            doors_port=doors_port,
            staff_port=staff_port,
            bind=HOST,
            # As root Mosquitto would become a user who cannot enter this private site.
            user="root" if os.geteuid() == 0 else "mosquitto",
        )
        text = self._edit(broker.render_configuration(where))
        configuration.write_text(text, encoding="utf-8")
        with (self.state_dir / "stderr.txt").open("ab") as errors:
            self._process = subprocess.Popen(
                [program, "-c", str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                # Ctrl-C in a terminal is for the demonstration; it stops the broker in its turn.
                start_new_session=True,
            )
        listeners = ((doors_port, "doors-ca.crt"), (staff_port, "staff-ca.crt"))
        up = _becomes(
            lambda: (
                not self.running or all(_answers(port, site.broker / ca) for port, ca in listeners)
            ),
            timeout_s,
        )
        if up and self.running:
            return True
        self.kill()
        return False

    def _end(self, how: signal.Signals, timeout_s: float) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout_s)

    def _known_ports(self) -> tuple[int, int]:
        if self._ports is None:
            raise PrivateBrokerError("the private broker has no ports yet; call start first")
        return self._ports

    def _reloads(self) -> int:
        return self.log_path.read_text(errors="replace").count("Reloading config")

    def _last_words(self) -> str:
        files = (self.log_path, self.state_dir / "stderr.txt")
        lines = [
            line
            for file in files
            if file.exists()
            for line in file.read_text(errors="replace").splitlines()[-5:]
        ]
        return "\n".join(lines) or "it said nothing"


def find_mosquitto() -> str:
    """The path of the `mosquitto` program, `sbin` included.

    Raises:
        PrivateBrokerError: it is not installed; names the Debian package.
    """
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    program = shutil.which("mosquitto", path=places)
    if program is None:
        raise PrivateBrokerError(
            "mosquitto is not installed; on Debian: sudo apt-get install mosquitto"
        )
    return program


def free_ports() -> tuple[int, int]:
    """Two ports of this machine that nobody listens on just now."""
    # Below the range that outgoing connections take their ports from: while the broker is down for
    # a restart, no client (not even its own clients, trying again) can come to sit on its port.
    lowest = int(_EPHEMERAL.read_text().split()[0]) if _EPHEMERAL.exists() else 32768
    found: list[int] = []
    while len(found) < 2:
        port = secrets.choice(range(10000, lowest))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            if port not in found:
                found.append(port)
    return found[0], found[1]


def _answers(port: int, authority: Path) -> bool:
    """Whether a listener shows a certificate of this site; proves that it is not another broker."""
    context = ssl.create_default_context(cafile=authority)
    try:
        with (
            socket.create_connection((HOST, port), timeout=1) as plain,
            context.wrap_socket(plain, server_hostname=HOST),
        ):
            return True
    except OSError:
        return False


def _becomes(condition: Callable[[], bool], timeout_s: float) -> bool:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True
