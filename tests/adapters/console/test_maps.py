"""Maps: what is drawn, for whom, and the trace every look leaves."""

import json

import numpy as np
import pytest
from pyproj import Geod
from shapely import Point
from shapely.geometry import shape

from em_engine.console import sketch
from em_engine.console.roles import Role
from em_engine.law import geodesy
from em_engine.record.rows import Role as Side
from em_engine.vocabulary import MINUTE, AlertType

NEAR = (10.751234, 59.921234)


def _by_role(drawn):
    found = {}
    for feature in drawn["features"]:
        found.setdefault(feature["properties"]["role"], []).append(feature)
    return found


def _contact(bench, make, **more):
    """The wearer and the protected person, a minute apart, in a breach of the distance."""
    lon, lat = NEAR
    way = tuple(
        make.kept(
            "OVA-1", "W-17", Side.WEARER, make.NOW - back * MINUTE, (lon + back / 1e4, lat), in_breach=True
        )
        for back in (3, 2, 1)
    )
    other = make.kept("OVA-1", "P-3", Side.PROTECTED, make.NOW - MINUTE, make.P3_AT)
    change = make.change(AlertType.CONTACT_ALERT, condition="keep-apart", **more)
    bench.tell(change, positions=(*way, other))
    return f"/api/alerts/{change.alert}/map"


async def test_the_map_of_a_zone_breach_has_zone_buffer_trail_and_fixes(bench, make, operator):
    change = make.change()
    inside = [
        make.kept("OVA-1", "W-17", Side.WEARER, make.NOW - s * MINUTE, NEAR, in_breach=True) for s in (2, 1)
    ]
    bench.tell(change, positions=tuple(inside))
    answer = await operator.get(f"/api/alerts/{change.alert}/map")
    assert answer.headers["content-type"] == "application/geo+json"
    found = _by_role(answer.json())
    assert {role: len(features) for role, features in found.items()} == {
        "zone": 1,
        "buffer": 1,
        "trail": 1,
        "fix": 2,
    }
    assert found["zone"][0]["properties"]["title"] == "Torshov"
    assert found["buffer"][0]["properties"]["buffer_m"] == 500.0
    fix = found["fix"][0]
    assert fix["geometry"] == {"type": "Point", "coordinates": list(NEAR)}
    assert fix["properties"] == {
        "role": "fix",
        "device": "tag-W-17",
        "fixed_at": "2026-11-22T19:58:00.000Z",
        "accuracy_m": 9.0,
        "source": "gnss",
        "in_breach": True,
    }
    west, south, east, north = answer.json()["bbox"]
    assert west < NEAR[0] < east
    assert south < NEAR[1] < north


async def test_the_outline_of_a_circle_and_its_buffer_keep_their_distance(bench, make, operator):
    change = make.change()
    bench.tell(change)
    found = _by_role((await operator.get(f"/api/alerts/{change.alert}/map")).json())
    centre = geodesy.to_ecef(np.array([10.7579]), np.array([59.9231]))
    for role, radius_m in (("zone", 400.0), ("buffer", 900.0)):
        ring = np.array(shape(found[role][0]["geometry"]).exterior.coords)
        away_m = geodesy.apart_m(
            geodesy.to_ecef(ring[:, 0], ring[:, 1]), np.repeat(centre, len(ring), axis=0)
        )
        assert np.abs(away_m - radius_m).max() < 2.0


async def test_police_see_the_protected_person_and_the_distance(bench, make):
    path = _contact(bench, make)
    police = await bench.signed_in(Role.POLICE)
    found = _by_role((await police.get(path)).json())
    assert found["other-fix"][0]["geometry"]["coordinates"] == list(make.P3_AT)
    pair = found["pair"][0]
    (here_lon, here_lat), there = pair["geometry"]["coordinates"][0], make.P3_AT
    _, _, apart_m = Geod(ellps="WGS84").inv(here_lon, here_lat, *there)
    assert pair["properties"]["distance_m"] == pytest.approx(apart_m, abs=0.1)
    assert pair["geometry"]["coordinates"][0] == found["fix"][-1]["geometry"]["coordinates"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
async def test_a_protected_persons_position_never_leaves_the_server_for_others(bench, make, role):
    path = _contact(bench, make)
    alert = path.removesuffix("/map")
    client = await bench.signed_in(role)
    told = {}
    for asked in (
        path,
        alert,
        f"{alert}/history",
        "/api/alerts",
        "/api/positions",
        "/api/places",
        "/api/status",
    ):
        answer = await client.get(asked)
        assert answer.status_code == 200, asked
        told[asked] = answer.text + str(answer.headers)
    for asked, text in told.items():
        for digits in ("10.7601", "59.92567", "phone-3", "Ola Vernet"):
            assert digits not in text, (asked, digits)
    assert "fix" in _by_role(json.loads((await client.get(path)).text))


async def test_every_look_at_a_map_is_in_the_audit(bench, make, operator):
    path = _contact(bench, make)
    await operator.get(path)
    await operator.get(path, headers={"X-Reason": "ringer den dømte".encode("latin-1")})
    looks = [entry for entry in bench.audit.entries() if "map" in entry["what"]]
    assert [(look["who"], look["why"]) for look in looks] == [
        ("kari", "alert handling"),
        ("kari", "ringer den dømte"),
    ]
    assert {look["subject"] for look in looks} == {path.split("/")[3]}
    assert looks[0]["at"] == "2026-11-22T20:00:00.000Z"
    assert bench.audit.verify() is None


async def test_a_map_that_follows_its_alert_is_one_look_in_ten_minutes(bench, make, operator):
    path = _contact(bench, make)
    for _ in range(5):
        await operator.get(path)
        bench.clock.turn(minutes=4)
    looks = [entry for entry in bench.audit.entries() if "map" in entry["what"]]
    assert [look["at"][11:16] for look in looks] == ["20:00", "20:12"]


async def test_the_same_map_on_another_persons_screen_is_another_look(bench, make, operator):
    path = _contact(bench, make)
    police = await bench.signed_in(Role.POLICE, name="politi")
    for client in (operator, police, operator, police):
        await client.get(path)
    looks = [entry for entry in bench.audit.entries() if "map" in entry["what"]]
    assert [look["who"] for look in looks] == ["kari", "politi"]


async def test_the_queue_is_shown_though_the_audit_has_no_room(bench, make, operator):
    path = _contact(bench, make)
    bench.audit.close()
    assert len((await operator.get("/api/alerts")).json()["alerts"]) == 1
    assert (await operator.get(path.removesuffix("/map"))).status_code == 200
    assert (await operator.get("/api/positions")).status_code == 503


async def test_a_map_that_cannot_be_audited_is_not_shown(bench, make, operator):
    path = _contact(bench, make)
    bench.audit.close()
    answer = await operator.get(path)
    assert answer.status_code == 503
    assert "audit" in answer.json()["detail"]
    assert "10.75" not in answer.text


@pytest.mark.parametrize(
    ("case", "wearer", "in_breach", "breach_is_open", "is_shown"),
    [
        pytest.param("HJ-2", "W-18", False, False, True, id="everything: always"),
        pytest.param("SIT-3", "W-19", False, False, False, id="situational: not without a breach"),
        pytest.param("SIT-3", "W-19", True, False, False, id="situational: not once it is over"),
        pytest.param("SIT-3", "W-19", True, True, True, id="situational: in a breach"),
        pytest.param("OVA-1", "W-17", False, True, False, id="breaches only: not a position from before"),
        pytest.param("OVA-1", "W-17", True, True, True, id="breaches only: in a breach"),
    ],
)
async def test_the_overview_shows_who_the_order_lets_it_show(
    bench, make, operator, case, wearer, in_breach, breach_is_open, is_shown
):
    fix = make.kept(case, wearer, Side.WEARER, make.NOW - MINUTE, NEAR, in_breach=in_breach)
    changes = [make.change(case=case, wearer=wearer)] if breach_is_open else []
    bench.tell(*changes, positions=(fix,))
    features = (await operator.get("/api/positions")).json()["features"]
    assert [feature["properties"]["person"] for feature in features] == [wearer] * is_shown


async def test_the_overview_shows_protected_persons_to_the_police(bench, make):
    _contact(bench, make)
    police = await bench.signed_in(Role.POLICE)
    found = _by_role((await police.get("/api/positions")).json())
    assert found["protected"][0]["properties"]["person"] == "P-3"
    assert found["wearer"][0]["properties"]["name"] == "Kari W-17"


async def test_watching_the_overview_is_one_look_in_ten_minutes(bench, operator):
    for _ in range(5):
        await operator.get("/api/positions")
        bench.clock.turn(minutes=4)
    looks = [entry for entry in bench.audit.entries() if "all positions" in entry["what"]]
    assert len(looks) == 2


async def test_places_are_the_zones_of_all_orders_and_are_fetched_once(operator):
    answer = await operator.get("/api/places")
    drawn = {feature["id"]: feature["properties"] for feature in answer.json()["features"]}
    assert drawn["exclusion/p3-home"] == {
        "role": "exclusion",
        "name": "p3-home",
        "title": "Torshov",
        "orders": ["OVA-1"],
    }
    assert drawn["inclusion/area"]["orders"] == ["HJ-2", "SIT-3"]
    again = await operator.get("/api/places", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_of_a_tag_long_silent_the_last_known_place_is_drawn(bench, make, operator):
    change = make.change(AlertType.DEVICE_SILENT, case="HJ-2", condition="alive", wearer="W-18")
    bench.tell(change, positions=(make.kept("HJ-2", "W-18", Side.WEARER, make.NOW - 600 * MINUTE, NEAR),))
    found = _by_role((await operator.get(f"/api/alerts/{change.alert}/map")).json())
    assert [fix["properties"]["fixed_at"] for fix in found["fix"]] == ["2026-11-22T10:00:00.000Z"]


async def test_without_the_order_nothing_says_that_the_way_may_be_shown(bench, make, operator):
    change = make.change(case="GONE", wearer="W-20")
    bench.tell(change, positions=(make.kept("GONE", "W-20", Side.WEARER, make.NOW - MINUTE, NEAR),))
    answer = await operator.get(f"/api/alerts/{change.alert}/map")
    assert answer.json()["features"] == []


@pytest.mark.parametrize(
    ("radius_m", "off_m"),
    [pytest.param(50.0, 1.1, id="a home"), pytest.param(100_000.0, 300.0, id="a county")],
)
@pytest.mark.parametrize(
    "place", [(10.75, 59.91), (15.6, 78.2), (178.0, -17.8)], ids=["Oslo", "Svalbard", "Fiji"]
)
def test_a_circle_is_drawn_where_it_is(radius_m, off_m, place):
    drawn = shape(sketch.outline("circle", Point(*place), radius_m))
    ring = np.array(drawn.exterior.coords)
    count = len(ring)
    _, _, away_m = Geod(ellps="WGS84").inv([place[0]] * count, [place[1]] * count, ring[:, 0], ring[:, 1])
    assert np.abs(np.array(away_m) - radius_m).max() < off_m
