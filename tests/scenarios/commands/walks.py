"""A rulebook in a folder, and tracks of people who walk in and out of its zone, a fix a minute."""

from collections.abc import Sequence
from pathlib import Path

from em_engine.vocabulary import MINUTE, SECOND, Micros, parse_rfc3339, rfc3339
from tests.scenarios.road.places import BAN, Document, degrees, documents, order, write

BEGIN = parse_rfc3339("2026-11-18T12:00:00Z")
APPROACH: Document = {"id": "stay-out", "kind": "exclusion", "zone": "ban", "buffer_m": 200}
HEADER = "device_id,time_utc,lat,lon,accuracy_m"


def rules(folder: Path, *orders: Document, zones: Sequence[Document] = (BAN,)) -> Path:
    """The rulebook of these orders in a folder."""
    return write(folder, documents(orders, zones))


def track(
    path: Path, *ways: tuple[str, Sequence[float]], begin: Micros = BEGIN, every: Micros = MINUTE
) -> Path:
    """Each device's metres east of the middle of the zone, one fix after another, in order of arrival."""
    fixes = [(number, device, east_m) for device, way in ways for number, east_m in enumerate(way)]
    rows = [HEADER]
    for number, device, east_m in sorted(fixes):
        lon, lat = degrees(east_m)
        rows.append(f"{device},{rfc3339(begin + number * every)},{lat:.7f},{lon:.7f},5")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def there_and_back(deep_m: float = 0.0, minutes: int = 10) -> list[float]:
    """From a kilometre away into the zone at walking pace, a stay there, and back."""
    way = [1000.0 - 80.0 * number for number in range(13) if 1000.0 - 80.0 * number > deep_m]
    return [*way, *[deep_m] * minutes, *reversed(way)]


__all__ = ["APPROACH", "BEGIN", "MINUTE", "SECOND", "order", "rules", "there_and_back", "track"]
