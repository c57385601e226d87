"""What a person keeps: the keys of the page; and where an installation has its map tiles from."""

from contextlib import aclosing

import pytest
from pydantic import ValidationError

from em_engine.console.roles import Role
from em_engine.console.settings import ConsoleSettings
from em_engine.settings import TileSettings

TILES = "https://tiles.example:8443/topo/{z}/{x}/{y}.png"


async def test_keys_follow_the_person_and_nobody_else(bench):
    async with (
        aclosing(await bench.signed_in(name="kari")) as kari,
        aclosing(await bench.signed_in(name="ola")) as ola,
    ):
        assert (await kari.get("/api/keys")).json() == {"keys": {}}
        assert (await kari.put("/api/keys", json={"keys": {"claim": "b"}})).status_code == 200
        assert (await kari.get("/api/keys")).json() == {"keys": {"claim": "b"}}
        assert (await ola.get("/api/keys")).json() == {"keys": {}}


@pytest.mark.parametrize("keys", [{"claim": "bb"}, {"claim": " "}, {"Claim!": "b"}, {"claim": ""}])
async def test_what_is_no_key_is_refused(bench, keys):
    async with aclosing(await bench.signed_in()) as kari:
        assert (await kari.put("/api/keys", json={"keys": keys})).status_code == 422


async def test_without_a_map_server_pictures_come_from_here_alone(bench):
    async with aclosing(await bench.signed_in()) as client:
        answer = await client.get("/api/map-source")
    assert answer.json()["url"] is None
    assert "img-src 'self' data: blob:;" in answer.headers["content-security-policy"] + ";"


async def test_a_map_server_opens_the_policy_for_its_pictures_and_nothing_else(make, tmp_path):
    tiles = TileSettings(url=TILES, attribution="© Example")
    bench = make.bench(tmp_path, settings=ConsoleSettings(page=tmp_path, tiles=tiles))
    async with aclosing(await bench.signed_in(Role.OPERATOR)) as client:
        answer = await client.get("/api/map-source")
    bench.close()
    assert answer.json() == {"url": TILES, "attribution": "© Example", "zoom_max": 19}
    parts = answer.headers["content-security-policy"].split("; ")
    assert [part for part in parts if "tiles.example" in part] == [
        "img-src 'self' data: blob: https://tiles.example:8443"
    ]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://tiles.example/{z}/{x}.png", id="no row"),
        pytest.param("https://{s}.tiles.example/{z}/{x}/{y}.png", id="a server that is not named"),
        pytest.param("https://tiles.example; script-src *//{z}/{x}/{y}", id="more than an address"),
        pytest.param("/tiles/{z}/{x}/{y}.png", id="no server"),
    ],
)
def test_what_is_no_address_of_tiles_is_refused(url):
    with pytest.raises(ValidationError):
        TileSettings(url=url, attribution="x")
