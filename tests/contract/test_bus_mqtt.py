"""What the Bus on MQTT promises beyond the contract, against a real broker."""

from __future__ import annotations

import ctypes
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from bus_worlds import BIRTH, WILL, Listener, RealWorld, Relay, running

from doorbus.bus import Connected, Wire
from doorbus.client import MqttBus
from doorbus.errors import KeyMaterialError, QueueFullError

EVENT = "door/front/event"


def test_a_restarted_broker_is_found_again_within_ten_seconds(real: RealWorld) -> None:
    front = real.bus("front", ["verdict/front"], birth=BIRTH, will=WILL)

    with (
        running(brain := real.bus("brain.main", ["door/#"])) as brain_heard,
        running(front) as heard,
    ):
        real.broker.kill()
        heard.disconnected()
        time.sleep(3)
        real.broker.restart()
        heard.connected(2, seconds=10)
        brain_heard.connected(2, seconds=10)
        brain.publish(Wire("verdict/front", b"x")).result(5)
        heard.deliveries(1)
        payloads = [d.wire.payload for d in brain_heard.deliveries(2)]

    assert payloads[-1] == b"online"


def test_a_message_with_a_doubled_property_is_dropped_and_does_not_narrow_the_window(
    real: RealWorld,
) -> None:
    with running(real.bus("brain.main", ["door/#"], receive_maximum=1)) as brain:
        for _ in range(3):
            _mosquitto_pub(real, "front", EVENT, "doubled", {"a": "1"}, {"a": "2"})
        _mosquitto_pub(real, "front", EVENT, "single", {"a": "1"}, {"b": "2"})

        (delivery,) = brain.deliveries(1)

    assert delivery.wire.properties == {"a": "1", "b": "2"}


def test_the_log_says_once_that_nobody_listens(
    real: RealWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    real.broker.kill()
    bus = MqttBus(
        real.settings("front").model_copy(update={"port": real.broker.doors_port}), "front"
    )
    heard = Listener()

    bus.start(heard)
    time.sleep(3.5)
    bus.stop()

    said = capsys.readouterr().out
    assert said.count("nobody listens") == 1
    assert f":{real.broker.doors_port}" in said
    assert "nobody listens" in heard.disconnected().reason


def test_a_certificate_of_the_other_authority_is_refused_and_said(real: RealWorld) -> None:
    door = real.settings("front")
    admin = real.folder("admin.alice")
    wrong = door.model_copy(update={"cert": admin / "client.crt", "key": admin / "client.key"})
    heard = Listener()
    bus = MqttBus(wrong, "front")

    bus.start(heard)
    try:
        reason = heard.disconnected().reason
    finally:
        bus.stop()

    assert "certificate" in reason
    assert not any(isinstance(event, Connected) for event in heard.events)


def test_a_broker_of_another_authority_is_not_trusted(real: RealWorld) -> None:
    door = real.settings("front")
    wrong = door.model_copy(update={"ca": real.folder("admin.alice") / "ca.crt"})
    heard = Listener()
    bus = MqttBus(wrong, "front")

    bus.start(heard)
    try:
        assert "not to be trusted" in heard.disconnected().reason
    finally:
        bus.stop()


def test_a_broker_under_another_name_is_not_trusted(real: RealWorld) -> None:
    relay = Relay(real.broker.doors_port, host="127.0.0.2")
    elsewhere = {"host": "127.0.0.2", "port": relay.port}
    heard = Listener()
    bus = MqttBus(real.settings("front").model_copy(update=elsewhere), "front")

    bus.start(heard)
    try:
        assert "not to be trusted" in heard.disconnected().reason
    finally:
        bus.stop()
        relay.close()


def test_a_broker_that_never_answers_is_given_up(real: RealWorld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = real.settings("front").model_copy(update={"port": mute.getsockname()[1]})
        heard = Listener()
        bus = MqttBus(settings, "front")
        bus.start(heard)
        try:
            reason = heard.disconnected(seconds=12).reason
        finally:
            bus.stop()

    assert "no answer" in reason


@pytest.mark.parametrize("part", ["ca", "cert", "key"])
@pytest.mark.parametrize("damage", ["missing", "not PEM"])
def test_bad_key_material_is_told_at_start_with_its_file(
    real: RealWorld, tmp_path: Path, part: str, damage: str
) -> None:
    file = tmp_path / "damaged.pem"
    if damage == "not PEM":
        file.write_text("not a certificate")
    bus = MqttBus(real.settings("front").model_copy(update={part: file}), "front")

    with pytest.raises(KeyMaterialError, match=re.escape(str(file))):
        bus.start(Listener())


def test_a_network_thread_that_is_hit_goes_on(real: RealWorld) -> None:
    with running(front := real.bus("front")) as heard:
        (thread,) = [t for t in threading.enumerate() if t.name == "bus-front"]
        assert thread.ident is not None
        hit = ctypes.pythonapi.PyThreadState_SetAsyncExc
        hit(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))

        heard.disconnected()
        heard.connected(2)
        front.publish(Wire(EVENT, b"x")).result(5)


def test_too_much_unanswered_is_refused(real: RealWorld) -> None:
    front = MqttBus(real.settings("front"), "front", max_waiting=5)
    heard = Listener()
    with running(front, heard):
        with real.broker_frozen():
            answers = [front.publish(Wire(EVENT, b"x")) for _ in range(5)]
            with pytest.raises(QueueFullError, match="5 messages"):
                front.publish(Wire(EVENT, b"x"))

        for answer in answers:
            answer.result(5)
        front.publish(Wire(EVENT, b"room again")).result(5)


def test_too_many_bytes_unanswered_are_refused(real: RealWorld) -> None:
    front = MqttBus(real.settings("front"), "front", max_waiting_bytes=1_000_000)
    with running(front), real.broker_frozen():
        front.publish(Wire(EVENT, b"x" * 600_000))
        with pytest.raises(QueueFullError):
            front.publish(Wire(EVENT, b"x" * 600_000))


def test_a_farewell_that_cannot_be_said_is_said_by_the_broker(real: RealWorld) -> None:
    front = real.bus("front", birth=BIRTH, will=WILL)
    with running(real.bus("brain.main", ["door/#"])) as brain:
        with running(front):
            brain.deliveries(1)
            with real.broker_frozen():
                began = time.monotonic()
                front.stop()
                took = time.monotonic() - began
        deliveries = brain.deliveries(2)

    assert took < 6
    assert deliveries[-1].wire.payload == b"offline"


def _mosquitto_pub(
    real: RealWorld, client: str, topic: str, payload: str, *properties: dict[str, str]
) -> None:
    folder = real.folder(client)
    pairs = [pair for single in properties for pair in single.items()]
    command = ["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(real.broker.doors_port)]
    command += ["--cafile", str(folder / "ca.crt"), "--cert", str(folder / "client.crt")]
    command += ["--key", str(folder / "client.key"), "-q", "1", "-t", topic, "-m", payload]
    for name, text in pairs:
        command += ["-D", "publish", "user-property", name, text]
    subprocess.run(command, check=True, timeout=10)
