"""From deliveries to what may be judged: strangers are set aside unread, the rest is decoded."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.wire import Decoded, Quarantined, decode

KEPT: Final = 2_048
"""Bytes of a payload that are kept, enough to see what it is."""
_NAME_MAX: Final = 128
_STRANGER: Final = "no order names the device {!r}; name it in an order, or take its credential away"
_OWNTRACKS: Final = "owntracks/"


def take_in(
    deliveries: Sequence[Delivery], *, root: str, hears: Callable[[str], bool]
) -> tuple[Decoded, tuple[Quarantined, ...]]:
    """What devices that orders name say, and every message that is not judged, with the reason."""
    ours, strange = [], []
    for delivery in deliveries:
        device = speaker(delivery.topic, root)
        if device and not hears(device):
            strange.append(set_aside(delivery, root=root, reason=_STRANGER.format(device[:_NAME_MAX])))
        else:
            ours.append(delivery)
    decoded = decode(ours, root=root)
    return decoded, (*decoded.quarantined, *strange)


@lru_cache(maxsize=1 << 16)
def speaker(topic: str, root: str) -> str | None:
    """The device a topic speaks for; None where it is no topic of a device."""
    if topic.startswith(_OWNTRACKS):
        return topic.removeprefix(_OWNTRACKS)
    if topic.startswith(f"{root}/"):
        return topic.removeprefix(f"{root}/").partition("/")[0]
    return None


def set_aside(delivery: Delivery, *, root: str, reason: str) -> Quarantined:
    """The message as it is kept for people to look at."""
    device = speaker(delivery.topic, root)
    return Quarantined(
        topic=delivery.topic,
        received_at=delivery.received_at,
        reason=reason,
        payload=bytes(delivery.payload[:KEPT]),
        device=device and device[:_NAME_MAX],
    )
