"""Every kind of condition and every type of alert is known everywhere people meet it."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from string import Formatter

import pytest
import yaml

from em_engine.console.phrases import PHRASES
from em_engine.law.kinds import KINDS, Kind
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.rulebook.schema_words import KIND_WORDS, WORDS
from em_engine.vocabulary import AlertType, Severity
from tests.house.house import ROOT

GUIDE = "rules/README.md"
LANGUAGES = ("nb", "nn", "en")
WORDS_OF_THE_PAGE = "em_engine/console/web/src/words"
OF_NO_KIND = {  # told of the engine and of many cases at once, by the runner
    AlertType.MONITORING_GAP,
    AlertType.OUTAGE_GROUP,
}
"""Types of the contract that no kind raises so far; who adds the kind takes the type from here."""
SHARED_FIELDS = {"weekly", "once", "calendar", "schedule", "holidays", "leave"}

each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
each_type = pytest.mark.parametrize("type", AlertType, ids=[type.value for type in AlertType])


def written(field: str) -> str:
    """The name a field has in documents: `with_` hides a keyword of Python."""
    return field.rstrip("_")


@each_kind
def test_a_kind_has_terms_and_a_watch_of_its_own(kind: Kind) -> None:
    assert is_dataclass(kind.terms)
    assert kind.terms.__dataclass_params__.frozen, f"{kind.terms.__name__}: terms are frozen"
    assert issubclass(kind.watch, WindowedWatch)
    assert kind.terms.__module__ == kind.watch.__module__, "a kind is one file"
    assert kind.raises, f"{kind.name} raises nothing: say in law/kinds.py what it can raise"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.name)


@each_kind
def test_a_kind_has_words_for_authors(kind: Kind) -> None:
    assert kind.name in KIND_WORDS, (
        f"em_engine/rulebook/schema_words.py: a sentence for {kind.name} in KIND_WORDS"
    )
    missing = [name for field in fields(kind.terms) if (name := written(field.name)) not in WORDS]
    assert not missing, f"em_engine/rulebook/schema_words.py: words for {missing} of {kind.name} in WORDS"


@each_kind
def test_the_author_s_guide_has_a_row_with_every_field_of_a_kind(kind: Kind) -> None:
    text = (ROOT / GUIDE).read_text(encoding="utf-8")
    row = re.search(rf"^\| `{kind.name}` \|(.*)$", text, flags=re.MULTILINE)
    assert row, f"{GUIDE}: a row `| `{kind.name}` | … |` in the table of kinds"
    own = [written(field.name) for field in fields(kind.terms) if field.name not in SHARED_FIELDS]
    missing = [name for name in own if not re.search(rf"\b{name}\b", row[1])]
    assert not missing, f"{GUIDE}: the row of {kind.name} says nothing of {missing}"


def test_every_type_of_alert_is_raised_by_a_kind_or_known_to_be_missing() -> None:
    raised = {type for kind in KINDS.values() for type in kind.raises}
    assert raised | OF_NO_KIND == set(AlertType), "a type that no kind raises: list it, or raise it"
    assert not raised & OF_NO_KIND, f"{sorted(raised & OF_NO_KIND)} are raised: take them from OF_NO_KIND"


@each_type
def test_a_type_of_alert_has_a_protocol(type: AlertType) -> None:
    path = ROOT / "em_engine/rulebook/default_protocols.yaml"
    protocol = yaml.safe_load(path.read_text(encoding="utf-8")).get(type.value)
    assert protocol, f"em_engine/rulebook/default_protocols.yaml: a protocol for {type.value}"
    Severity(protocol["severity"])
    assert set(protocol["title"]) == set(protocol["steps"]) == set(LANGUAGES)
    assert all(protocol["steps"][language] for language in LANGUAGES)


@each_type
def test_a_type_of_alert_has_a_sentence_in_three_languages(type: AlertType) -> None:
    assert PHRASES.get(type), f"em_engine/console/phrases.py: phrases for {type.value}"
    for phrase in PHRASES[type]:
        assert phrase._fields == LANGUAGES
        assert all(text.endswith(".") for text in phrase), (
            f"em_engine/console/phrases.py: {phrase} ends no sentence"
        )
        wanted = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in phrase]
        assert wanted[0] == wanted[1] == wanted[2], (
            f"em_engine/console/phrases.py: {phrase} tells unlike facts"
        )


def test_the_page_has_the_same_words_in_every_language() -> None:
    """Names of texts, language by language: what one lacks, its operators would read in another's."""
    keys = {language: _keys(ROOT / WORDS_OF_THE_PAGE / f"{language}.ts") for language in LANGUAGES}
    assert len(keys["nb"]) > 20
    for language in LANGUAGES[1:]:
        assert keys[language] == keys["nb"], f"{WORDS_OF_THE_PAGE}/{language}.ts differs from nb.ts"


def _keys(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return sorted(re.findall(r"(?:^|[{,])\s*(?:\"([\w.-]+)\"|([a-zA-Z]\w*)):", text, flags=re.MULTILINE))
