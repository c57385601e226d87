"""A right rulebook: what becomes of it."""

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from em_engine.law.curfew import CurfewTerms
from em_engine.law.terms import Grace, HolidayRule
from em_engine.rulebook import ProgrammeName, RecordProfile, RulebookRefused, check, load, load_files
from em_engine.vocabulary import BEFORE_ALL, NEVER, AlertType, Severity, Source, micros

Files = dict[str, str | bytes]


def test_the_blueprints_example_loads_with_nothing_to_say(right: Files, write) -> None:
    rulebook, problems = check(write(right))
    assert problems == ()
    assert rulebook is not None
    (order,) = rulebook.orders
    assert (order.id, order.programme, order.record) == ("OVA-2026-0042", "contact-ban", "breaches-only")
    assert order.valid_from == micros(datetime(2026, 2, 28, 23, tzinfo=UTC))  # Oslo is at +01:00
    assert order.valid_to == micros(datetime(2026, 8, 31, 22, tzinfo=UTC))  # and at +02:00
    assert [condition.kind for condition in order.conditions] == [
        "exclusion",
        "contact-ban",
        "inclusion",
        "curfew",
        "device-health",
        "attendance",
    ]
    assert set(rulebook.zones) == {"p3-home", "oslo-municipality", "w17-home", "friomsorg-oslo"}
    assert rulebook.zones["w17-home"].radius_m == 50
    assert rulebook.zones["p3-home"].properties["title"] == "Home of P-3"


def test_terms_arrive_typed(right: Files, write) -> None:
    terms = load(write(right)).orders[0].conditions[3].terms
    assert isinstance(terms, CurfewTerms)
    assert terms.grace == Grace(late=timedelta(minutes=10), early=timedelta(minutes=5))
    assert terms.holidays == HolidayRule(calendar="NO", as_="sun")
    assert terms.leave[0].from_ == datetime(2026, 5, 17, 9, 0)  # noqa: DTZ001  (civil time has no offset)
    assert load(write(right)).orders[0].conditions[1].terms.with_ == "P-3"


def test_norway_is_no_boolean(right: Files, write) -> None:
    """YAML 1.1 reads an unquoted NO as false, and 21:00 as a number in base 60."""
    right["orders/ova.yaml"] = str(right["orders/ova.yaml"]).replace('"NO"', "NO")
    assert load(write(right)).orders[0].conditions[3].terms.holidays.calendar == "NO"


def test_a_rulebook_of_stored_files_is_the_rulebook_of_the_folder(right: Files, write) -> None:
    read = load(write(right))
    again = load_files(read.files)
    assert (again.revision, again.orders) == (read.revision, read.orders)
    assert set(again.files) == {"orders/ova.yaml", "zones/oslo.geojson"}


def test_the_revision_depends_on_what_is_said_and_not_on_where_or_how_it_is_stored(right: Files) -> None:
    files = {name: str(text).encode() for name, text in right.items()}
    revision = load_files(files).revision
    windows = {name: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n") for name, text in reversed(files.items())}
    assert load_files(windows, name="elsewhere").revision == revision
    changed = {
        **files,
        "orders/ova.yaml": files["orders/ova.yaml"].replace(b"alert_m: 1000", b"alert_m: 1001"),
    }
    assert load_files(changed).revision != revision
    assert len(revision) == 12
    assert int(revision, 16) >= 0


def test_a_name_meets_itself_however_its_letters_are_written(right: Files, write) -> None:
    """A Mac writes å as two signs; a Windows machine as one."""
    right["orders/ova.yaml"] = str(right["orders/ova.yaml"]).replace("p3-home", "Ålesund blå")
    zones = str(right["zones/oslo.geojson"]).replace("p3-home", "Ålesund blå")
    right["zones/oslo.geojson"] = unicodedata.normalize("NFD", zones)
    assert "Ålesund blå" in load(write(right)).zones


@pytest.mark.parametrize(
    ("programme", "kept"),
    [
        (programme, RecordProfile.BREACHES_ONLY if programme == "contact-ban" else RecordProfile.SITUATIONAL)
        for programme in ProgrammeName
    ],
)
def test_an_order_that_is_silent_lets_us_keep_the_least(
    right: Files, write, programme: ProgrammeName, kept: RecordProfile
) -> None:
    text = "\n".join(line for line in str(right["orders/ova.yaml"]).split("\n") if "record" not in line)
    right["orders/ova.yaml"] = text.replace("programme: contact-ban", f"programme: {programme}")
    assert load(write(right)).orders[0].record is kept


def test_an_order_without_ends_holds_always_in_the_programmes_time_zone(right: Files, write) -> None:
    lines = str(right["orders/ova.yaml"]).split("\n")
    kept = [line for line in lines if not line.startswith(("valid", "time_zone"))]
    right["orders/ova.yaml"] = "\n".join(kept)
    right["programme.yaml"] = "time_zone: Europe/Helsinki\n"
    order = load(write(right)).orders[0]
    assert (order.valid_from, order.valid_to, order.time_zone) == (BEFORE_ALL, NEVER, "Europe/Helsinki")


def test_orders_come_sorted_by_their_ids_whatever_their_files_are_called(right: Files, write) -> None:
    text = str(right["orders/ova.yaml"])
    right["orders/a.yaml"] = text.replace("OVA-2026-0042", "OVA-2026-0099")
    rulebook = load(write(right))
    assert [order.id for order in rulebook.orders] == ["OVA-2026-0042", "OVA-2026-0099"]


def test_a_schedule_adds_its_windows_and_leave_and_gives_way_on_holidays(right: Files, write) -> None:
    right["schedules/nights.yaml"] = (
        "schedule: nights\nweekly: [mon-fri 22:00-23:00]\nholidays: {calendar: SE, as: sat}\n"
        "leave: [{from: 2026-04-01T09:00, to: 2026-04-01T10:00}]\n"
    )
    right["orders/ova.yaml"] = str(right["orders/ova.yaml"]).replace(
        "    grace:", "    schedule: nights\n    grace:"
    )
    rulebook = load(write(right))
    terms = rulebook.scheduled(rulebook.orders[0].conditions[3].terms)
    assert terms.weekly == ("mon-fri 22:00-23:00", "mon-fri 21:00-06:00", "sat-sun 19:00-08:00")
    assert terms.holidays == HolidayRule(calendar="NO", as_="sun")
    assert len(terms.leave) == 2
    assert terms.schedule is None


def test_every_type_of_alert_has_a_protocol_in_every_language(right: Files, write) -> None:
    protocols = load(write(right)).protocols
    assert set(protocols) == set(AlertType)
    for protocol in protocols.values():
        assert set(protocol.title) == {"nb", "nn", "en"}
        assert {len(steps) for steps in protocol.steps_by_language.values()} == {len(protocol.steps)}
        assert protocol.steps


def test_a_centres_protocols_lie_over_the_built_in_ones_field_by_field(right: Files, write) -> None:
    right["protocols.yaml"] = (
        "device.strap: {severity: high, title: {nb: Reima}, steps: {nn: [Ring], en: [Call, Write]}}\n"
        "person.panic: {steps: [Gå], escalation: [{after: PT30S, to: police}]}\n"
    )
    right["programme.yaml"] = "languages: [en, nb]\naccuracy_m: {gnss: 12.5}\nname: Sentralen\n"
    rulebook = load(write(right))
    strap = rulebook.protocols[AlertType.DEVICE_STRAP]
    assert (strap.severity, strap.title["nb"], strap.title["en"]) == (
        Severity.HIGH,
        "Reima",
        "Strap opened or cut",
    )
    assert strap.steps == ("Call", "Write")
    panic = rulebook.protocols[AlertType.PERSON_PANIC]
    assert (panic.severity, panic.steps) == (Severity.CRITICAL, ("Gå",))
    assert panic.escalation[0].after == timedelta(seconds=30)
    assert rulebook.programme.accuracy_default_m[Source.GNSS] == 12.5
    assert rulebook.programme.accuracy_default_m[Source.CELL] == 1000


def test_no_device_inventory_means_any_device_may_be_named(right: Files, write) -> None:
    assert load(write(right)).programme.devices is None
    right["programme.yaml"] = "devices: [tag-0017, phone-0003]\n"
    assert load(write(right)).programme.devices == {"tag-0017", "phone-0003"}


def test_what_is_for_people_beside_the_files_is_not_read(right: Files, write) -> None:
    right |= {"README.md": "x", "orders/README.md": "x", "orders/.swap": "x", "NOTICE": "x"}
    assert set(load(write(right)).files) == {"orders/ova.yaml", "zones/oslo.geojson"}


def test_a_refusal_prints_every_problem_where_the_author_can_open_it(write) -> None:
    folder: Path = write({"orders/a.yaml": "order: [\n", "zones/z.geojson": "{"})
    with pytest.raises(RulebookRefused) as refused:
        load(folder)
    told = str(refused.value).split("\n")
    assert len(told) == len(refused.value.problems) == 2
    assert told[0].startswith(f"{folder}/orders/a.yaml:2:1: ")
    assert told[1].startswith(f"{folder}/zones/z.geojson:1:2: ")
