"""What the commands of `em` share: how arguments are read, and how bad input is refused."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import click

from em_engine.vocabulary import Micros, parse_rfc3339

Folder = click.Path(path_type=Path, file_okay=False)
File = click.Path(path_type=Path, dir_okay=False)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")


class InstantType(click.ParamType[Micros]):
    """RFC 3339 with an offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Micros:
        """The instant in microseconds; fails where the text is no time or carries no offset."""
        try:
            return value if isinstance(value, int) else parse_rfc3339(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class SpeedType(click.ParamType[float | None]):
    """`max`, or how many times as fast as life."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | None:
        """The number; None for `max`."""
        if value is None or value == "max":
            return None
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not speed > 0.0:
            self.fail(f"{value!r} is neither max nor a number above 0", param, ctx)
        return speed


def now() -> Micros:
    """What the machine's clock says."""
    from em_engine.ingest.delivery import system_clock

    return system_clock()


def refuse(message: object) -> NoReturn:
    """Bad input: say what, leave with 2."""
    click.echo(str(message), err=True)
    raise SystemExit(2)


@contextlib.contextmanager
def clean_refusals(*also: type[Exception]) -> Iterator[None]:
    """What a user can mend is told in a line, without a traceback; `also` what one command adds to that."""
    from em_engine.ingest.broker import BrokerError
    from em_engine.record.interface import RecordError
    from em_engine.rulebook import RulebookRefused
    from em_engine.rulebook.releases import ReleaseRefused
    from em_engine.settings import SettingsRefused

    foreseen: tuple[type[Exception], ...] = (
        RulebookRefused,
        ReleaseRefused,
        SettingsRefused,
        RecordError,
        BrokerError,
        OSError,
        *also,
    )
    try:
        yield
    except foreseen as refusal:
        refuse(refusal)
    except BaseExceptionGroup as group:
        leaves = list(_leaves(group))
        if not all(isinstance(leaf, foreseen) for leaf in leaves):
            raise
        refuse("\n".join(map(str, leaves)))


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one
