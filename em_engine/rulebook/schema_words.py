"""What the schemas say of each field, and an example of each document: what authors read while typing."""

from collections.abc import Mapping
from typing import Any, Final

from em_engine.rulebook.coded import Explained

_FIELDS: Final[Mapping[str, str]] = {
    # orders
    "order": "The order's id, as in the case file. No two orders of a rulebook share one.",
    "title": "A title for people; the engine does not read it.",
    "programme": "The programme the order belongs to.",
    "time_zone": "The IANA time zone that the order's civil times are meant in, such as Europe/Oslo.",
    "valid": "From when until just before when the order holds, in civil time; an end left out is open.",
    "wearer": "The person who is monitored, with the devices worn.",
    "protected": "The persons the wearer must keep away from, with the devices they carry.",
    "record": "Which positions may be kept: everything; situational (while a breach is open); breaches-only.",
    "conditions": "The duties of the order, one each.",
    "condition": "The condition's id, unique in its order; alerts name it.",
    "kind": "What kind of duty this is; it decides which other fields there are.",
    "id": "The id of the person; it may become a part of an MQTT topic, so no spaces, /, + or #.",
    "name": "A name for people.",
    "devices": "The devices of this person, as they call themselves in their MQTT topics.",
    "ConditionDocument.valid": "From when until just before when the condition holds, within the order's.",
    "phases": "What changes from a date on; what a phase does not write stays as before it was written.",
    "PhaseDocument.from": "The civil time from which the phase holds.",
    "milestones": "What phases wait for; each is reached when somebody decides so.",
    "MilestoneDocument.name": "The milestone's name, by which phases wait for it.",
    "milestone": "The milestone from which the phase holds; with `from`, from the later of both.",
    "reached": "The civil time from which it counts as reached; left out, it is not reached yet.",
    "from": "The civil time it begins.",
    "to": "The civil time just before which it ends.",
    # terms of conditions
    "zone": "The name (feature id) of a zone in zones/*.geojson.",
    "buffer_m": "Metres around the exclusion zone within which an approach is told.",
    "except": "Zones in it, or in its ring, where the condition does not bind: a road through, a clinic.",
    "weekly": "Windows in civil time in which the condition holds; none means always.",
    "once": "Further windows, each from one civil time to another: the day of release, an appointment.",
    "calendar": "An iCalendar file in schedules/ whose events are windows, such as roster.ics.",
    "Leave.schedule": "A schedule whose windows are the leave, in place of `from` and `to`.",
    "schedule": "The name of a schedule in schedules/*.yaml, used beside or instead of `weekly`.",
    "ScheduleDocument.schedule": "The schedule's name, by which conditions use it.",
    "holidays": "On public holidays of a country the windows of one weekday hold instead.",
    "HolidayRule.calendar": 'The ISO code of the country whose public holidays count, such as "NO".',
    "as": "The weekday whose windows hold on a public holiday: mon, tue, wed, thu, fri, sat or sun.",
    "leave": "Stretches of civil time in which the condition does not bind.",
    "allow": "Stretches in which it is allowed after all: a day in court, the handover of a child.",
    "reason": "Why.",
    "authorised_by": "Who granted it.",
    "grace": "Lawful tolerance at the ends of a window.",
    "allowance": "How much absence is granted a day, week or month before it is a breach.",
    "total": "How long, all absences of the period together.",
    "per": "The period: a day, a week from Monday on, or a month.",
    "late": "How much later than the window's start the wearer may come home.",
    "early": "How much earlier than the window's end the wearer may go out.",
    "confirm_every": "How old the last sign of where the wearer is may grow within a window.",
    "with": "The id of the protected person to keep away from.",
    "certainty": "How sure it must be: likely (9 in 10), convincing (99 in 100), proved (by no fix alone).",
    "ContactBanTerms.certainty": "How sure it must be: likely, which it is anyway; nobody waits for more.",
    "alert_m": "The distance in metres that must be kept.",
    "warn_m": "The distance in metres at which a warning is told; twice `alert_m` where left out.",
    "NonAssociationTerms.alert_m": "The distance in metres to keep from every other wearer of the group.",
    "NonAssociationTerms.warn_m": "The distance in metres at which a warning is told; none where left out.",
    "NonAssociationTerms.except": "Places where the wearer may be, whoever comes: his home, his work.",
    "group": "The group's name; every wearer whose order names it belongs to it.",
    "dwell": "How long two must be together before it is told.",
    "heartbeat_every": "The longest the tag may be unheard.",
    "fix_every": "The longest the tag may be without a position.",
    "clock_within": "How far the tag's clock may be off before it is told.",
    "battery_low_pct": "The charge, in per cent, below which the wearer must charge.",
    "battery_critical_pct": "The charge, in per cent, below which the tag is about to die.",
    "minimum": "How long the wearer must stay within the window.",
    # the centre's documents
    "ProgrammeDocument.name": "What the centre is called on screens.",
    "ProgrammeDocument.time_zone": "The time zone of orders that name none.",
    "ProgrammeDocument.devices": "The centre's inventory; where given, orders may name no other device.",
    "languages": "The languages the centre is shown in, the first one first.",
    "response": "How soon help is with a protected person; rings that are crossed sooner are warned of.",
    "within": "How long help takes, such as PT8M.",
    "speed_kmh": "How fast a wearer may come meanwhile, along the straight line; 50 where left out.",
    "retention": "How long positions and closed alerts are kept; the first line that fits an order holds.",
    "ProgrammeDocument.certainty": "How sure it must be where orders do not say; the first line that fits.",
    "CertaintyDocument.programme": "The programme the line is for; every other one where left out.",
    "level": "How sure it must be: likely (9 in 10), convincing (99 in 100), proved (by no fix alone).",
    "RetentionDocument.programme": "The programme the line is for; every other one where left out.",
    "positions": "Positions are deleted when they are so old.",
    "alerts": "Alerts, their evidence and history are deleted when they have been closed for so long.",
    "accuracy_m": "The 68 % radius in metres taken where a fix of a source reports none.",
    "gnss": "Metres, for satellite fixes; 15 where left out.",
    "wifi": "Metres, for Wi-Fi fixes; 50 where left out.",
    "cell": "Metres, for mobile network fixes; 1000 where left out.",
    "beacon": "Metres, for fixes from a home beacon; 30 where left out.",
    "unknown": "Metres, for fixes of unknown source; 30 where left out.",
    "severity": "How soon a human must look.",
    "ProtocolDocument.title": "The alert's title, by language.",
    "steps": "What to do, in order: a list, or a list for each language.",
    "desk": "Which desk works on it: `centre`, `police`, or a name of the centre's own.",
    "acknowledge_within": "Within what an operator should have seen it; shown as a count-down.",
    "close_within": "Within what it should be closed.",
    "lapse_after": "How long an owner may do nothing before the alert calls again and is nobody's.",
    "shelve_max": "How long it may be shelved at most; PT0S: never.",
    "outcomes": "What it may be closed with; everything where left out.",
    "note_for": "The outcomes that need a note.",
    "seen_reasons": "The reasons of which an acknowledgement must give one; none is asked where left out.",
    "notices": "What the protected person's device is told, and when.",
    "commands": "What the wearer's tag is asked for, and when.",
    "on": "When: what the engine says of the alert.",
    "command": "What the tag does: vibrate, show a message, or send positions more often.",
    "text": "The words, by language. They name no place.",
    "TagCommandDocument.fix_every": "How often it sends positions then.",
    "lasts": "For how long.",
    "escalation": "Who is told when nobody has answered.",
    "after": "How long nobody has answered.",
    "EscalationDocument.to": "Who is told then.",
    "repeat": "Told again as often as this, while nobody answers.",
    "times": "How often again at most; 5 where left out.",
    "nb": "In bokmål.",
    "nn": "In nynorsk.",
    "en": "In English.",
    "ProtocolDocument": "What the centre does about one type of alert; what is left out stays as built in.",
    # zones
    "zone-id": "The zone's name, by which conditions use it.",
    "radius_m": "How far a Point or LineString reaches around itself, in metres.",
    "outline_accuracy_m": "How far the drawn outline may be from the true border: nearer proves nothing.",
}

_KINDS: Final[Mapping[str, str]] = {
    "exclusion": "The wearer must stay out of a zone.",
    "inclusion": "The wearer must stay in a zone.",
    "curfew": "The wearer must be in a zone throughout every window, but for the grace at its ends.",
    "contact-ban": "The wearer must keep a distance from a protected person, wherever both are.",
    "non-association": "The wearer must keep a distance from every other wearer of a group.",
    "device-health": "The tag is heard, knows where it is, has power, and is on the leg.",
    "sobriety": "The wearer must take a test in every window, and pass every test.",
    "attendance": "The wearer must come to a zone in every window and stay the minimum.",
}

WORDS: Final = {name: Explained(name, text) for name, text in _FIELDS.items()}
"""By field; where a field of one document means something else than elsewhere, by `Document.field`."""

KIND_WORDS: Final = {kind: Explained(f"kind.{kind}", text) for kind, text in _KINDS.items()}
"""By kind of condition."""

EXAMPLES: Final[Mapping[str, list[Any]]] = {
    "OrderDocument": [
        {
            "order": "OVA-2026-0042",
            "programme": "contact-ban",
            "time_zone": "Europe/Oslo",
            "valid": {"from": "2026-03-01T00:00", "to": "2026-09-01T00:00"},
            "wearer": {"id": "W-17", "devices": ["tag-0017"]},
            "protected": [{"id": "P-3", "devices": ["phone-0003"]}],
            "conditions": [
                {"id": "home-of-p3", "kind": "exclusion", "zone": "p3-home", "buffer_m": 500},
                {"id": "keep-apart", "kind": "contact-ban", "with": "P-3", "alert_m": 1000},
                {"id": "alive", "kind": "device-health", "heartbeat_every": "PT5M", "fix_every": "PT1M"},
            ],
        }
    ],
    "ScheduleDocument": [
        {"schedule": "work-nights", "weekly": ["mon-fri 21:00-06:00"], "holidays": {"calendar": "NO"}}
    ],
    "ProgrammeDocument": [
        {
            "name": "OVA-sentralen",
            "time_zone": "Europe/Oslo",
            "languages": ["nb", "nn"],
            "accuracy_m": {"gnss": 15},
        }
    ],
    "ProtocolDocument": [
        {
            "device.strap": {
                "severity": "critical",
                "title": {"nb": "Reim åpnet", "en": "Strap opened"},
                "steps": ["Call the protected person first", "Call the wearer"],
                "desk": "centre",
                "acknowledge_within": "PT2M",
                "escalation": [{"after": "PT2M", "to": "supervisor", "repeat": "PT5M"}],
            }
        }
    ],
    "zones": [
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": "w17-home",
                    "properties": {"title": "Home of W-17", "radius_m": 50},
                    "geometry": {"type": "Point", "coordinates": [10.7522, 59.9139]},
                }
            ],
        }
    ],
}
