"""What a wearer's last fix still proves where a window begins: section 4, rule 1."""

from typing import Any

from em_engine.law import breach
from em_engine.law.breach import Finding
from em_engine.law.evidence import straying_m
from em_engine.law.motion import stillness
from em_engine.vocabulary import NEVER, Micros


def p_at_edge(slot: Any, seat: Any, margin_m: float, *, edge: Micros) -> float:
    """How surely the seat's trusted fix, of that margin, says that the order is broken at `edge`, wherever
    its wearer may have gone since; not at all where it leaves a doubt."""
    at, radius_m = int(seat["at"]), breach.radius_m(seat)
    still = stillness(slot, seat, at, before_at=at, margin_m=margin_m, radius_m=radius_m)
    left_m = margin_m + float(straying_m(seat["speed_mps"], edge - max(at, int(seat["still_at"]))))
    repute = breach.repute(int(seat["source"]))
    if still or breach.find(left_m, radius_m) != Finding.VIOLATING:
        return 0.0
    if breach.correlation(repute, left_m, radius_m) == NEVER:
        return 0.0
    return breach.probability(left_m, radius_m, repute.gross)
