"""From `doorctl` to a running broker: the configuration as written, and the private broker."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mqtt_peer import Certificate, Peer, connack

from demo import private_broker
from demo.private_broker import HOST, PrivateBroker, PrivateBrokerError, find_mosquitto
from doorctl.site import Site


def _doorctl(*arguments: object) -> None:
    command = [sys.executable, "-m", "doorctl", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may enter: pytest's own are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="doorward-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_the_configuration_as_written_runs_as_the_brokers_own_user(open_folder: Path) -> None:
    """As the configuration's head says: copied to the broker's machine, given to its user."""
    site_dir, folder = open_folder / "site", open_folder / "the broker"
    ports = private_broker.free_ports()
    _doorctl(
        *("init", site_dir, "--host", HOST, "--broker-dir", folder),
        *("--doors-port", ports[0], "--staff-port", ports[1]),
    )
    _doorctl("door", "add", site_dir, "front")
    shutil.copytree(site_dir / "broker", folder)
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "mosquitto", "mosquitto")

    answers = _connacks(folder / "mosquitto.conf", site_dir, ports)

    assert answers == [0x20, 0x20]
    assert (folder / "state" / "mosquitto.log").is_file()
    assert (folder / "state" / "mosquitto.db").is_file()


def test_the_configuration_runs_where_it_was_made_whoever_made_it(tmp_path: Path) -> None:
    """As README.md says: root too, whose folder no other user may enter."""
    site_dir, ports = tmp_path / "site", private_broker.free_ports()
    _doorctl(
        *("init", site_dir, "--host", HOST),
        *("--doors-port", ports[0], "--staff-port", ports[1]),
    )
    _doorctl("door", "add", site_dir, "front")

    answers = _connacks(site_dir / "broker" / "mosquitto.conf", site_dir, ports)

    assert answers == [0x20, 0x20]


def _connacks(configuration: Path, site_dir: Path, ports: tuple[int, int]) -> list[int]:
    """What a broker answers to a door and to the brain, each at its own listener."""
    process = subprocess.Popen([find_mosquitto(), "-c", configuration])
    try:
        contexts = (Certificate(site_dir / "doors/front"), Certificate(site_dir / "brain"))
        return [
            _when_up(process, port, certificate)
            for port, certificate in zip(ports, contexts, strict=True)
        ]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(5)


def _when_up(process: subprocess.Popen[bytes], port: int, certificate: Certificate) -> int:
    end = time.monotonic() + 10
    while True:
        try:
            return connack(port, certificate.context())
        except ConnectionRefusedError:
            assert process.poll() is None, "mosquitto ended by itself"
            assert time.monotonic() < end, "mosquitto does not listen"
            time.sleep(0.02)


def test_the_sites_files_name_the_ports_of_the_running_broker(
    site: Site, broker: PrivateBroker
) -> None:
    edge = yaml.safe_load((site.door("front") / "edge.yaml").read_text())["broker"]
    brain = yaml.safe_load((site.brain / "brain.yaml").read_text())["broker"]

    assert (edge["port"], brain["port"]) == (broker.doors_port, broker.staff_port)
    with Peer(edge["port"], Certificate(site.door("front"))) as door:
        assert door.may_publish("frames/recognize/front")
    with Peer(brain["port"], Certificate(site.brain)) as client:
        assert client.may_publish("verdict/front")


def test_a_restart_keeps_ports_and_retained_states(site: Site, broker: PrivateBroker) -> None:
    ports, first = (broker.doors_port, broker.staff_port), broker.pid
    with Peer(broker.doors_port, Certificate(site.door("front"))) as door:
        door.publish("door/front/lock/state", b"LOCKED", retain=True)

    broker.restart()

    assert (broker.doors_port, broker.staff_port) == ports
    assert broker.pid != first
    with Peer(broker.staff_port, Certificate(site.brain)) as brain:
        brain.subscribe("door/+/lock/state")
        brain.wait_for(b"LOCKED")


def test_a_killed_broker_is_gone_and_comes_back_on_its_ports(
    site: Site, broker: PrivateBroker
) -> None:
    pid, port = broker.pid, broker.doors_port

    broker.kill()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ConnectionRefusedError):
        connack(port, Certificate(site.door("front")).context())
    broker.restart()
    assert connack(port, Certificate(site.door("front")).context()) == 0x20


def test_stop_and_close_twice_are_harmless(site: Site) -> None:
    broker = PrivateBroker(site.root)
    broker.start()
    pid, state = broker.pid, broker.state_dir

    for _ in range(2):
        broker.stop()
        broker.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not state.exists()


def test_a_port_that_was_asked_for_and_is_taken_is_told(site: Site) -> None:
    doors, staff = private_broker.free_ports()
    with socket.create_server((HOST, doors)):
        broker = PrivateBroker(site.root, ports=(doors, staff))

        with pytest.raises(PrivateBrokerError, match="Address already in use"):
            broker.start()

        assert not broker.running
        broker.close()


def test_a_free_port_that_is_taken_meanwhile_is_replaced(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors, staff = private_broker.free_ports()
    real = private_broker.free_ports
    answers = iter([(doors, staff)])
    monkeypatch.setattr(private_broker, "free_ports", lambda: next(answers, None) or real())
    with socket.create_server((HOST, doors)), PrivateBroker(site.root) as broker:
        assert broker.doors_port != doors
        assert connack(broker.doors_port, Certificate(site.door("front")).context()) == 0x20


def test_a_missing_mosquitto_names_the_debian_package(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)

    with pytest.raises(PrivateBrokerError, match="apt-get install mosquitto"):
        PrivateBroker(site.root).start()
