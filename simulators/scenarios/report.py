"""Verdicts as a page that needs nothing else: what was told, a map, and a timeline of every story."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from simulators.scenarios.drawing import map_svg, timeline_svg
from simulators.scenarios.judge import Told, Verdict
from simulators.scenarios.play import Played

_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; color: #1b1f24; }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin: 0 } details { border-top: 1px solid #d0d7de;
padding: .6rem 0 } summary { cursor: pointer } .bad { color: #a40e26 } .known { color: #7a5a00 }
.good { color: #116329 } table { border-collapse: collapse; margin: .5rem 0 } td, th { text-align: left;
padding: .1rem .8rem .1rem 0; vertical-align: top } svg { display: block; margin: .6rem 0; max-width: 100% }
code { font-size: .9em } .proves { color: #57606a; font-size: .9em }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3 } .bad { color: #ff7b72 }
.good { color: #56d364 } .known { color: #e3b341 } .proves { color: #9aa4af } svg { background: #fff } }
"""


def page(verdicts: Sequence[Verdict], played: Mapping[Path, Played]) -> str:
    """The whole page; what failed stands open."""
    failed = [verdict for verdict in verdicts if not verdict.is_met]
    stories = "\n".join(_story(verdict, played[verdict.scenario.path]) for verdict in verdicts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Scenarios</title>'
        f"<style>{_STYLE}</style></head><body><h1>{len(verdicts)} scenarios, {len(failed)} not as expected"
        f"</h1>\n{stories}\n</body></html>\n"
    )


def _story(verdict: Verdict, played: Played) -> str:
    scenario = verdict.scenario
    word, css = ("known", "known") if verdict.is_known else ("met", "good")
    if not verdict.is_met:
        word, css = "not met", "bad"
    failures = "".join(f'<p class="{css}">{escape(one)}</p>' for one in verdict.failures)
    known = f'<p class="known">{escape(scenario.known)}</p>' if scenario.known else ""
    return (
        f"<details{'' if verdict.is_met else ' open'}><summary><strong>{escape(scenario.title)}</strong> "
        f'<span class="{css}">{word}</span> <span class="proves">{escape(scenario.path.name)}: '
        f"{escape(', '.join(scenario.proves))}</span></summary>\n"
        f"<p>{escape(scenario.about)}</p>{failures}{known}\n"
        f"{map_svg(verdict, played)}\n{timeline_svg(verdict, played)}\n{_table(verdict)}</details>"
    )


def _table(verdict: Verdict) -> str:
    if not verdict.told:
        return "<p>Nothing was told.</p>"
    heads = ("told at", "what", "since", "about", "condition", "severity")
    rows = "".join(_row(verdict, one) for one in verdict.told)
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{rows}</table>"


def _row(verdict: Verdict, one: Told) -> str:
    clock = verdict.scenario.clock
    late = " in arrears" if one.late else ""
    cells = (
        clock(one.at),
        f"{one.type} {one.change}{late}",
        clock(one.opened_at),
        one.wearer,
        one.condition,
        one.severity,
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
