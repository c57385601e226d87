"""The reason of an alert in one sentence, in three languages."""

from dataclasses import replace
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from em_engine.console.phrases import PHRASES
from em_engine.console.sentences import Told, reason
from em_engine.vocabulary import SECOND, AlertType, parse_rfc3339

ALWAYS_KNOWN = {"zone", "device", "other", "at", "span"}
BASE = Told(
    type=AlertType.EXCLUSION_ENTERED,
    device="tag-17",
    opened_at=parse_rfc3339("2026-11-22T20:14:30Z"),
    cleared_at=None,
    evidence={},
    zone="Torshov",
    other="P-3",
    time_zone=ZoneInfo("Europe/Oslo"),
)


def told(type, evidence=None, **more):
    return replace(BASE, type=type, evidence=evidence or {}, **more)


@pytest.mark.parametrize(
    ("what", "nb", "nn", "en"),
    [
        pytest.param(
            told(AlertType.EXCLUSION_ENTERED, {"margin_m": -1234.6, "fix": {"lon": 10.7}}),
            "Inne i forbudssonen «Torshov» siden kl. 21:14 (+01:00), 1 230 m fra grensen.",
            "Inne i forbodssona «Torshov» sidan kl. 21:14 (+01:00), 1 230 m frå grensa.",
            "Inside the exclusion zone “Torshov” since 21:14 (+01:00), 1,230 m from its edge.",
            id="inside a zone",
        ),
        pytest.param(
            told(AlertType.EXCLUSION_APPROACH, {"margin_m": -163.2}, buffer_m=500.0),
            "Nær forbudssonen «Torshov» siden kl. 21:14 (+01:00): 340 m fra grensen, varsling fra 500 m.",
            "Nær forbodssona «Torshov» sidan kl. 21:14 (+01:00): 340 m frå grensa, varsling frå 500 m.",
            "Close to the exclusion zone “Torshov” since 21:14 (+01:00): 340 m from its edge,"
            " told from 500 m.",
            id="the margin of an approach is told as the distance to the zone",
        ),
        pytest.param(
            told(AlertType.EXCLUSION_APPROACH, {"margin_m": -600.0}, buffer_m=500.0),
            "Nær forbudssonen «Torshov» siden kl. 21:14 (+01:00).",
            "Nær forbodssona «Torshov» sidan kl. 21:14 (+01:00).",
            "Close to the exclusion zone “Torshov” since 21:14 (+01:00).",
            id="an approach that is inside already has no distance to the zone",
        ),
        pytest.param(
            told(AlertType.EXCLUSION_CROSSED, cleared_at=BASE.opened_at + 20 * SECOND),
            "Gjennom forbudssonen «Torshov» mellom to posisjoner kl. 21:14 (+01:00).",
            "Gjennom forbodssona «Torshov» mellom to posisjonar kl. 21:14 (+01:00).",
            "Through the exclusion zone “Torshov” between two fixes at 21:14 (+01:00).",
            id="begun and over in the same minute",
        ),
        pytest.param(
            told(AlertType.CONTACT_ALERT, {"group": "hk-oslo", "separation_m": 12.3, "alert_m": 50.0}),
            "Sammen med en annen i gruppen «hk-oslo»: 12 m fra hverandre, grensen er 50 m,"
            " siden kl. 21:14 (+01:00).",
            "Saman med ein annan i gruppa «hk-oslo»: 12 m frå kvarandre, grensa er 50 m,"
            " sidan kl. 21:14 (+01:00).",
            "Together with another of the group “hk-oslo”: 12 m apart, the limit is 50 m,"
            " since 21:14 (+01:00).",
            id="two of a group, neither of whom is named",
        ),
        pytest.param(
            told(
                AlertType.EXCLUSION_CROSSED,
                {"depth_m": 61.4},
                cleared_at=parse_rfc3339("2026-11-22T20:15:10Z"),
            ),
            "Gjennom forbudssonen «Torshov» mellom to posisjoner fra kl. 21:14 (+01:00) til 21:15 (+01:00),"
            " inntil 61 m fra grensen.",
            "Gjennom forbodssona «Torshov» mellom to posisjonar frå kl. 21:14 (+01:00) til 21:15 (+01:00),"
            " inntil 61 m frå grensa.",
            "Through the exclusion zone “Torshov” between two fixes from 21:14 (+01:00) to 21:15 (+01:00),"
            " up to 61 m from its edge.",
            id="a breach that is over has an end",
        ),
        pytest.param(
            told(AlertType.CONTACT_ALERT, {"separation_m": 412.3, "alert_m": 1000.0, "with": "P-3"}),
            "For nær den vernede P-3: 410 m fra hverandre, grensen er 1 000 m, siden kl. 21:14 (+01:00).",
            "For nær den verna P-3: 410 m frå kvarandre, grensa er 1 000 m, sidan kl. 21:14 (+01:00).",
            "Too near the protected person P-3: 410 m apart, the limit is 1,000 m, since 21:14 (+01:00).",
            id="too near",
        ),
        pytest.param(
            told(AlertType.DEVICE_SILENT, {"heard_at": "2026-11-21T23:59:00.000Z", "allowed_s": 300.0}),
            "Ikke hørt fra enheten tag-17 siden kl. 00:59 (+01:00); ordren tillater 5 min.",
            "Ikkje høyrt frå eininga tag-17 sidan kl. 00:59 (+01:00); ordren tillèt 5 min.",
            "Nothing heard from device tag-17 since 00:59 (+01:00); the order allows 5 min.",
            id="silent",
        ),
        pytest.param(
            told(AlertType.DEVICE_NO_FIX, {"last_fix_at": "2026-11-21T20:00:00.000Z", "allowed_s": 45.0}),
            "Ingen posisjon fra enheten tag-17 siden kl. 2026-11-21 21:00 (+01:00); ordren tillater 45 s.",
            "Ingen posisjon frå eininga tag-17 sidan kl. 2026-11-21 21:00 (+01:00); ordren tillèt 45 s.",
            "No position from device tag-17 since 2026-11-21 21:00 (+01:00); the order allows 45 s.",
            id="a time of another day carries its date",
        ),
        pytest.param(
            told(AlertType.DEVICE_BATTERY_LOW, {"battery_pct": 19.6, "level_pct": 20}),
            "Lavt batteri på enheten tag-17: 20 % kl. 21:14 (+01:00).",
            "Lågt batteri på eininga tag-17: 20 % kl. 21:14 (+01:00).",
            "Battery low on device tag-17: 20 % at 21:14 (+01:00).",
            id="battery",
        ),
        pytest.param(
            told(AlertType.ATTENDANCE_MISSED, {"came": True, "present_s": 240.0, "minimum_s": 600.0}),
            "Bare 4 min i «Torshov», minst 10 min kreves; avtalen var over kl. 21:14 (+01:00).",
            "Berre 4 min i «Torshov», minst 10 min krevst; avtala var over kl. 21:14 (+01:00).",
            "Only 4 min at “Torshov”, at least 10 min required; the appointment ended at 21:14 (+01:00).",
            id="came, but not for long enough",
        ),
        pytest.param(
            told(AlertType.CURFEW_LATE, opened_at=parse_rfc3339("2026-07-01T20:14:30Z")),
            "Ikke kommet hjem til innetiden: borte fra «Torshov» siden kl. 22:14 (+02:00).",
            "Ikkje komen heim til innetida: borte frå «Torshov» sidan kl. 22:14 (+02:00).",
            "Not home when the curfew began: away from “Torshov” since 22:14 (+02:00).",
            id="summer time shows in the offset",
        ),
    ],
)
def test_the_reason_is_one_plain_sentence(what, nb, nn, en):
    said = {language: text.replace("\N{NO-BREAK SPACE}", " ") for language, text in reason(what).items()}
    assert said == {"nb": nb, "nn": nn, "en": en}


@pytest.mark.parametrize("type", AlertType)
def test_every_type_has_a_sentence_that_needs_no_evidence(type):
    bare = Told(type=type, device=None, opened_at=0, cleared_at=None, evidence={})
    for text in reason(bare).values():
        assert text.endswith(".")
        assert "None" not in text
        assert "{" not in text


@pytest.mark.parametrize("type", AlertType)
def test_the_languages_of_a_phrase_name_the_same_facts(type):
    for phrase in PHRASES[type]:
        facts = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in phrase]
        assert facts[0] == facts[1] == facts[2]
    assert facts[0] <= ALWAYS_KNOWN


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = [
    "margin_m",
    "depth_m",
    "separation_m",
    "alert_m",
    "warn_m",
    "heard_at",
    "last_fix_at",
    "last_known_at",
]
NAMES += ["allowed_s", "present_s", "minimum_s", "came", "battery_pct", "count", "zone", "with"]


@settings(deadline=None)  # on a shared machine how long it takes proves nothing
@example(type=AlertType.DEVICE_SILENT, evidence={"heard_at": "0001-01-01T00:00:00+14:00", "allowed_s": 1})
@given(type=st.sampled_from(AlertType), evidence=st.dictionaries(st.sampled_from(NAMES), JSON))
def test_whatever_the_evidence_there_is_a_sentence(type, evidence):
    assert all(text.endswith(".") for text in reason(told(type, evidence, buffer_m=500.0)).values())
