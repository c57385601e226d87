"""`--simulated`: a past made up for orders nobody has lived under yet, the same one for the same seed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.commands.imagining import Imagining, simulated
from em_engine.commands.progress import Progress
from em_engine.rulebook import load_files
from em_engine.vocabulary import HOUR, Micros, ReportKind, parse_rfc3339
from simulators.imagined import Wish, imagined
from simulators.scenarios.ground import apart_m
from simulators.world import Frame
from tests.unit.rulebook.conftest import collection, feature, square

MONDAY: Micros = parse_rfc3339("2026-03-02T00:00:00Z")
DAY = 24 * HOUR
HOME = "orders/home.yaml"
FILES: dict[str, bytes] = {
    HOME: b"""\
order: HJ-1
programme: home-detention
wearer: {id: W-1, devices: [tag-1]}
conditions:
  - {id: nights, kind: curfew, zone: home, weekly: ["daily 20:00-06:00"]}
  - {id: court, kind: exclusion, zone: court, buffer_m: 300}
  - {id: alive, kind: device-health, heartbeat_every: PT30M, fix_every: PT30M}
""",
    "orders/pair.yaml": b"""\
order: OVA-1
programme: contact-ban
wearer: {id: W-61, devices: [tag-0061]}
protected: [{id: P-61, devices: [phone-0061]}]
conditions:
  - {id: apart, kind: contact-ban, with: P-61, alert_m: 500}
  - {id: alive, kind: device-health, heartbeat_every: PT30M, fix_every: PT30M}
""",
    "zones/oslo.geojson": collection(
        feature("home", "Point", [10.70, 59.90], radius_m=60),
        feature("court", "Polygon", square(10.74, 59.915, 0.004)),
    ).encode(),
}
SINCE = ("--since", "2026-03-02T00:00:00Z")


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def told(*typed: object, expect: int = 0) -> Any:
    result = CliRunner().invoke(main, [str(word) for word in ("rules", *typed, "--json")])
    assert result.exit_code == expect, result.output
    return json.loads(result.stdout)


def test_people_live_by_their_orders_and_come_near_what_is_forbidden() -> None:
    rulebook = load_files(FILES)
    track = imagined([(rulebook, rulebook.orders)], Wish(span=(MONDAY, MONDAY + 5 * DAY)))
    assert set(track.devices) == {"tag-1", "tag-0061", "phone-0061"}
    rows = track.rows
    own = rows[(rows["device"] == track.devices.index("tag-1")) & (rows["kind"] == ReportKind.FIX)]
    frame = Frame(lon=10.70, lat=59.90)
    away_m = [
        apart_m(place, (0.0, 0.0)) for place in frame.to_metres(np.stack([own["lon"], own["lat"]], axis=1))
    ]
    hours = (own["at"] - MONDAY) / HOUR % 24
    at_night = [metres < 120 for metres, hour in zip(away_m, hours, strict=True) if hour < 4]
    by_day = [metres > 500 for metres, hour in zip(away_m, hours, strict=True) if 8 < hour < 13]
    assert sum(at_night) > 0.8 * len(at_night)
    assert sum(by_day) > 0.5 * len(by_day)


def test_the_same_seed_is_the_same_past_and_another_is_another() -> None:
    rulebook = load_files(FILES)
    held = [(rulebook, rulebook.orders)]
    one, same, other = (
        imagined(held, Wish(span=(MONDAY, MONDAY + DAY), seed=seed)).rows.tobytes() for seed in (1, 1, 2)
    )
    assert one == same != other


def test_a_wider_ring_tells_more_and_only_the_order_that_changed_is_lived(tmp_path: Path) -> None:
    wider = FILES | {HOME: FILES[HOME].replace(b"buffer_m: 300", b"buffer_m: 900")}
    old, new = written(tmp_path / "old", FILES), written(tmp_path / "new", wider)
    found = told("diff", old, new, "--simulated", 1, *SINCE)
    assert found["orders"].keys() == {"HJ-1"}
    counts = found["orders"]["HJ-1"]
    assert counts["appears"] + counts["moves"] > 0
    assert "nobody lived this: 1 tags" in found["history"]["notices"][0]


def test_a_new_order_that_begins_later_is_lived_when_it_holds(tmp_path: Path) -> None:
    before = load_files({path: content for path, content in FILES.items() if path != HOME})
    valid = b"valid: {from: 2099-03-01T00:00, to: 2099-09-01T00:00}\nwearer"
    after = load_files(FILES | {HOME: FILES[HOME].replace(b"wearer", valid)})
    progress = Progress(file=tmp_path / "progress.json")
    track, notice = simulated(Imagining(days=2), [before, after], since=None, until=None, progress=progress)
    assert set(track.devices) == {"tag-1"}
    assert "from 2099-02-28T23:00:00.000Z for 2 days" in notice
    said = json.loads((tmp_path / "progress.json").read_text())
    assert said == {"part": "simulating", "done": 1, "total": 1}


def test_of_one_wearer_only_he_and_whom_he_is_kept_from_are_imagined() -> None:
    wish = Imagining(days=1, wearer="W-61")
    track, _ = simulated(wish, [load_files(FILES)], since=None, until=MONDAY + DAY, progress=Progress())
    assert set(track.devices) == {"tag-0061", "phone-0061"}
    assert int(track.rows["at"][0]) >= MONDAY
    assert int(track.rows["at"][-1]) < MONDAY + DAY


def test_two_pasts_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "book", FILES)
    for typed, reason in {
        ("--simulated", "2", "--recorded", str(tmp_path)): "--recorded and --simulated are two histories",
        ("--simulated", "2", "--device", "x"): "--device names the device of one track; none",
        ("--simulated", "99"): "14",
    }.items():
        result = CliRunner().invoke(main, ["rules", "backtest", str(folder), *typed])
        assert result.exit_code == 2
        assert reason in result.stderr
