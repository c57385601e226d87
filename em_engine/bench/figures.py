"""What a measure says: a figure, its unit, what the blueprint wants, and the machine it came from."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import click


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How large a measure is made."""

    tags: int = 10_000
    seconds: float = 5.0  # of load on the road, each time

    def __post_init__(self) -> None:
        assert self.tags >= 1
        assert self.seconds > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of one measure."""

    measure: str
    what: str
    value: float
    unit: str
    reach: str = ""  # of the blueprint, section 5
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where, and beside how much other work, a figure was measured."""

    cores: int
    model: str
    load: float  # processes that ran or waited, over the last minute

    @classmethod
    def here(cls) -> "Machine":
        """This machine, now."""
        return cls(cores=os.cpu_count() or 1, model=_model(), load=round(os.getloadavg()[0], 2))


Measure = Callable[[Wish], Iterator[Figure]]


def as_line(figure: Figure, machine: Machine) -> str:
    """The figure for people."""
    value = f"{figure.value:,.0f}" if abs(figure.value) >= 1000 else f"{figure.value:,.3g}"
    said = f"{figure.measure:<9} {figure.what:<34} {value:>11} {figure.unit}"
    parts = [said, figure.reach and f"reach {figure.reach}", figure.detail]
    where = f"{machine.cores} cores {machine.model}, load {machine.load:.1f}"
    return "; ".join(part for part in [*parts, where] if part)


def figure_as_json(figure: Figure, machine: Machine) -> dict[str, Any]:
    """The figure for programs."""
    return asdict(figure) | {"machine": asdict(machine)}


def tell(figures: Iterable[Figure], *, as_json: bool) -> None:
    """A line a figure, as soon as it is known."""
    for figure in figures:
        machine = Machine.here()
        if as_json:
            click.echo(json.dumps(figure_as_json(figure, machine), ensure_ascii=False))
        else:
            click.echo(as_line(figure, machine))


@dataclass(slots=True)
class Stopwatch:
    """What repeats of one piece of work took, in seconds: of this process's cores, and on the wall."""

    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)

    @contextmanager
    def time(self) -> Iterator[None]:
        """One repeat."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu_s.append(time.process_time() - cpu)
        self.wall_s.append(time.perf_counter() - wall)

    @property
    def middle_cpu_s(self) -> float:
        """The median repeat: other work on the machine slows some of them, never speeds one."""
        return median(self.cpu_s)

    @property
    def middle_wall_s(self) -> float:
        """The same, on the wall."""
        return median(self.wall_s)


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "of unknown make"
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "CPU")
