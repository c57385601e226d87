"""What changed between two rulebooks: every kind of change is told, and nothing else."""

import json
import math

import pytest

from em_engine.rulebook import Rulebook, load_files
from em_engine.rulebook.difference import Alteration, difference, told
from tests.unit.rulebook.conftest import ORDER, ZONES, collection, feature, square

METRES = 111_195.0
FILES = {"orders/ova.yaml": ORDER, "zones/oslo.geojson": ZONES}


def rulebook(files: dict[str, str]) -> Rulebook:
    return load_files({name: text.encode() for name, text in files.items()})


def altered(before: str, after: str, *, name: str = "orders/ova.yaml") -> list[Alteration]:
    """What changes where `before` in the right rulebook is written as `after`."""
    assert before in FILES[name]
    changed = FILES | {name: FILES[name].replace(before, after)}
    return list(difference(rulebook(FILES), rulebook(changed)))


def test_the_same_rulebook_in_other_files_with_other_comments_is_no_difference() -> None:
    moved = {
        "orders/another-name.yaml": "# moved\n" + ORDER.replace("# civil time, half-open", ""),
        "zones/z.geojson": json.dumps(json.loads(ZONES), indent=1),
    }
    old, new = rulebook(FILES), rulebook(moved)
    assert old.revision != new.revision
    assert difference(old, new) == ()


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("buffer_m: 500", "buffer_m: 650.5", "home-of-p3: buffer_m 500 m → 650.5 m"),
        ("alert_m: 1000", "alert_m: 800", "keep-apart: alert_m 1000 m → 800 m"),
        ("alert_m: 1000", "alert_m: 1000, warn_m: 3000", "keep-apart: warn_m none → 3000 m"),
        ("late: PT10M", "late: PT1H30M", "nights: grace.late PT10M → PT1H30M"),
        (
            "mon-fri 21:00-06:00",
            "mon-fri 22:00-06:00",
            ("nights: weekly mon-fri 21:00-06:00, sat-sun 19:00-08:00 (71 h a week)"
            " → mon-fri 22:00-06:00, sat-sun 19:00-08:00 (66 h a week)"),
        ),
        (
            ', weekly: ["daily 00:00-24:00"]',
            "",
            "oslo: weekly daily 00:00-24:00 (168 h a week) → always",
        ),
        ("as: sun", "as: sat", "nights: holidays NO as sun → NO as sat"),
        (
            "to: 2026-05-17T23:30",
            "to: 2026-05-17T22:00",
            ("nights: leave without 2026-05-17T09:00 to 2026-05-17T23:30 (national day, court);"
            " with 2026-05-17T09:00 to 2026-05-17T22:00 (national day, court)"),
        ),
        ("zone: w17-home", "zone: p3-home", "nights: zone w17-home → p3-home"),
        ("heartbeat_every: PT5M", "heartbeat_every: PT2M", "alive: heartbeat_every PT5M → PT2M"),
        ("battery_low_pct: 20", "battery_low_pct: 15", "alive: battery_low_pct 20 % → 15 %"),
        ("devices: [tag-0017]", "devices: [tag-0018]", "wearer W-17 with tag-0017 → W-17 with tag-0018"),
        ("[phone-0003]", "[phone-0003, watch-0003]", ("protected P-3 P-3 with phone-0003"
         " → P-3 with phone-0003, watch-0003")),
        ("record: breaches-only", "record: everything", "record breaches-only → everything"),
        (
            "to: 2026-09-01T00:00}",
            "to: 2026-10-01T00:00}",
            "valid to 2026-08-31T22:00:00.000Z → 2026-09-30T22:00:00.000Z",
        ),
        (", to: 2026-09-01T00:00}", "}", "valid to 2026-08-31T22:00:00.000Z → none"),
        ("programme: contact-ban", "programme: remand", "programme contact-ban → remand"),
    ],
)  # fmt: skip
def test_a_changed_term_is_told_alone_in_the_words_of_the_document(
    before: str, after: str, text: str
) -> None:
    assert [(one.how, one.text, one.orders) for one in altered(before, after)] == [
        ("changed", text, ("OVA-2026-0042",))
    ]


def test_conditions_come_and_go() -> None:
    line = (
        "  - {id: alive, kind: device-health, heartbeat_every: PT5M, fix_every: PT1M, battery_low_pct: 20}\n"
    )
    (gone,) = altered(line, "")
    assert (gone.about, gone.how, gone.name) == ("condition", "removed", "alive")
    assert "heartbeat_every PT5M" in gone.text
    before, after = altered("id: oslo,", "id: town,")
    assert [(before.how, before.name), (after.how, after.name)] == [("removed", "oslo"), ("added", "town")]


def test_a_condition_of_another_kind_is_one_change() -> None:
    (one,) = altered("kind: exclusion, zone: p3-home, buffer_m: 500", "kind: inclusion, zone: p3-home")
    assert one.text == "home-of-p3: kind exclusion → inclusion"


def test_orders_come_and_go() -> None:
    other = ORDER.replace("OVA-2026-0042", "OVA-2").replace("W-17,", "W-18,").replace("tag-0017", "tag-0018")
    old, new = rulebook(FILES), rulebook(FILES | {"orders/b.yaml": other.replace("phone-0003", "phone-0004")})
    (come,) = difference(old, new)
    assert (come.about, come.how, come.name) == ("order", "added", "OVA-2")
    assert come.text.startswith(
        "order of W-18, contact-ban: home-of-p3 (exclusion), keep-apart (contact-ban)"
    )
    (gone,) = difference(new, old)
    assert (gone.how, gone.name) == ("removed", "OVA-2")


def test_schedules_protocols_and_the_centre_are_told() -> None:
    schedule = 'schedule: shift\nweekly: ["mon-fri 21:00-06:00"]\n'
    named = ORDER.replace('weekly: ["daily 00:00-24:00"]', "schedule: shift")
    files = FILES | {"orders/ova.yaml": named, "schedules/shift.yaml": schedule}
    changed = files | {
        "schedules/shift.yaml": schedule.replace("21:00", "20:00"),
        "protocols.yaml": "device.strap: {severity: low}\n",
        "programme.yaml": "accuracy_m: {gnss: 20}\nname: Oslo\n",
    }
    found = difference(rulebook(files), rulebook(changed))
    texts = {one.about.value: one for one in found}
    assert texts["schedule"].text == (
        "shift: weekly mon-fri 21:00-06:00 (45 h a week) → mon-fri 20:00-06:00 (50 h a week)"
    )
    assert texts["schedule"].orders == ("OVA-2026-0042",)
    assert texts["protocol"].text == "device.strap: severity critical → low"
    assert {one.text for one in found if one.about == "programme"} == {
        "name none → Oslo",
        "accuracy_m gnss 15 m → 20 m",
    }


# Zones ----------------------------------------------------------------------------------------


def drawn(*coordinates: object, kind: str = "Polygon", **properties: object) -> list[Alteration]:
    """What changes where the first drawing of the zone gives way to the second."""
    files = []
    for number, shape in enumerate(coordinates):
        said = {name: value[number] for name, value in properties.items() if isinstance(value, tuple)}
        others = [one for one in json.loads(ZONES)["features"] if one["id"] != "p3-home"]
        files.append(
            FILES | {"zones/oslo.geojson": collection(feature("p3-home", kind, shape, **said), *others)}
        )
    return list(difference(*map(rulebook, files)))


def test_a_zone_drawn_from_another_corner_or_the_other_way_round_is_the_same() -> None:
    (ring,) = square(10.78, 59.92, 0.005)
    again = [*ring[2:], *ring[1:3]]
    assert again[0] == again[-1]
    assert drawn([ring], [again]) == []
    assert drawn([ring], [ring[::-1]]) == []


def test_a_side_moved_outward_wins_its_strip_and_moves_by_its_width() -> None:
    west, south, side = 10.78, 59.92, 0.005
    before = square(west, south, side)
    after = [[[lon if lon == west else lon + 0.001, lat] for lon, lat in before[0]]]
    (one,) = drawn(before, after)
    width_m = 0.001 * METRES * math.cos(math.radians(south + side / 2))
    assert one.key == "geometry"
    assert one.orders == ("OVA-2026-0042",)
    assert one.figures["moved_m"] == pytest.approx(width_m, rel=0.005)
    assert one.figures["won_m2"] == pytest.approx(width_m * side * METRES, rel=0.01)
    assert one.figures["lost_m2"] == pytest.approx(0, abs=1)
    gain_m2 = one.figures["area_after_m2"] - one.figures["area_before_m2"]
    assert gain_m2 == pytest.approx(one.figures["won_m2"] - one.figures["lost_m2"], abs=2)


def test_a_hole_cut_into_a_zone_loses_its_area_and_strays_as_far_as_it_lies_within() -> None:
    before = square(10.78, 59.92, 0.01)
    (hole,) = square(10.784, 59.924, 0.002)
    (one,) = drawn(before, [*before, hole[::-1]])
    across_m = 0.002 * METRES * math.cos(math.radians(59.925))
    assert one.figures["lost_m2"] == pytest.approx(across_m * 0.002 * METRES, rel=0.01)
    assert one.figures["won_m2"] == 0
    # From the hole's corners it is nearer to the west and east sides than to the others.
    assert one.figures["moved_m"] == pytest.approx(0.004 * METRES * math.cos(math.radians(59.925)), rel=0.02)


def test_a_circle_drawn_larger_and_one_moved() -> None:
    larger = drawn([10.78, 59.92], [10.78, 59.92], kind="Point", radius_m=(100, 150))
    figures = next(one.figures for one in larger if one.key == "geometry")
    assert figures["moved_m"] == pytest.approx(50, abs=0.2)
    assert figures["won_m2"] == pytest.approx(math.pi * (150**2 - 100**2), rel=0.005)
    moved = drawn([10.78, 59.92], [10.78, 59.92 + 30 / METRES], kind="Point", radius_m=(100, 100))
    (only,) = moved
    assert only.figures["moved_m"] == pytest.approx(30, abs=1.5)
    assert only.figures["won_m2"] == pytest.approx(only.figures["lost_m2"], rel=0.01)


def test_a_zone_moved_across_the_country_is_lost_and_won_whole() -> None:
    (one,) = drawn(square(10.78, 59.92, 0.005), square(18.95, 69.65, 0.005))
    assert one.figures["moved_m"] == pytest.approx(1_150_000, rel=0.02)
    assert one.figures["won_m2"] == one.figures["area_after_m2"]
    assert one.figures["lost_m2"] == one.figures["area_before_m2"]


def test_a_zone_across_the_antimeridian_has_no_edge_at_the_seam() -> None:
    east = square(179.99, -17.0, 0.01)
    west = square(-180.0, -17.0, 0.01)
    wider = [[[lon if lon == -180.0 else lon + 0.01, lat] for lon, lat in west[0]]]
    (one,) = drawn([east, west], [east, wider], kind="MultiPolygon")
    width_m = 0.01 * METRES * math.cos(math.radians(17))
    assert one.figures["moved_m"] == pytest.approx(width_m, rel=0.01)
    assert one.figures["won_m2"] == pytest.approx(width_m * 0.01 * METRES, rel=0.01)


def test_lines_group_what_is_told_by_order() -> None:
    changed = ORDER.replace("buffer_m: 500", "buffer_m: 400").replace("alert_m: 1000", "alert_m: 900")
    zones = ZONES.replace("Home of P-3", "At P-3's")
    new = rulebook({"orders/ova.yaml": changed, "zones/oslo.geojson": zones})
    assert list(told(difference(rulebook(FILES), new))) == [
        "OVA-2026-0042",
        "  changed  home-of-p3: buffer_m 500 m → 400 m",
        "  changed  keep-apart: alert_m 1000 m → 900 m",
        "zones",
        "  changed  p3-home: title Home of P-3 → At P-3's",
    ]


def test_an_alteration_is_json() -> None:
    (one,) = altered("buffer_m: 500", "buffer_m: 650")
    assert json.loads(json.dumps(one.as_json())) == {
        "about": "condition",
        "name": "home-of-p3",
        "how": "changed",
        "orders": ["OVA-2026-0042"],
        "field": "buffer_m",
        "before": 500.0,
        "after": 650.0,
        "text": "home-of-p3: buffer_m 500 m → 650 m",
    }
