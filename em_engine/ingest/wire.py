"""The door for bytes: a whole batch of deliveries becomes columns, and what cannot be read is set aside.

    decoded = decode(deliveries)
    heart.step(decoded.batch, until=now)

A message that cannot be read is quarantined whole, with the reason in words, and never harms the good beside
it; nothing a device sends makes `decode` raise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from em_engine.ingest.columns import Gathering, Timing, to_micros
from em_engine.ingest.delivery import Delivery
from em_engine.ingest.messages import Report
from em_engine.ingest.owntracks import read_location
from em_engine.ingest.reading import Limits, UnreadableError, read_reports, show
from em_engine.vocabulary import BEFORE_ALL, HOUR, SECOND, Batch, Micros, ReportKind, rfc3339

ROOT: Final = "em/1"
"""The first levels of the engine's own topics."""
LIMITS: Final = Limits()

_OWNTRACKS: Final = "owntracks/"
_KINDS: Final = {"fix": ReportKind.FIX, "heartbeat": ReportKind.HEARTBEAT, "event": ReportKind.EVENT}
_DEVICE_CHARACTERS_MAX: Final = 128
_DEVICES_REMEMBERED: Final = 1 << 16  # topics whose address is not worked out again


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A message that could not be read, and why."""

    topic: str
    received_at: Micros
    reason: str
    payload: bytes = field(repr=False)  # its beginning; `Limits.quarantine_kept` says how much
    device: str | None = None  # None where the topic names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a batch of deliveries says."""

    batch: Batch
    quarantined: tuple[Quarantined, ...] = ()
    firmware: Mapping[str, str] = field(default_factory=dict)  # by device, where a heartbeat tells it
    unknown_fields: int = 0
    ignored: int = 0  # OwnTracks messages about other things than a position


def decode(deliveries: Sequence[Delivery], *, root: str = ROOT, limits: Limits = LIMITS) -> Decoded:
    """The reports in their order of arrival, those of one message in the order of its array."""
    gathered = Gathering()
    quarantined: list[Quarantined] = []
    unknown_fields = ignored = 0
    prefix = f"{root}/"
    for delivery in deliveries:
        try:
            kind, device, reports, unknown = _read(delivery, prefix, limits)
            timings = _timings(kind, reports, received_at=delivery.received_at, limits=limits)
        except UnreadableError as why:
            quarantined.append(_quarantine(delivery, prefix, reason=str(why), limits=limits))
            continue
        gathered.add(kind, device, reports, timings, received_at=delivery.received_at)
        unknown_fields += unknown
        ignored += not reports
    return Decoded(
        batch=gathered.batch(),
        quarantined=tuple(quarantined),
        firmware=gathered.firmware(),
        unknown_fields=unknown_fields,
        ignored=ignored,
    )


def _read(delivery: Delivery, prefix: str, limits: Limits) -> tuple[ReportKind, str, Sequence[Report], int]:
    topic = delivery.topic
    if topic.startswith(_OWNTRACKS):
        device = _owntracks_device(topic)
        fix = read_location(delivery.payload, limits)
        return ReportKind.FIX, device, () if fix is None else (fix,), 0
    device, kind = _address(topic, prefix)
    reports, unknown = read_reports(kind, delivery.payload, limits)
    return kind, device, reports, unknown


@lru_cache(maxsize=_DEVICES_REMEMBERED)
def _address(topic: str, prefix: str) -> tuple[str, ReportKind]:
    """Who reports, and what, by the topic alone: a device speaks for itself, whatever its payload says."""
    device, _, tail = topic[len(prefix) :].partition("/")
    kind = _KINDS.get(tail)
    if kind is None or not device or not topic.startswith(prefix):
        raise UnreadableError(
            f"no device reports under the topic {show(topic)}; must be {_TOPICS.format(root=prefix)}"
        )
    return _named(device), kind


_TOPICS: Final = "{root}DEVICE/fix, {root}DEVICE/heartbeat, {root}DEVICE/event or owntracks/USER/DEVICE"


def _owntracks_device(topic: str) -> str:
    levels = topic.split("/")
    if len(levels) != 3 or not all(levels):
        raise UnreadableError(
            f"no phone reports under the topic {show(topic)}; must be owntracks/USER/DEVICE"
        )
    return _named(topic[len(_OWNTRACKS) :])


def _named(device: str) -> str:
    if len(device) > _DEVICE_CHARACTERS_MAX or not device.isprintable():
        raise UnreadableError(
            f"the device is called {show(device)};"
            f" must be at most {_DEVICE_CHARACTERS_MAX} printable characters"
        )
    return device


def _timings(
    kind: ReportKind, reports: Sequence[Report], *, received_at: Micros, limits: Limits
) -> list[Timing]:
    """When what each report tells was true, and when it was sent. A clock that is ahead of ours is set right.

    `sent_at` stays the device's own word: from it the law learns how wrong the clock is. Raises
    UnreadableError for a position nobody measured.
    """
    latest = received_at + limits.future_max
    timings: list[Timing] = []
    for row, report in enumerate(reports):
        sent_at = BEFORE_ALL if report.sent_at is None else to_micros(report.sent_at)
        untimed = received_at if sent_at == BEFORE_ALL else sent_at
        at = untimed if report.at is None else to_micros(report.at)
        if at > latest:
            path = f"[{row}]." if len(reports) > 1 else ""
            if kind is ReportKind.FIX:
                _refuse_unmeasured(path, at, sent_at, received_at=received_at, limits=limits)
            own_now = at if sent_at == BEFORE_ALL else sent_at
            at, sent_at = received_at - max(0, own_now - at), own_now
        timings.append((at, sent_at))
    return timings


def _refuse_unmeasured(
    path: str, at: Micros, sent_at: Micros, *, received_at: Micros, limits: Limits
) -> None:
    """A clock may be ahead; a position measured after it was sent, or by a clock a day ahead, is none."""
    if not at <= sent_at <= received_at + limits.clock_ahead_max:
        raise UnreadableError(
            f"{path}fixed_at {rfc3339(at)} is ahead of its arrival at {rfc3339(received_at)};"
            f" must be at most {limits.future_max // SECOND} s ahead, or sent by a clock"
            f" at most {limits.clock_ahead_max // HOUR} h ahead"
        )


def _quarantine(delivery: Delivery, prefix: str, *, reason: str, limits: Limits) -> Quarantined:
    return Quarantined(
        topic=delivery.topic,
        received_at=delivery.received_at,
        reason=reason,
        payload=bytes(delivery.payload[: limits.quarantine_kept]),
        device=_device_or_none(delivery.topic, prefix),
    )


def _device_or_none(topic: str, prefix: str) -> str | None:
    try:
        return _owntracks_device(topic) if topic.startswith(_OWNTRACKS) else _address(topic, prefix)[0]
    except UnreadableError:
        return None
