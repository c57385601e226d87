"""Every command and every option of `em` says what it is for."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from em_engine.__main__ import main


def commands(command: click.Command, *names: str) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(["em", *names]), command
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from commands(one, *names, name)


EVERY = dict(commands(main))
each_command = pytest.mark.parametrize("name", EVERY)


@each_command
def test_a_command_says_what_it_does(name: str) -> None:
    said = EVERY[name].help or ""
    assert said.strip(), f"em_engine/__main__.py: {name} needs a docstring, which is its help"
    assert said.strip().endswith((".", ":", "?")), f"em_engine/__main__.py: the help of {name} is no sentence"


@each_command
def test_every_option_says_what_it_does(name: str) -> None:
    silent = [
        option.opts[0]
        for option in EVERY[name].params
        if isinstance(option, click.Option) and not option.hidden and not option.help
    ]
    assert not silent, f"em_engine/__main__.py: {name}: help for {', '.join(silent)}"


@each_command
def test_help_is_given_and_fits(name: str) -> None:
    shown = CliRunner().invoke(main, [*name.split()[1:], "--help"], prog_name="em", terminal_width=100)
    assert shown.exit_code == 0
    assert name in shown.output
    assert max(map(len, shown.output.splitlines())) <= 100


@each_command
def test_an_unknown_option_is_bad_input(name: str) -> None:
    assert CliRunner().invoke(main, [*name.split()[1:], "--no-such-option"]).exit_code == 2
