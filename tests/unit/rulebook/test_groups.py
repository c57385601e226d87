"""Groups of wearers who must not meet: slips at their place."""

import pytest

from em_engine.rulebook import check

ORDER = """\
order: O-{id}
programme: remand
{valid}wearer: {{id: {wearer}, devices: [tag-{id}]}}
conditions:
  - {{id: apart, kind: non-association, group: {group}, alert_m: 90{more}}}
  - {{id: alive, kind: device-health, heartbeat_every: PT5M, fix_every: {fix_every}}}
"""


def order(
    id: str,
    group: str = "hk-oslo",
    *,
    wearer: str = "",
    valid: str = "",
    fix_every: str = "PT1M",
    more: str = "",
) -> str:
    valid = f"valid: {{{valid}}}\n" if valid else ""
    return ORDER.format(
        id=id, group=group, wearer=wearer or f"W-{id}", valid=valid, fix_every=fix_every, more=more
    )


def problems(write, *orders: str) -> list[tuple[str, str, int, str]]:
    _, told = check(write({f"orders/{number}.yaml": text for number, text in enumerate(orders)}))
    return [(one.severity, one.code, one.line, str(one)) for one in told if one.code != "zones.none"]


def test_two_of_a_group_are_right(write) -> None:
    assert problems(write, order("1"), order("2")) == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (order("2", "hk-osol"), "did you mean 'hk-osol'?"),
        (order("2", wearer="W-1"), "another order must name the same group"),
        (order("2", valid="from: 2030-01-01T00:00"), "another order must name the same group"),
    ],
    ids=["misspelt", "one wearer under two orders", "not at one time"],
)
def test_who_is_alone_in_a_group_is_told(write, other: str, words: str) -> None:
    first = order("1", valid="to: 2029-01-01T00:00")
    told = [one for one in problems(write, first, other) if one[1] == "group.alone"]
    assert len(told) == 2
    assert told[0][0] == "warning"
    assert words in told[0][3]


@pytest.mark.parametrize(("fix_every", "count"), [("PT1M", 0), ("PT61S", 1)])
def test_a_distance_that_positions_are_too_rare_for_is_told(write, fix_every: str, count: int) -> None:
    told = problems(write, order("1", fix_every=fix_every), order("2"))
    assert [one[1] for one in told] == ["group.fixes"] * count
    assert all("every 60 seconds" in one[3] for one in told)


@pytest.mark.parametrize(
    ("more", "code"),
    [(", warn_m: 90", "contact.rings"), (", dwell: soon", "value"), (", except: [nowhere]", "name.unknown")],
)
def test_a_mistake_is_an_error(write, more: str, code: str) -> None:
    told = problems(write, order("1", more=more), order("2"))
    assert [(one[0], one[1].split(".text")[0]) for one in told] == [("error", code)]
