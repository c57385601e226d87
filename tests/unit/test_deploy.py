"""What is shipped for those who run the engine speaks of things that exist."""

import re
import shutil
import subprocess

import pytest
import yaml

from em_engine.metrics import Metrics
from em_engine.settings import EngineSettings
from tests.house.house import ROOT

DEPLOY = ROOT / "deploy"
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]


def measured() -> set[str]:
    """Every name that `/metrics` has a line of, whatever was counted so far."""
    metrics = Metrics()
    families = list(metrics.registry.collect())
    kinds = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
    return {family.name + end for family in families for end in kinds[family.type]}


@pytest.mark.parametrize("rule", ALERTS, ids=[rule["alert"] for rule in ALERTS])
def test_an_alert_rule_asks_for_what_is_measured_and_says_what_it_means(rule):
    asked = set(re.findall(r"\bem_\w+", rule["expr"]))
    assert asked, "a rule about nothing"
    assert asked <= measured()
    assert rule["labels"]["severity"] in ("page", "day")
    assert rule["annotations"]["summary"]


@pytest.mark.parametrize(
    "measure",
    [
        "em_record_free_bytes",
        "em_quarantined_total",
        "em_holes_open",
        "em_alerts_unacknowledged",
        "em_proof_age_seconds",
    ],
)
def test_every_limit_has_a_rule_that_speaks_before_it_bites(measure):
    assert any(measure in rule["expr"] for rule in ALERTS)


def test_the_page_names_only_rules_and_files_that_are_there():
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Z]\w+)`", page))
    assert named
    assert named <= {rule["alert"] for rule in ALERTS}
    files = re.findall(r"`((?:mosquitto|systemd|nginx|prometheus)/[\w.-]+)`", page)
    assert len(files) >= 5
    assert [name for name in files if not (DEPLOY / name).is_file()] == []


def test_the_settings_of_the_page_are_settings(tmp_path):
    import tomllib

    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    settings = EngineSettings.model_validate(tomllib.loads(written))
    assert (settings.proof.is_on, settings.retention.hour.hour) == (True, 3)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
def test_what_must_wake_somebody_does_and_an_ordinary_night_wakes_nobody():
    tests = DEPLOY / "prometheus" / "alerts.test.yml"
    tried = subprocess.run(["promtool", "test", "rules", tests], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_every_alert_rule_is_tried_in_a_case_that_raises_it():
    tests = yaml.safe_load((DEPLOY / "prometheus" / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
    asked = [one for test in tests for one in test["alert_rule_test"]]
    assert {one["alertname"] for one in asked if one.get("exp_alerts")} == {rule["alert"] for rule in ALERTS}
