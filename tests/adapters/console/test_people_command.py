"""`em user` and `em webhooks` at the command line."""

import json
import re
from contextlib import closing

import pytest
from click.testing import CliRunner

from em_engine.commands.people import user
from em_engine.commands.webhooks import webhooks
from em_engine.runners.webhook_store import WebhookStore
from em_engine.runners.webhooks import secret_in


@pytest.fixture
def em(tmp_path):
    def run(group, *words, code=0):
        made = CliRunner().invoke(group, [*words, "--data", str(tmp_path)])
        assert made.exit_code == code, made.output
        return made.output

    return run


def test_an_account_is_added_limited_and_ended(em):
    assert "may sign in with" in em(user, "add", "pia", "--role", "police", "--desk", "police")
    em(user, "limit", "pia", "--desk", "police", "--programme", "contact-ban")
    (told,) = map(json.loads, em(user, "list", "--json").splitlines())
    assert told == {
        "name": "pia",
        "roles": ["police"],
        "desks": ["police"],
        "programmes": ["contact-ban"],
    }
    assert "only police, contact-ban" in em(user, "list")
    assert "is no programme" in em(user, "limit", "pia", "--programme", "lunch", code=2)
    assert "is no role" in em(user, "role", "pia", "cook", code=2)
    em(user, "remove", "pia")
    assert em(user, "list") == ""


def test_a_token_is_printed_once_listed_and_revoked(em):
    em(user, "add", "pia", "--role", "operator")
    secret = em(user, "token", "pia", "--scope", "alerts:read", "--label", "log", "--days", "1").strip()
    assert re.fullmatch(r"em_[\w-]{40,}", secret)
    listed = em(user, "tokens")
    assert "alerts:read" in listed
    assert secret not in listed
    assert "is no scope" in em(user, "token", "pia", "--scope", "everything", code=2)
    assert em(user, "token", "pia", "--label", "log", "--revoke") == "1 tokens ended\n"


def test_dead_letters_are_listed_and_go_out_again(em, tmp_path):
    assert "no webhook was ever told" in em(webhooks, "list", code=2)
    with closing(WebhookStore(tmp_path / "webhooks.sqlite3")) as store:
        store.told("log", 6)
        store.bury("log", 7, at=0, attempts=5, reason="answered 422")
    assert em(webhooks, "dead") == "log 7  1970-01-01T00:00:00.000Z  5 times: answered 422\n"
    assert em(webhooks, "list") == "log: told, up to 7\n"
    assert "1 dead letters" in em(webhooks, "retry", "log")
    assert em(webhooks, "list") == "log: told, up to 6\n"


def test_a_new_secret_is_one_that_the_settings_take():
    made = CliRunner().invoke(webhooks, ["secret"])
    assert len(secret_in(made.output.strip())) == 32
