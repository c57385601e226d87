"""Every measure runs and says what it found. How fast is never asserted: that is the machine's."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.bench.command import MEASURES
from em_engine.bench.country import Motion, compiled, country, documents
from em_engine.bench.figures import Figure, Machine, as_line
from em_engine.commands.measure import figures
from em_engine.ingest.broker import find_mosquitto
from em_engine.monitoring.heart import Heart
from em_engine.rulebook import load_files
from simulators.steady import Steady

FIGURES = {"heart": 3, "one": 1, "group": 4, "memory": 1, "commit": 3, "restart": 2, "backtest": 1, "road": 3}
NEEDS_A_BROKER = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        find_mosquitto() is None, reason="Mosquitto is not installed (Debian package mosquitto)"
    ),
]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=NEEDS_A_BROKER if name == "road" else []) for name in MEASURES]
)
def test_a_measure_prints_its_figures(name: str) -> None:
    asked = CliRunner().invoke(main, ["bench", name, "--tags", "12", "--seconds", "0.1", "--json"])
    assert asked.exit_code == 0, asked.output
    figures = [json.loads(line) for line in asked.stdout.splitlines()]
    assert len(figures) == FIGURES[name]
    for figure in figures:
        assert figure["measure"] == name
        assert figure["value"] > 0
        assert figure["unit"]
        assert figure["machine"]["cores"] >= 1


def test_a_line_names_figure_reach_and_machine() -> None:
    figure = Figure(measure="one", what="batch of one", value=69.4, unit="µs", reach="100", detail="calm")
    line = as_line(figure, Machine(cores=2, model="Some CPU", load=0.5))
    assert " ".join(line.split()) == ("one batch of one 69.4 µs; reach 100; calm; 2 cores Some CPU, load 0.5")


def test_a_measure_that_does_not_exist_is_bad_input() -> None:
    assert CliRunner().invoke(main, ["bench", "everything"]).exit_code == 2


def test_the_country_as_documents_is_the_country() -> None:
    read, drawn = load_files(documents(3)), country(3)
    assert [order.conditions for order in read.orders] == [order.conditions for order in drawn.orders]
    assert [(order.wearer, order.valid_from) for order in read.orders] == [
        (order.wearer, order.valid_from) for order in drawn.orders
    ]
    assert {name: zone.geometry.wkt for name, zone in read.zones.items()} == {
        name: zone.geometry.wkt for name, zone in drawn.zones.items()
    }


def test_typical_motion_breaks_no_order() -> None:
    """Measured is the common path: whoever stays at home raises no alert, and every fix is news."""
    heart, motion = Heart(compiled(20)), Motion(20)
    steps = [
        heart.step(batch, int(batch.rows["received_at"][-1]))
        for _ in range(30)
        for batch in motion.batches(7)
    ]
    assert not any(step.changes or step.holes or len(step.unknown) for step in steps)
    assert sum(step.duplicates + step.late for step in steps) == 0


def test_a_history_is_measured_from_its_file_to_its_alerts() -> None:
    steady = Steady(tags=2, days=1, minutes=10)
    (batch,) = steady.batches()
    for device in range(len(batch.devices)):
        theirs = batch.rows[batch.rows["device"] == device]
        assert np.diff(theirs["seq"]).tolist() == [1] * (len(theirs) - 1), "in order, and nothing is lost"
        assert np.bincount(theirs["kind"]).tolist() == [10, 2]
    found = list(figures(steady))
    assert [figure.what for figure in found] == [
        "reading, once through", "reading and judging", "a month of 2 tags",
    ]  # fmt: skip
    assert f"{len(batch):,} reports" in found[1].detail
    assert all(figure.value > 0 for figure in found)
