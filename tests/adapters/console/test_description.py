"""The API is what its OpenAPI description says, whatever is sent: schemathesis asks, with and against it.

A deeper run: `EM_API_EXAMPLES=300 pytest tests/adapters/console/test_description.py`.
"""

import os
from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from em_engine.console.roles import SCOPES, Role
from em_engine.console.tokens import Tokens
from em_engine.vocabulary import HOUR

EXAMPLES = int(os.environ.get("EM_API_EXAMPLES", "0"))
ENDLESS = "/api/alerts/stream"
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def test_no_answer_is_other_than_described_whatever_is_asked(bench, make):
    bench.tell(make.change())
    (alert,) = bench.queue.open()
    everyone = list(Role)
    bench.access.add("robot", make.PASSWORD, everyone)
    secret = Tokens(bench.access).make("robot", label="all", scopes=SCOPES, lasts=HOUR)
    described = openapi.from_asgi("/api/openapi.json", bench.app)
    asked, wrong = 0, []
    for operation in [found.ok() for found in described.get_all_operations()]:
        if operation.path == ENDLESS:
            continue
        for mode in modes(operation):
            try:
                asked += asking(operation, mode, alert, secret)
            except* Failure as failures:
                wrong += [f"{operation.label}: {one}" for one in failures.exceptions]
    assert not wrong, "\n\n".join(wrong)
    assert asked > 40


def modes(operation):
    """Reads are asked what fits, commands what does not; in the deeper run all are asked both."""
    if EXAMPLES:
        return list(GenerationMode)
    return [GenerationMode.POSITIVE if operation.method == "get" else GenerationMode.NEGATIVE]


def asking(operation, mode, alert, secret):
    """How often the operation was asked with what fits its description, or what does not."""
    count = 0
    real = {"id": alert.id} if "{id}" in operation.path else None
    headers = {"Authorization": f"Bearer {secret}"}

    @settings(
        max_examples=max(1, EXAMPLES),
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        nonlocal count
        count += 1
        if real and mode is GenerationMode.POSITIVE:
            case.path_parameters = {**case.path_parameters, **real}
        answer = case.call(headers=headers)
        checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS
        case.validate_response(answer, checks=checks)

    with suppress(Unsatisfiable):  # nothing can be wrong about what takes nothing
        ask()
    return count
