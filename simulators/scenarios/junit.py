"""Verdicts as JUnit XML, for machines that gather test results."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from simulators.scenarios.judge import Verdict


def junit(verdicts: Sequence[Verdict]) -> str:
    """One test case a scenario; a known failure counts as skipped, with its reason."""
    failed = sum(not verdict.is_met for verdict in verdicts)
    skipped = sum(verdict.is_known for verdict in verdicts)
    root = ET.Element("testsuites")
    counts = {"tests": str(len(verdicts)), "failures": str(failed), "skipped": str(skipped), "errors": "0"}
    suite = ET.SubElement(root, "testsuite", {"name": "scenarios", **counts})
    for verdict in verdicts:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=verdict.scenario.path.stem,
            name=verdict.scenario.title,
            file=str(verdict.scenario.path),
        )
        if not verdict.is_met:
            failure = ET.SubElement(case, "failure", message=verdict.reasons[0])
            failure.text = "\n".join(verdict.reasons)
        elif verdict.is_known:
            ET.SubElement(case, "skipped", message=verdict.scenario.known)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
