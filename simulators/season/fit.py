"""The receiver model beside recordings whose truth is known: how large errors are, and how long they last.

    python -m simulators.season.fit TRACKS [--out FILE]

TRACKS is the folder with `gsdc-b-pixel4.csv`, its `.truth.csv` and the others of `RECORDINGS`.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np

from em_engine.vocabulary import SECOND, Floats
from simulators.chart import Axis, Chart, Series, document
from simulators.season.duties import Ground
from simulators.season.receiver import INDOORS_M, OPEN_M, STREET_M, satellite_noise, tail
from simulators.tracks import Track, read

LAGS_S: Final = (5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600)
PERCENTILES: Final = np.arange(1.0, 100.0)
SIMULATED_S: Final = 7200
DRAWS: Final = 8
WALL_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Errors of one receiver, some seconds apart: (n, 2) metres."""

    name: str
    error_m: Floats
    every_s: float

    def percentiles(self) -> Floats:
        """How large they are."""
        return np.asarray(np.percentile(np.hypot(*self.error_m.T), PERCENTILES))

    def lasting(self, lag_s: float) -> float | None:
        """How much of an error is left after so long, from 1 to 0; None where the track is too short."""
        lag = round(lag_s / self.every_s)
        if lag < 1 or lag * 3 > len(self.error_m):
            return None
        error_m = self.error_m - self.error_m.mean(axis=0)
        now_m, then_m = error_m[lag:], error_m[:-lag]
        return float((now_m * then_m).sum() / np.sqrt((now_m**2).sum() * (then_m**2).sum()))


RECORDINGS: Final[Mapping[str, str]] = {
    "phone A in a car": "gsdc-b-pixel4",
    "phone B in a car": "gsdc-b-pixel4xl",
    "car among towers": "berlin-potsdamer-spp",
}
CAMP: Final = ("worn in a camp", "hadza-d1-homeday", (6.0, 6.67))
"""Without a truth: the wearer stays but for one outing between these hours; the middle of the rest stands for
where he is."""


def recorded(folder: Path) -> Iterator[Errors]:
    """The errors of every recording."""
    for name, stem in RECORDINGS.items():
        track, truth = read(folder / f"{stem}.csv"), read(folder / f"{stem}.truth.csv")
        ground = Ground(lon=float(truth.rows["lon"][0]), lat=float(truth.rows["lat"][0]))
        taken = (track.rows["at"] >= truth.rows["at"][0]) & (track.rows["at"] <= truth.rows["at"][-1])
        true_m = _metres(truth, ground)
        at = track.rows["at"][taken]
        where_m = [np.interp(at, truth.rows["at"], true_m[:, axis]) for axis in (0, 1)]
        yield Errors(
            name=name, error_m=_metres(track, ground)[taken] - np.stack(where_m, axis=1), every_s=1.0
        )
    name, stem, outing = CAMP
    track = read(folder / f"{stem}.csv")
    hour = track.rows["at"] / SECOND % 86_400 / 3600.0
    is_out = (hour > outing[0]) & (hour < outing[1])
    place_m = _metres(track, Ground(lon=float(track.rows["lon"][0]), lat=float(track.rows["lat"][0])))[
        ~is_out
    ]
    yield Errors(name=name, error_m=place_m - np.median(place_m, axis=0), every_s=WALL_S)


def _metres(track: Track, ground: Ground) -> Floats:
    return ground.to_metres(np.stack([track.rows["lon"], track.rows["lat"]], axis=1))


def simulated(seed: int = 1) -> list[Errors]:
    """The model's errors in the same surroundings, every second on the way and every five who stays."""
    chance = np.random.default_rng(seed)
    inside_m = float(np.sqrt(INDOORS_M[0] * INDOORS_M[1]))
    settings = (("on the way, open", OPEN_M, False), ("among towers", STREET_M, False),
                ("staying, open", OPEN_M, True), ("staying in a house", inside_m, True))  # fmt: skip
    made = []
    for name, sigma_m, is_still in settings:
        every_s = WALL_S if is_still else 1.0
        parts = []
        for _ in range(DRAWS):
            still = np.full(int(SIMULATED_S / every_s), is_still)
            noise = satellite_noise(chance, still, every_s=every_s)
            parts.append(sigma_m * tail(chance, len(still), every_s=every_s)[:, None] * noise)
        made.append(Errors(name=f"model: {name}", error_m=np.concatenate(parts), every_s=every_s))
    return made


def drawn(errors: Sequence[Errors]) -> str:
    """How large, and how lasting: recorded with whole lines, the model with dashed ones."""
    sizes = Chart(
        title="How large errors are",
        x=Axis(label="metres", low=0.3, high=100.0, is_log=True),
        y=Axis(label="per cent of fixes within", low=0.0, high=100.0),
        series=[_series(one, list(zip(one.percentiles(), PERCENTILES, strict=True))) for one in errors],
        height=400,
    )
    lasting = Chart(
        title="How long they last",
        x=Axis(label="seconds later", low=4.0, high=700.0, is_log=True),
        y=Axis(label="what is left of an error", low=-0.6, high=1.0),
        series=[_series(one, _left(one)) for one in errors],
        height=400,
    )
    return document(760, 800, [*sizes.drawn(), *lasting.drawn(top=400.0)])


def _left(one: Errors) -> list[tuple[float, float]]:
    found = ((float(lag_s), one.lasting(lag_s)) for lag_s in LAGS_S)
    return [(lag_s, left) for lag_s, left in found if left is not None]


def _series(one: Errors, points: Sequence[tuple[float, float]]) -> Series:
    return Series(name=one.name, points=points, has_marks=False, is_dashed=one.name.startswith("model"))


def main(arguments: Sequence[str]) -> int:
    """Prints the figures and writes the picture."""
    folder = Path(arguments[0])
    out = Path(arguments[2]) if arguments[1:2] == ["--out"] else Path(__file__).parent / "fit.svg"
    errors = [*recorded(folder), *simulated()]
    for one in errors:
        sizes = np.percentile(np.hypot(*one.error_m.T), (50, 68, 95, 99))
        size = " ".join(
            f"p{share} {value:5.1f}" for share, value in zip((50, 68, 95, 99), sizes, strict=True)
        )
        left = [
            f"{lag_s:.0f} s {value:.2f}" for lag_s, value in _left(one) if lag_s in (10, 30, 60, 300, 600)
        ]
        click.echo(f"{one.name:<28} {size} m; left after {', '.join(left)}")
    out.write_text(drawn(errors), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
