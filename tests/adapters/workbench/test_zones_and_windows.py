"""Zones put one by one, geometry in metres, windows as they will be applied, what changed between books."""

import json

import pytest

ZONES = "zones/homes.geojson"
BOW_TIE = [[[10.0, 60.0], [10.01, 60.01], [10.01, 60.0], [10.0, 60.01], [10.0, 60.0]]]


def square(west: float, south: float, size: float) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


async def put(authors, draft: str, zone: str, version: str, **body: object):
    headers = {"If-Match": f'"{version}"'}
    return await authors.author.put(f"/api/rules/drafts/{draft}/zones/{zone}", json=body, headers=headers)


async def test_one_zone_is_drawn_and_the_others_text_stays(authors, bench):
    draft = await authors.draft()
    hole = [*square(10.70, 59.90, 0.002), *square(10.7005, 59.9005, 0.0005)]
    drawn = {"type": "Polygon", "coordinates": hole}
    seen = await authors.version(draft, ZONES)
    saved = await put(authors, draft, "w1-home", seen, geometry=drawn, properties={"title": "Hjemme"})
    assert saved.status_code == 200, saved.text
    assert saved.json()["errors"] == 0
    old = (bench.folder / "rulebook" / ZONES).read_text("utf-8").splitlines()
    new = (bench.folder / "drafts" / draft / "rulebook" / ZONES).read_text("utf-8").splitlines()
    assert [place for place, (a, b) in enumerate(zip(old, new, strict=True)) if a != b] == [2]
    zones = (await authors.author.get(f"/api/rules/books/{draft}/zones")).json()["features"]
    assert [len(ring) for ring in zones[1]["geometry"]["coordinates"]] == [5, 5]
    assert zones[0]["properties"] == {"name": "Torshov", "radius_m": 400}
    assert zones[0]["outline"]["type"] == "Polygon"
    assert zones[1]["orders"][1] == {"order": "OVA-1", "conditions": ["nights"]}
    stale = await put(authors, draft, "w1-home", seen, geometry=drawn, properties={})
    assert stale.status_code == 412


async def test_a_zone_is_renamed_where_orders_name_it_and_comments_stay(authors, bench):
    draft = await authors.draft()
    seen = await authors.version(draft, ZONES)
    body = {"geometry": {"type": "Point", "coordinates": [10.7579, 59.9231]}, "properties": {"radius_m": 400}}
    answer = await put(authors, draft, "p3-home", seen, new_name="torshov", **body)
    assert answer.json()["errors"] == 0, answer.text
    old = (bench.folder / "rulebook" / "orders/OVA-1.yaml").read_text("utf-8")
    new = (bench.folder / "drafts" / draft / "rulebook" / "orders/OVA-1.yaml").read_text("utf-8")
    assert new == old.replace("zone: p3-home", "zone: torshov")
    taken = await put(
        authors, draft, "torshov", await authors.version(draft, ZONES), new_name="w1-home", **body
    )
    assert taken.status_code == 422


async def test_a_wrong_drawing_is_kept_and_told_and_nonsense_is_not_kept(authors):
    draft = await authors.draft()
    seen = await authors.version(draft, ZONES)
    wrong = await put(
        authors, draft, "w1-home", seen, geometry={"type": "Polygon", "coordinates": BOW_TIE}, properties={}
    )
    assert [one["code"] for one in wrong.json()["problems"]] == ["polygon.crosses"]
    seen = wrong.json()["version"]
    for nonsense in ({"type": "Polygon", "coordinates": [[[1, 2]]]}, {"type": "Circle"}, {}):
        answer = await put(authors, draft, "w1-home", seen, geometry=nonsense, properties={})
        assert answer.status_code == 422, answer.text
    assert await authors.version(draft, ZONES) == seen


async def test_a_file_of_another_program_brings_zones_or_nothing(authors):
    draft = await authors.draft()
    school = {"type": "Polygon", "coordinates": square(10.75, 59.93, 0.002)}
    feature = {"type": "Feature", "properties": {"navn": "Lilleborg skole"}, "geometry": school}
    sent = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    url = f"/api/rules/drafts/{draft}/import"
    raw = {"Content-Type": "application/octet-stream"}
    pytest.importorskip("pyogrio", reason="the extra gis is not installed")
    named = {"filename": "skoler.geojson"}
    tried = await authors.author.post(url, params={**named, "dry_run": True}, content=sent, headers=raw)
    assert (tried.json()["is_saved"], tried.json()["saved"]) == (False, None), tried.text
    made = await authors.author.post(url, params=named, content=sent, headers=raw)
    assert [one["name"] for one in made.json()["zones"]] == ["lilleborg-skole"]
    assert made.json()["saved"]["errors"] == 0
    twice = await authors.author.post(url, params=named, content=sent, headers=raw)
    assert twice.status_code == 409
    before = (await authors.author.get(f"/api/rules/books/{draft}")).json()["files"]
    broken = await authors.author.post(url, params={"filename": "x.gpkg"}, content=b"no", headers=raw)
    assert broken.json()["reasons"] == ["the file is named .gpkg and holds something else"]
    assert (await authors.author.get(f"/api/rules/books/{draft}")).json()["files"] == before


@pytest.mark.parametrize("place", [[10.75, 59.91], [7.05, 58.0], [31.1, 70.37], [15.6, 78.2]])
async def test_metres_are_metres_from_lindesnes_to_svalbard(authors, place):
    circle = await authors.author.post("/api/rules/geometry/circle", json={"centre": place, "radius_m": 1000})
    told = circle.json()
    assert told["is_valid"] is True
    assert told["figures"]["area_m2"] == pytest.approx(3_141_593, rel=1e-3)
    assert told["figures"]["perimeter_m"] == pytest.approx(6_283.2, rel=1e-3)
    wider = await authors.author.post(
        "/api/rules/geometry/ring", json={"geometry": told["geometry"], "minutes": 3, "speed_kmh": 40}
    )
    assert wider.json()["reach_m"] == 2000
    assert wider.json()["figures"]["area_m2"] == pytest.approx(9 * 3_141_593, rel=2e-3)


async def test_a_crossing_is_pointed_at_and_its_repair_is_shown(authors):
    crossed = {"type": "Polygon", "coordinates": BOW_TIE}
    told = (await authors.author.post("/api/rules/geometry/check", json={"geometry": crossed})).json()
    assert told["is_valid"] is False
    assert told["problems"][0]["at"] == pytest.approx([10.005, 60.005])
    assert told["repaired"]["type"] == "MultiPolygon"
    whole = {"type": "Polygon", "coordinates": square(10.0, 60.0, 0.01)}
    away = {"type": "Polygon", "coordinates": square(10.004, 60.004, 0.002)}
    cut = await authors.author.post("/api/rules/geometry/cut", json={"geometry": whole, "away": away})
    assert cut.json()["figures"]["holes"] == 1
    line = {"type": "LineString", "coordinates": [[9.99, 60.005], [10.02, 60.005]]}
    split = await authors.author.post("/api/rules/geometry/split", json={"geometry": whole, "line": line})
    assert len(split.json()["parts"]) == 2
    nothing = await authors.author.post("/api/rules/geometry/cut", json={"geometry": away, "away": whole})
    assert (nothing.status_code, nothing.json()["detail"]) == (422, "nothing is left of it")


async def test_windows_are_told_as_they_will_be_applied(authors):
    url, asked = "/api/rules/books/in-force/windows", {"order": "OVA-1", "weeks": 1}
    week = (await authors.author.get(url, params={**asked, "from": "2026-11-23"})).json()
    nights = week["conditions"][1]
    assert (nights["binds"][1]["from"], nights["binds"][1]["hours"]) == ("2026-11-23T22:00:00+01:00", 8.0)
    starts = [one["from"] for one in nights["binds"]]
    assert "2026-11-27T22:00:00+01:00" in [one["from"] for one in nights["planned"]]
    assert "2026-11-27T22:00:00+01:00" not in starts, "a wedding"
    assert nights["away"] == [
        {"from": "2026-11-27T18:00:00+01:00", "to": "2026-11-28T12:00:00+01:00", "reason": "a wedding",
         "authorised_by": "", "schedule": None, "granted": "leave"},
    ]  # fmt: skip
    assert week["conditions"][0]["always"] is True
    autumn = (await authors.author.get(url, params={**asked, "from": "2026-10-19"})).json()
    assert autumn["clock_changes"] == [{"at": "2026-10-25T02:00:00+01:00", "minutes": -60}]
    hours = {one["from"][:10]: one["hours"] for one in autumn["conditions"][1]["binds"]}
    assert (hours["2026-10-23"], hours["2026-10-24"]) == (8.0, 11.0), "22-08 over the change of clocks"
    feast = (await authors.author.get(url, params={**asked, "from": "2027-05-17"})).json()
    assert {"date": "2027-05-17", "name": "Grunnlovsdag"} in [
        {"date": one["date"], "name": one["name"].split("; ")[-1]} for one in feast["holidays"]
    ]
    held = {one["from"][:10]: one["hours"] for one in feast["conditions"][1]["binds"]}
    assert held["2027-05-17"] == 10.0, "a holiday counts as a Sunday"


async def test_what_changed_is_told_in_words_on_the_map_and_in_the_text(authors):
    draft = await authors.draft()
    drawn = {"type": "Polygon", "coordinates": square(10.70, 59.90, 0.002)}
    await put(
        authors,
        draft,
        "w1-home",
        await authors.version(draft, ZONES),
        geometry=drawn,
        properties={"title": "Hjemme"},
    )
    told = (await authors.author.get("/api/rules/diff", params={"old": "in-force", "new": draft})).json()
    (zone,) = told["zones"]
    assert (zone["name"], zone["how"], zone["orders"], zone["lost"]) == (
        "w1-home", "changed", ["HJ-2", "OVA-1"], None,
    )  # fmt: skip
    assert zone["won"]["type"] == "Polygon" or zone["won"]["type"] == "MultiPolygon"
    assert zone["figures"]["area_after_m2"] > 1.9 * zone["figures"]["area_before_m2"]
    (file,) = told["files"]
    assert (file["path"], file["how"]) == (ZONES, "changed")
    assert file["diff"].count("\n+  {") == file["diff"].count("\n-  {") == 1
