"""What the engine counts and measures of itself, for Prometheus. No label names a person, device or case."""

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from em_engine.vocabulary import SECOND, Change, Micros, ReportKind, Severity, wire_name

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
# Two milliseconds is a good commit; four minutes is what NIJ 1004.00 allows an alert to take.
_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 240.0)
_SIZES: Final = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)


class Metrics:
    """The measures of one engine, in a registry of their own: two engines in one process never mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._messages_in()
        self._decisions()
        self._queue()
        self._console()
        self._itself()

    def render(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def _messages_in(self) -> None:
        registry = self.registry
        self.reports = Counter("em_reports_total", "Reports read, by kind.", ["kind"], registry=registry)
        for kind in ReportKind:
            self.reports.labels(wire_name(kind))
        self.quarantined = Counter(
            "em_quarantined_total", "Messages that could not be read.", registry=registry
        )
        self.unknown_fields = Counter(
            "em_unknown_fields_total", "Fields of messages that were ignored.", registry=registry
        )
        self.missing = Counter(
            "em_missing_reports_total", "Reports missing by the devices' own count.", registry=registry
        )
        self.holes = Gauge("em_holes_open", "Holes in devices' sequences not yet filled.", registry=registry)
        self.link = Gauge("em_link_connected", "1 while the broker is heard, else 0.", registry=registry)
        self.reconnects = Counter(
            "em_link_reconnects_total", "Times the broker had to be found again.", registry=registry
        )
        self.stalls = Counter(
            "em_link_stalls_total", "Times the broker stood still behind an open connection.",
            registry=registry,
        )  # fmt: skip
        self.heard_until = Gauge(
            "em_link_heard_until_timestamp_seconds", "Up to when all that the broker had has provenly come.",
            registry=registry,
        )  # fmt: skip
        self.last_report = Gauge(
            "em_last_report_timestamp_seconds", "When the last report arrived.", registry=registry
        )
        self.devices_heard = Gauge(
            "em_devices_heard", "Devices heard within what their orders allow.", registry=registry
        )
        self.devices_expected = Gauge("em_devices_expected", "Devices orders name.", registry=registry)

    def _decisions(self) -> None:
        registry = self.registry
        self.batch_size = Histogram(
            "em_batch_reports", "Reports judged at once.", buckets=_SIZES, registry=registry
        )
        self.judging = Histogram(
            "em_judging_seconds", "Time to judge a batch.", buckets=_SECONDS, registry=registry
        )
        self.committing = Histogram(
            "em_commit_seconds", "Time to commit a batch.", buckets=_SECONDS, registry=registry
        )
        self.road = Histogram(
            "em_road_seconds",
            "From a batch's first arrival to its committed decision.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.changes = Counter(
            "em_alert_changes_total", "What the engine said of alerts.", ["type", "change"], registry=registry
        )
        self.journal = Gauge(
            "em_journal_position", "Position of the newest journal entry.", registry=registry
        )

    def _queue(self) -> None:
        self.alerts_open = Gauge(
            "em_alerts_open", "Alerts nobody has closed.", ["severity"], registry=self.registry
        )
        self.unacknowledged = Gauge(
            "em_alerts_unacknowledged", "Open alerts nobody has acknowledged.", registry=self.registry
        )
        self.history = Gauge(
            "em_history_number", "Newest number of the alert history.", registry=self.registry
        )
        self.answers = Counter(
            "em_alert_answers_total", "What operators did with alerts.", ["action"], registry=self.registry
        )

    def _console(self) -> None:
        registry = self.registry
        self.screens = Gauge("em_feed_clients", "Screens that follow the live feed.", registry=registry)
        self.dropped = Counter(
            "em_feed_dropped_total", "Screens dropped because they read too slowly.", registry=registry
        )
        self.requests = Counter(
            "em_http_requests_total", "Answers by method, route and code.", ["method", "route", "code"],
            registry=registry,
        )  # fmt: skip
        self.sign_ins = Counter(
            "em_sign_ins_total", "Attempts to sign in, by how they ended.", ["result"], registry=registry
        )

    def _itself(self) -> None:
        registry = self.registry
        self.retention_at = Gauge(
            "em_retention_timestamp_seconds", "When what may no longer be kept was last deleted.",
            registry=registry,
        )  # fmt: skip
        self.retention_deleted = Counter(
            "em_retention_deleted_total", "What was deleted since it may no longer be kept.", ["what"],
            registry=registry,
        )  # fmt: skip
        self.proof_age = Gauge(
            "em_proof_age_seconds",
            "Since the synthetic wearer last proved the whole road.",
            registry=registry,
        )
        self.proof_road = Histogram(
            "em_proof_road_seconds",
            "From the synthetic wearer's fix to what the record holds of it.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.proof_failures = Counter(
            "em_proof_failures_total", "Rounds of the synthetic wearer that nobody answered in time.",
            registry=registry,
        )  # fmt: skip
        self.record_used = Gauge("em_record_bytes", "How much room the record takes.", registry=registry)
        self.record_free = Gauge(
            "em_record_free_bytes", "How much more room the record may take.", registry=registry
        )
        self.retention_found = Gauge(
            "em_retention_found", "Deleted positions that were still found in a file.", registry=registry
        )

    def observe_retention(self, *, at: Micros, positions: int, alerts: int, found: int) -> None:
        """Set when it was last deleted, and count what was."""
        self.retention_at.set(at / SECOND)
        self.retention_deleted.labels("positions").inc(positions)
        self.retention_deleted.labels("alerts").inc(alerts)
        self.retention_found.set(found)

    def observe_changes(self, changes: Iterable[Change]) -> None:
        """Count what the engine said of alerts."""
        for change in changes:
            self.changes.labels(change.type.value, change.change.value).inc()

    def observe_queue(self, *, by_severity: Mapping[Severity, int], unacknowledged: int) -> None:
        """Set how much is in the queue."""
        for severity, count in by_severity.items():
            self.alerts_open.labels(severity.value).set(count)
        self.unacknowledged.set(unacknowledged)

    def observe_state(
        self,
        *,
        is_connected: bool,
        last_report_at: Micros | None,
        devices_heard: int,
        devices_expected: int,
        holes: int,
        journal_position: int,
        history: int,
    ) -> None:
        """Set what is a state rather than a count, as it is now."""
        self.link.set(is_connected)
        self.last_report.set(0 if last_report_at is None else last_report_at / SECOND)
        self.devices_heard.set(devices_heard)
        self.devices_expected.set(devices_expected)
        self.holes.set(holes)
        self.journal.set(journal_position)
        self.history.set(history)
