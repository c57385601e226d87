"""Every mistake an author can make in YAML, told at its exact place. A ‸ in the text marks that place."""

import pytest

from em_engine.rulebook import check
from em_engine.vocabulary import parse_rfc3339

Files = dict[str, str | bytes]


def place_of(text: str) -> tuple[str, tuple[int, int]]:
    """The text without its mark, and the line and column the mark stood at."""
    before, after = text.split("‸")
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))


def broken(right: Files, old: str, new: str) -> tuple[Files, tuple[int, int]]:
    text = str(right["orders/ova.yaml"])
    assert text.count(old) == 1, "the test names one place of the order"
    text, at = place_of(text.replace(old, new))
    return {**right, "orders/ova.yaml": text}, at


ERRORS = {
    "unknown field": (
        "record:", "‸recrod:", "field.unknown", "`recrod` is no field here; did you mean 'record'?"
    ),
    "unknown field of a kind": ("buffer_m:", "‸bufer_m:", "field.unknown", "did you mean 'buffer_m'?"),
    "unknown field of a person": (
        "{id: W-17,", "{id: W-17, ‸age: 5,", "field.unknown", "known are devices, id"
    ),
    "unknown field of a leave": ("reason:", "‸raeson:", "field.unknown", "did you mean 'reason'?"),
    "a text for a number": (
        "alert_m: 1000", 'alert_m: ‸"1000"', "value", "`alert_m` should be a number, not '1000'"
    ),
    "a number for a text": ("id: W-17", "id: ‸17", "value", 'be a text, not 17; write "17" in quotes'),
    "a truth for a number": ("alert_m: 1000", "alert_m: ‸true", "value", "should be a number, not true"),
    "nothing for a zone": ("zone: w17-home", "zone: ‸null", "value", "`zone` should be a text, not nothing"),
    "a list for a text": (
        "zone: p3-home", "zone: ‸[p3-home]", "value", "`zone` should be a text, not a list"
    ),
    "a text for a list": (
        '["daily 00:00-24:00"]', '‸"daily 00:00-24:00"', "value", "`weekly` should be a list"
    ),
    "not a number": ("alert_m: 1000", "alert_m: ‸.nan", "value", "`alert_m` should be a finite number"),
    "an endless number": ("alert_m: 1000", "alert_m: ‸1e999", "value", "`alert_m` should be a finite number"),
    "beyond measure": ("alert_m: 1000", "alert_m: ‸1" + "0" * 290, "value", "should be at most 1e+06"),
    "beyond all measure": ("alert_m: 1000", "alert_m: ‸1" + "0" * 400, "value", "`alert_m` should be"),
    "too small": ("buffer_m: 500", "buffer_m: ‸-500", "value", "`buffer_m` should be at least 0, not -500"),
    "too large": ("battery_low_pct: 20", "battery_low_pct: ‸120", "value", "should be at most 100, not 120"),
    "nought metres": ("alert_m: 1000", "alert_m: ‸0", "value", "`alert_m` should be more than 0, not 0"),
    "a bare number for a duration": ("late: PT10M", "late: ‸10", "value", "a duration like PT10M, not 10"),
    "a spoken duration": ("late: PT10M", "late: ‸10 min", "value", "should be a duration like PT10M"),
    "a clock for a duration": ("late: PT10M", 'late: ‸"00:10"', "value.text", "write ten minutes as PT10M"),
    "a negative duration": ("late: PT10M", "late: ‸-PT10M", "value.text", "is no duration"),
    "a month": ("late: PT10M", "late: ‸P1M", "value.text", "is no duration"),
    "never allowed silent": (
        "heartbeat_every: PT5M", "heartbeat_every: ‸PT0S", "value", "more than no time at all"
    ),
    "unknown programme": (
        "programme: contact-ban", "programme: ‸contact-bann", "value", "did you mean 'contact-ban'?"
    ),
    "unknown record": (
        "record: breaches-only", "record: ‸nothing", "value", "everything, situational, breaches-only"
    ),
    "unknown kind": (
        "kind: curfew", "kind: ‸curefw", "kind.unknown", "no kind of condition; did you mean 'curfew'?"
    ),
    "unknown zone": (
        "zone: w17-home", "zone: ‸w17-hom", "name.unknown", "no zone 'w17-hom'; did you mean 'w17-home'?"
    ),
    "unknown person": ("with: P-3", "with: ‸P-4", "name.unknown", "no protected person of this order 'P-4'"),
    "unknown schedule": (
        "    grace:", "    schedule: ‸nigths\n    grace:", "name.unknown", "no schedule 'nigths'"
    ),
    "unknown time zone": ("Europe/Oslo", "‸Europe/Osl", "value.text", "did you mean 'Europe/Oslo'?"),
    "unknown calendar": (
        "holidays: {calendar: \"NO\"", "holidays: ‸{calendar: \"NX\"", "value.text", "'NX' is no holiday"
    ),
    "times with offset": ("2026-03-01T00:00", "‸2026-03-01T00:00Z", "value.text", "carries an offset"),
    "a date without time": (
        "to: 2026-09-01T00:00", "to: ‸2026-09-01", "value", "a civil time like 2026-03-01T21:00"
    ),
    "a time of no calendar": (
        "to: 2026-09-01T00:00", "to: ‸2026-09-31T00:00", "value", "should be a civil time"
    ),
    "seconds since 1970": ("to: 2026-09-01T00:00", 'to: ‸"1788213600"', "value.text", "is no civil time"),
    "ends before it begins": (
        "valid: {from: 2026-03-01", "valid: ‸{from: 2027-03-01", "valid.empty", "never hold"
    ),
    "leave ends before it begins": (
        "leave: [{from: 2026-05-17T09", "leave: [‸{from: 2026-05-18T09", "leave.empty", "`to`"
    ),
    "empty window": (
        '["daily 00:00-24:00"]', '[‸"daily 07:00-07:00"]', "value.text", "a whole day is 00:00-24:00"
    ),
    "no weekday": ('"wed 10:00-10:30"', '‸"ons 10:00-10:30"', "value.text", "'ons' is no weekday"),
    "a window that is no text": ('"wed 10:00-10:30"', "‸1030", "value", "`weekly` should be a text"),
    "no devices": ("devices: [tag-0017]", "devices: ‸[]", "value", "`devices` is empty"),
    "a device no topic can hold": ("tag-0017", "‸tag+0017", "value.text", "cannot stand in an MQTT topic"),
    "a device of three levels": ("tag-0017", "‸tag/00/17", "value.text", "OwnTracks phone's user/device"),
    "a device named twice": ("[tag-0017]", "[tag-0017, ‸tag-0017]", "device.shared", "named twice here"),
    "one device on two people": ("[phone-0003]", "[‸tag-0017]", "device.shared", "the wearer 'W-17' too"),
    "a condition id twice": ("id: keep-apart", "id: ‸home-of-p3", "condition.twice", "here and at"),
    "a person twice": (
        "devices: [phone-0003]}", "devices: [phone-0003]}, {id: ‸P-3, devices: [x]}", "person.twice", ""
    ),
    "rings the wrong way round": (
        "alert_m: 1000}", "alert_m: 1000, warn_m: ‸900}", "contact.rings", "larger than"
    ),
    "rings of one size": ("alert_m: 1000}", "alert_m: 1000, warn_m: ‸1000}", "contact.rings", "larger than"),
    "critical before low": (
        "- {id: alive,", "- ‸{id: alive, battery_critical_pct: 30,", "device-health.battery", "below"
    ),
    "grace eats the window": ("grace: {late: PT10M", "grace: ‸{late: PT9H", "grace.whole", "a window of 9 h"),
    "a stay longer than its window": ("minimum: PT10M", "minimum: ‸PT31M", "attendance.minimum", "31 min"),
    "attendance at no time": (
        '- {id: office, kind: attendance, zone: friomsorg-oslo, weekly: ["wed 10:00-10:30"]',
        "- ‸{id: office, kind: attendance, zone: friomsorg-oslo", "attendance.windows", "weekly",
    ),
    "an anchor": ("{id: W-17,", "‸&w {id: W-17,", "yaml.refused", "anchors (&w) are not used here"),
    "a reference": (
        "wearer: {", "title: ‸*w\nwearer: {", "yaml.refused", "references (*w) are not used here"
    ),
    "a tag": ("id: W-17", "id: ‸!!python/object:os.system W-17", "yaml.refused", "tags"),
    "a tab": ("    zone: w17-home", "‸\tzone: w17-home", "yaml.syntax", "a tab stands before the text"),
    "a second document": ("record:", "‸---\nrecord:", "yaml.refused", "a second document begins here"),
    "a control character": ("W-17", "W‸\x07-17", "text.control", "U+0007"),
    "a line end of old": ("W-17", "W‸\u2028-17", "text.control", "U+2028"),
    "an open bracket": ("devices: [tag-0017]}", "devices: [tag-0017‸}", "yaml.syntax", "not YAML here"),
    "a condition that is none": (
        "  - {id: alive,", "  - ‸alive\n  - {id: alive,", "document", "mapping of fields"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_a_mistake_is_told_once_at_its_place_with_what_would_be_right(right: Files, write, case: str) -> None:
    old, new, code, told = ERRORS[case]
    files, at = broken(right, old, new)
    folder = write(files)
    rulebook, problems = check(folder)
    (problem,) = (problem for problem in problems if problem.severity == "error")
    assert rulebook is None
    assert problem.code == code
    assert str(problem).startswith(f"{folder}/orders/ova.yaml:{at[0]}:{at[1]}: ")
    assert told in str(problem)


WARNINGS = {
    "leave outside the order": (
        "leave: [{from: 2026-05", "leave: [‸{from: 2026-01", "leave.outside", "outside"
    ),
    "a begin the clocks skip": (
        "{from: 2026-03-01T00:00", "{from: ‸2026-03-29T02:30", "valid.clock-change", "forward"
    ),
    "an end that occurs twice": (
        "to: 2026-09-01T00:00", "to: ‸2026-10-25T02:30", "valid.clock-change", "twice"
    ),
    "a protected person nobody minds": (
        "phone-0003]}", "phone-0003]}, ‸{id: P-9, devices: [x]}", "person.unused", "away from 'P-9'"
    ),
    "silence without bound": (
        "- {id: alive, kind: device-health, heartbeat_every: PT5M, fix_every: PT1M,",
        "- ‸{id: alive, kind: device-health,", "device-health.unbounded", "silent for ever",
    ),
    "nobody watches the tag": (
        "  - {id: home-of-p3,", "  ‸- {id: home-of-p3,", "device-health.missing", "watches the tag"
    ),
    "holidays of no window": (
        'zone: oslo-municipality, weekly: ["daily 00:00-24:00"]',
        "zone: oslo-municipality, holidays: ‸{calendar: SE}", "holidays.unused", "no weekly windows",
    ),
    "a home within the ban": ("zone: w17-home", "zone: ‸p3-home", "home.excluded", "reaches into"),
    "a home within the ring": (
        "buffer_m: 500", "buffer_m: 9000", "home.excluded", "within its buffer of 9000 m"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WARNINGS)
def test_what_is_probably_not_meant_is_warned_of_and_still_takes_effect(
    right: Files, write, case: str
) -> None:
    old, new, code, told = WARNINGS[case]
    if case == "nobody watches the tag":
        text = str(right["orders/ova.yaml"]).split("\n")
        right["orders/ova.yaml"] = "\n".join(line for line in text if "device-health" not in line)
    new = new if "‸" in new else f"‸{new}"
    files, at = broken(right, old, new)
    rulebook, problems = check(write(files))
    (problem,) = (problem for problem in problems if problem.code == code)
    assert rulebook is not None
    assert problem.severity == "warning"
    assert told in str(problem)
    if case != "a home within the ring":  # told at the home's condition, not at the ring
        assert (problem.line, problem.column) == at


def test_an_order_that_has_ended_is_warned_of_where_the_time_is_given(right: Files, write) -> None:
    folder = write(right)
    assert check(folder)[1] == ()
    assert check(folder, at=parse_rfc3339("2026-08-31T21:59:59Z"))[1] == ()
    (problem,) = check(folder, at=parse_rfc3339("2026-08-31T22:00:00Z"))[1]
    assert (problem.line, problem.column, problem.code) == (4, 37, "valid.past")


def test_a_keyword_with_its_underscore_is_unknown_and_the_right_one_missing(right: Files, write) -> None:
    files, at = broken(right, "with: P-3", "‸with_: P-3")
    unknown, missing = sorted(check(write(files))[1], key=lambda problem: problem.code, reverse=True)
    assert (unknown.line, unknown.column) == at
    assert "did you mean 'with'?" in str(unknown)
    assert (missing.line, missing.column, missing.message) == (10, 5, "`with` is missing")


@pytest.mark.parametrize(
    ("field", "at"),
    [("order", (1, 1)), ("programme", (1, 1)), ("wearer", (1, 1)), ("conditions", (1, 1))],
)
def test_a_missing_field_is_told_where_its_mapping_begins(right: Files, write, field: str, at) -> None:
    text = str(right["orders/ova.yaml"])
    cut = text.index(f"{field}:")
    end = len(text) if field == "conditions" else text.index("\n", cut) + 1
    right["orders/ova.yaml"] = text[:cut] + text[end:]
    (problem,) = (one for one in check(write(right))[1] if one.severity == "error")
    assert (problem.line, problem.column) == at
    assert problem.message == f"`{field}` is missing"


def test_a_field_twice_names_both_places(right: Files, write) -> None:
    files, at = broken(right, "record:", "‸programme: remand\nrecord:")
    (problem,) = check(write(files))[1]
    assert (problem.line, problem.column) == at
    assert "here and in line 2, column 1" in problem.message
