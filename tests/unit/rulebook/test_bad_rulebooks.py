"""What is wrong between the documents of a rulebook, and with files as such."""

import pytest

from em_engine.rulebook import check

Files = dict[str, str | bytes]


def test_two_orders_may_not_fight_over_a_device_at_the_same_time(right: Files, write) -> None:
    first = str(right["orders/ova.yaml"])
    second = first.replace("OVA-2026-0042", "OVA-2").replace("W-17", "W-18").replace("P-3", "P-4")
    (one, other) = check(write({**right, "orders/z.yaml": second}))[1]
    assert (one.line, one.column, one.code) == (5, 30, "device.shared")
    assert "'tag-0017' is carried by the wearer 'W-17' too in the order 'OVA-2026-0042'" in one.message
    assert "/orders/ova.yaml:5:30" in one.message
    assert (other.line, other.column, other.code) == (6, 33, "device.shared")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            ("2026-03-01T00:00, to: 2026-09-01", "2026-09-01T00:00, to: 2026-12-01"), id="one after another"
        ),
        pytest.param(("title", "title"), id="the same wearer and protected person in both"),
    ],
)
def test_devices_may_serve_orders_that_do_not_meet_or_the_same_people(right: Files, write, change) -> None:
    second = str(right["orders/ova.yaml"]).replace("OVA-2026-0042", "OVA-2").replace(*change)
    if change[0] != "title":
        second = second.replace("W-17", "W-18").replace("P-3", "P-4")
    problems = check(write({**right, "orders/z.yaml": second}))[1]
    assert [problem for problem in problems if problem.severity == "error"] == []


def test_a_wearers_device_may_not_be_a_protected_persons_in_another_order(right: Files, write) -> None:
    second = str(right["orders/ova.yaml"]).replace("OVA-2026-0042", "OVA-2").replace("tag-0017", "tag-2")
    second = second.replace("phone-0003", "tag-0017")
    (problem,) = check(write({**right, "orders/z.yaml": second}))[1]
    assert (problem.line, problem.column, problem.code) == (6, 33, "device.shared")


def test_an_order_id_twice_names_the_other_file(right: Files, write) -> None:
    (problem,) = check(write({**right, "orders/z.yaml": right["orders/ova.yaml"]}))[1]
    assert (problem.line, problem.column, problem.code) == (1, 8, "order.twice")
    assert "/orders/ova.yaml:1:8" in problem.message


def test_a_device_not_in_the_inventory_is_unknown(right: Files, write) -> None:
    right["programme.yaml"] = "devices: [tag-0017, phone-0004]\n"
    (problem,) = check(write(right))[1]
    assert (problem.line, problem.column, problem.code) == (6, 33, "device.unknown")
    assert "did you mean 'phone-0004'?" in str(problem)


def test_everything_is_told_at_once_sorted_by_place(right: Files, write) -> None:
    text = str(right["orders/ova.yaml"])
    for old, new in (
        ("contact-ban\n", "contact-bann\n"),  # the head cannot be read …
        ("p3-home", "p3-hom"),  # … and the conditions still are
        ("with: P-3", "with: P-4"),
        ("id: oslo", "id: nights"),
        ("kind: curfew", "kind: curfwe"),
        ("PT1M", "1"),
    ):
        assert old in text
        text = text.replace(old, new)
    right |= {"orders/ova.yaml": text, "zones/b.geojson": "{", "schedules/s.yaml": "schedule: s\n"}
    right["zones/oslo.geojson"] = str(right["zones/oslo.geojson"]).replace("10.78", "100000")
    problems = check(write(right))[1]
    assert [(one.file.rsplit("/", 1)[1], one.line, one.code) for one in problems] == [
        ("ova.yaml", 2, "value"),
        ("ova.yaml", 10, "name.unknown"),
        ("ova.yaml", 12, "condition.twice"),
        ("ova.yaml", 13, "kind.unknown"),
        ("ova.yaml", 19, "value"),
        ("s.yaml", 1, "schedule.windows"),
        ("b.geojson", 1, "json.syntax"),
        ("oslo.geojson", 1, "coordinates.projected"),
    ]
    assert list(problems) == sorted(problems, key=lambda one: (one.file, one.line, one.column))


@pytest.mark.parametrize(
    ("name", "content", "at", "code"),
    [
        ("orders/a.yaml", "", (1, 1), "text.empty"),
        ("orders/a.yaml", "\r\n \n", (1, 1), "text.empty"),
        ("orders/a.yaml", "# only a comment\n", (1, 1), "yaml.refused"),
        ("orders/a.yaml", "- a\n", (1, 1), "document"),
        ("orders/a.yaml", "a: 1\r\nb: \xe6\r\n".encode("latin-1"), (2, 4), "text.encoding"),
        ("orders/a.yaml", "\ufeffæøå: [\r\n", (2, 1), "yaml.syntax"),
        ("orders/a.yaml", "[" * 100, (1, 17), "yaml.refused"),
        ("orders/a.yaml", "? [a]\n: b\n", (1, 3), "yaml.refused"),
        ("orders/a.yaml", "a: &a [x, x]\nb: [*a, *a]\n", (1, 4), "yaml.refused"),
        ("orders/a.yml", "order: x\n", (1, 1), "file.unread"),
        ("orders/2026/a.yaml", "order: x\n", (1, 1), "file.unread"),
        ("zones/a.json", "{}", (1, 1), "file.unread"),
        ("protocols.yml", "{}", (1, 1), "file.unread"),
        ("schedules/a.yaml", "schedule: s\nweekly: [mon 07:00-07:00]\n", (2, 10), "value.text"),
        ("schedules/a.yaml", "schedule: s\nweekly: []\n", (2, 9), "schedule.windows"),
        ("programme.yaml", "time_zone: Oslo\n", (1, 12), "value.text"),
        ("programme.yaml", "languages: [nb, se]\n", (1, 17), "value.text"),
        ("programme.yaml", "accuracy_m: {gnss: 0}\n", (1, 20), "value"),
        ("programme.yaml", "- x\n", (1, 1), "document"),
        ("protocols.yaml", "device.strop: {severity: high}\n", (1, 1), "alert-type.unknown"),
        ("protocols.yaml", "device.strap: {severity: urgent}\n", (1, 26), "value"),
        ("protocols.yaml", "device.strap: {steps: {dk: [x]}}\n", (1, 24), "field.unknown"),
        ("protocols.yaml", "device.strap: high\n", (1, 15), "document"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(right: Files, write, name: str, content, at, code: str) -> None:
    rulebook, problems = check(write({**right, name: content}))
    (problem,) = problems
    assert rulebook is None
    assert (problem.code, problem.line, problem.column) == (code, *at)
    assert problem.file.endswith(name.removesuffix("/a.yaml") if "2026" in name else name)


def test_a_folder_that_is_none_or_holds_nothing_is_refused(tmp_path) -> None:
    for folder, code in ((tmp_path / "none", "folder.missing"), (tmp_path, "folder.empty")):
        rulebook, (problem,) = check(folder)
        assert rulebook is None
        assert problem.code == code
        assert str(problem).startswith(f"{folder}:1:1: ")


def test_a_file_beyond_the_limit_is_refused_without_being_parsed(right: Files, write) -> None:
    folder = write(right)
    with (folder / "zones" / "huge.geojson").open("wb") as file:
        file.truncate(50_000_001)
    (problem,) = check(folder)[1]
    assert (problem.code, "50 MB" in str(problem)) == ("file.too-big", True)


def test_more_problems_than_anyone_reads_are_counted(right: Files, write) -> None:
    unknown = "".join(f"field{n}: 1\n" for n in range(500))
    files = {**right, "orders/ova.yaml": str(right["orders/ova.yaml"]) + unknown}
    problems = check(write(files))[1]
    assert len(problems) == 201
    assert problems[-1].message == "300 more problems in this file are not shown"
