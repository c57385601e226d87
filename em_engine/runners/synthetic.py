"""A wearer nobody is, under an order nobody gave: what proves the road from the broker to the record.

His order is judged by the same heart as everybody's, from messages that came through the same broker. He
walks past a buoy: each round leads from one side of a small zone in the North Sea to the other, which is an
`exclusion.crossed` every time. His order is in no rulebook, his alerts are in no queue.
"""

from dataclasses import replace
from functools import cache
from typing import Final

from em_engine.ingest.encode import encode_fix
from em_engine.rulebook import Rulebook, load_files
from em_engine.vocabulary import SECOND, Micros

DEVICE: Final = "em-proof"
CASE: Final = "em-proof"
APART: Final[Micros] = 20 * SECOND
"""Between the two fixes of a round: 600 m in it is 30 m/s, slow enough to be believed."""
_LON: Final = 3.0
_LAT: Final = 58.0
_SIDE_DEGREES: Final = 0.005  # 295 m of longitude at that latitude

_FILES: Final = {
    f"orders/{CASE}.yaml": (
        f'{{"order": "{CASE}", "programme": "contact-ban", "time_zone": "UTC",'
        f' "valid": {{"from": "2020-01-01T00:00", "to": "2200-01-01T00:00"}},'
        f' "wearer": {{"id": "{CASE}", "devices": ["{DEVICE}"]}}, "record": "breaches-only",'
        f' "conditions": [{{"id": "road", "kind": "exclusion", "zone": "{CASE}"}}]}}'
    ).encode(),
    "zones/zones.geojson": (
        f'{{"type": "FeatureCollection", "features": [{{"type": "Feature", "id": "{CASE}",'
        f' "properties": {{"radius_m": 100}},'
        f' "geometry": {{"type": "Point", "coordinates": [{_LON}, {_LAT}]}}}}]}}'
    ).encode(),
}


def with_synthetic(rulebook: Rulebook) -> Rulebook:
    """The rulebook and his order. It keeps its revision: what it says of others is the same."""
    his = _his()
    return replace(rulebook, orders=(*rulebook.orders, *his.orders), zones={**rulebook.zones, **his.zones})


@cache
def _his() -> Rulebook:
    return load_files(_FILES)


def walk_past(at: Micros, *, eastward: bool) -> tuple[bytes, bytes]:
    """The two fixes of a round that ends at `at`. They bear no number: nobody is to send them again."""
    side = -_SIDE_DEGREES if eastward else _SIDE_DEGREES
    first = encode_fix(fixed_at=at - APART, lon=_LON + side, lat=_LAT, accuracy_m=5.0)
    return first, encode_fix(fixed_at=at, lon=_LON - side, lat=_LAT, accuracy_m=5.0)
