"""What the centre decides for all orders: programme.yaml and protocols.yaml, over what is built in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

from em_engine.law.retention import Period
from em_engine.rulebook.coded import Said
from em_engine.rulebook.documents import (
    EscalationDocument,
    NoticeDocument,
    ProgrammeDocument,
    ProtocolDocument,
    ProtocolInLanguagesDocument,
    ResponseDocument,
    StepsDocument,
    TagCommandDocument,
    WordsDocument,
)
from em_engine.rulebook.models import (
    LANGUAGES,
    Escalation,
    Notice,
    Programme,
    Protocol,
    Response,
    TagCommand,
)
from em_engine.rulebook.problems import Findings, nearest
from em_engine.rulebook.reading import Shape
from em_engine.rulebook.yaml_tree import YamlDocument, read_yaml
from em_engine.vocabulary import ACCURACY_DEFAULT_M, AlertType, Micros, Severity, Source, wire_name

_PROGRAMME: Final = Shape(ProgrammeDocument)
_PROTOCOL: Final = Shape(ProtocolDocument)
_PROTOCOL_IN_LANGUAGES: Final = Shape(ProtocolInLanguagesDocument)

Protocols = Mapping[AlertType, Protocol]


def default_programme() -> Programme:
    """What holds where a rulebook has no programme.yaml."""
    return _programme(ProgrammeDocument())


def read_programme(document: YamlDocument, findings: Findings) -> Programme:
    """The programme in the document; the default where it cannot be read, for orders to be checked by."""
    if not isinstance(document.data, dict):
        message = Said("document.file", "the file should be a mapping of fields")
        findings.error(document, (), "document", message)
        return default_programme()
    read = _PROGRAMME.read(document, (), document.data, findings)
    return default_programme() if read is None else _programme(read)


def read_protocols(document: YamlDocument, programme: Programme, findings: Findings) -> Protocols:
    """The built-in protocols with what the document says laid over them, type by type and field by field."""
    protocols = dict(default_protocols())
    if not isinstance(document.data, dict):
        told = "the file should be a mapping from alert types to protocols"
        findings.error(document, (), "document", Said("document.protocols", told))
        return protocols
    for name, data in document.data.items():
        if name not in set(AlertType):
            message = Said("alert-type.unknown", "{!r} is no type of alert", name)
            hint = nearest(name, set(AlertType))
            findings.error_at_key(document, (name,), "alert-type.unknown", message, hint=hint)
            continue
        read = _read_protocol(document, name, data, findings)
        if read is not None:
            kind = AlertType(name)
            protocols[kind] = _overlaid(protocols[kind], read, programme.languages[0])
    return protocols


@cache
def default_protocols() -> Protocols:
    """The protocols that are built in, one for every type of alert."""
    findings = Findings()
    name = "default_protocols.yaml"
    text = (files("em_engine.rulebook") / name).read_text(encoding="utf-8")
    document = read_yaml(name, text, findings)
    assert document is not None, "the built-in protocols are YAML"
    protocols: dict[AlertType, Protocol] = {}
    for kind in AlertType:
        read = _read_protocol(document, kind.value, document.data[kind.value], findings)
        assert read is not None, f"the built-in protocol of {kind.value} can be read"
        assert read.severity is not None, f"the built-in protocol of {kind.value} has a severity"
        protocols[kind] = _overlaid(Protocol(severity=read.severity), read, LANGUAGES[0])
    return protocols


def _programme(read: ProgrammeDocument) -> Programme:
    given = {source: getattr(read.accuracy_m, wire_name(source)) for source in Source}
    return Programme(
        name=read.name,
        time_zone=read.time_zone,
        languages=read.languages,
        accuracy_default_m={source: given[source] or ACCURACY_DEFAULT_M[source] for source in Source},
        devices=None if read.devices is None else frozenset(read.devices),
        response=_response(read.response),
        retention=tuple(
            Period(programme=one.programme, positions=_span(one.positions), alerts=_span(one.alerts))
            for one in read.retention
        ),
        certainty=tuple((one.programme, one.level) for one in read.certainty),
    )


def _response(written: ResponseDocument | None) -> Response | None:
    return None if written is None else Response(within=written.within, speed_kmh=written.speed_kmh)


def _span(written: timedelta | None) -> Micros | None:
    return None if written is None else written // timedelta(microseconds=1)


def _read_protocol(
    document: YamlDocument, name: str, data: Any, findings: Findings
) -> ProtocolDocument | ProtocolInLanguagesDocument | None:
    if not isinstance(data, dict):
        message = Said("document.field", "`{}` should be a mapping of fields", name)
        findings.error(document, (name,), "document", message)
        return None
    shape = _PROTOCOL_IN_LANGUAGES if isinstance(data.get("steps"), dict) else _PROTOCOL
    return shape.read(document, (name,), data, findings)


_TAKEN_AS_WRITTEN: Final = (
    "desk",
    "acknowledge_within",
    "close_within",
    "lapse_after",
    "shelve_max",
    "outcomes",
    "note_for",
    "seen_reasons",
)


def _overlaid(
    below: Protocol, read: ProtocolDocument | ProtocolInLanguagesDocument, language: str
) -> Protocol:
    steps = dict(below.steps_by_language if read.steps is None else _steps(read.steps, language))
    given = {name: value for name in _TAKEN_AS_WRITTEN if (value := getattr(read, name)) is not None}
    return replace(
        below,
        severity=Severity(read.severity or below.severity),
        title={**below.title, **_words(read.title)},
        steps=steps.get(language) or next(iter(steps.values()), ()),
        steps_by_language=steps,
        escalation=below.escalation if read.escalation is None else _escalation(read.escalation),
        notices=below.notices if read.notices is None else tuple(map(_notice, read.notices)),
        commands=below.commands if read.commands is None else tuple(map(_command, read.commands)),
        **given,
    )


def _steps(read: tuple[str, ...] | StepsDocument, language: str) -> Mapping[str, tuple[str, ...]]:
    if isinstance(read, tuple):
        return {language: read}
    return {tongue: steps for tongue in LANGUAGES if (steps := getattr(read, tongue)) is not None}


def _words(read: WordsDocument | None) -> Mapping[str, str]:
    if read is None:
        return {}
    return {tongue: text for tongue in LANGUAGES if (text := getattr(read, tongue)) is not None}


def _escalation(read: tuple[EscalationDocument, ...]) -> tuple[Escalation, ...]:
    return tuple(
        Escalation(after=one.after, to=one.to, repeat=one.repeat, times=one.times if one.repeat else 0)
        for one in read
    )


def _notice(read: NoticeDocument) -> Notice:
    return Notice(on=read.on, words=_words(read.text))


def _command(read: TagCommandDocument) -> TagCommand:
    return TagCommand(
        on=read.on,
        command=read.command,
        words=_words(read.text),
        fix_every=read.fix_every,
        lasts=read.lasts,
    )
