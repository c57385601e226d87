"""A real engine process, a real broker and tags, for tests that look at all of it through the page."""

import asyncio
import base64
import contextlib
import json
import math
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from em_engine.console.access import Access
from em_engine.console.roles import Role
from em_engine.ingest.broker import MosquittoBroker, find_mosquitto, free_port
from em_engine.ingest.delivery import system_clock
from em_engine.ingest.encode import encode_fix, topic_of
from em_engine.vocabulary import SECOND, Micros, ReportKind
from tests.scenarios.road.bench import until
from tests.scenarios.road.engine import EngineProcess, ask
from tests.scenarios.road.places import write

PASSWORD = "correct horse battery"
WORK_S = 120
"""What starting an engine may take on a machine that does other things too."""
SCHOOL = (10.7590, 59.9230)
"""Grünerløkka, where the wearer must not be."""
PROTECTED_AT = (10.742613, 59.921539)
"""Where the protected person is: digits that occur nowhere else and can be looked for on the wire."""
ZONES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "school",
            "properties": {"title": "Skolen", "radius_m": 150},
            "geometry": {"type": "Point", "coordinates": SCHOOL},
        }
    ],
}
ORDER = """\
order: OVA-2026-0017
programme: contact-ban
time_zone: Europe/Oslo
valid: {from: 2020-01-01T00:00, to: 2040-01-01T00:00}
wearer: {id: W-17, name: Selje, devices: [tag-0017]}
protected: [{id: P-3, devices: [phone-0003]}]
record: everything
conditions:
  - {id: school, kind: exclusion, zone: school, buffer_m: 150}
  - {id: keep-apart, kind: contact-ban, with: P-3, alert_m: 250, warn_m: 400}
"""


def beside(place: tuple[float, float], *, east_m: float = 0.0, north_m: float = 0.0) -> tuple[float, float]:
    """The place so many metres from another."""
    lon, lat = place
    return lon + east_m / (111_320 * math.cos(math.radians(lat))), lat + north_m / 111_320


class Loop:
    """An asyncio loop in a thread of its own: the driver of the browser occupies the test's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What the work comes to."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WORK_S)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Tags:
    """All devices over one plain MQTT client."""

    def __init__(self, port: int) -> None:
        self._seq = 0
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.reconnect_delay_set(min_delay=1, max_delay=1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def fix(self, device: str, place: tuple[float, float], *, ago_s: float = 0.0) -> None:
        """Say where a device is, or was; return when the broker has it."""
        self._seq += 1
        fixed_at: Micros = system_clock() - int(ago_s * SECOND)
        lon, lat = place
        payload = encode_fix(fixed_at=fixed_at, lon=lon, lat=lat, accuracy_m=8.0, seq=self._seq)
        self._client.publish(topic_of(device, ReportKind.FIX), payload, qos=1).wait_for_publish(10)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


class Town:
    """One wearer, one protected person, a broker, and an engine that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.loop = Loop()
        self.port = free_port()
        mosquitto = find_mosquitto()
        assert mosquitto is not None, "tests that need it are skipped without it"
        (folder / "broker").mkdir()
        self.broker = MosquittoBroker(mosquitto, folder / "broker")
        self.loop.run(self.broker.start())
        zones = json.dumps(ZONES).encode()
        write(folder / "rules", {"zones/zones.geojson": zones, "orders/W-17.yaml": ORDER.encode()})
        self.engine = EngineProcess(folder, self.broker.url)
        # The page that is open must find it again.
        config = self.engine.config.read_text().replace("port = 0", f"port = {self.port}")
        self.engine.config.write_text(config)
        (folder / "data").mkdir()
        with contextlib.closing(Access(folder / "data" / "access.sqlite3", system_clock)) as access:
            access.add("kari", PASSWORD, [Role.OPERATOR])
            access.add("ola", PASSWORD, [Role.SUPERVISOR])
            access.add("politi", PASSWORD, [Role.POLICE])
        self.start()
        self.tags = Tags(self.broker.port)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the engine, and return once it hears the broker: before it has, a first message is lost."""
        self.engine.start()
        self.loop.run(self.engine.address())
        self.loop.run(until(lambda: ask(f"{self.url}/health/ready")[0] == 200, seconds=WORK_S))

    def kill(self) -> None:
        """End the engine as a power cut does."""
        self.loop.run(self.engine.kill())

    def close(self) -> None:
        """End everything."""
        self.tags.close()
        self.engine.close()
        if self.engine.process.stdout is not None:
            self.engine.process.stdout.close()
        self.loop.run(self.broker.stop())
        self.loop.close()


@contextlib.contextmanager
def town(folder: Path) -> Iterator[Town]:
    """The town, for as long as a test needs it."""
    made = Town(folder)
    try:
        yield made
    finally:
        made.close()


def bytes_received(net_log: Path) -> dict[str, bytes]:
    """What a browser read by address, streams and workers included, from the log of its network stack."""
    text = net_log.read_text()
    # A browser that is closed in haste leaves the list open.
    told = json.loads(text if text.rstrip().endswith("}") else text.rstrip().rstrip(",") + "]}")
    types = {number: name for name, number in told["constants"]["logEventTypes"].items()}
    address: dict[int, str] = {}
    received: dict[int, bytearray] = {}
    for event in told["events"]:
        params, source = event.get("params", {}), event["source"]["id"]
        if types[event["type"]] == "URL_REQUEST_START_JOB" and "url" in params:
            address[source] = params["url"]
        elif types[event["type"]] == "URL_REQUEST_JOB_FILTERED_BYTES_READ":
            received.setdefault(source, bytearray()).extend(base64.b64decode(params["bytes"]))
    found: dict[str, bytes] = {}
    for source, read in received.items():
        url = address.get(source, "")
        found[url] = found.get(url, b"") + bytes(read)
    return found
