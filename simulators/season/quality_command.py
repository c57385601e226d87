"""`em bench quality`: our engine beside what people use today over a season, share by share.

With a folder every share that is finished is kept, and the same command goes on where it stopped.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from simulators.season.contest import judge, judge_cases
from simulators.season.identity import law_identity
from simulators.season.in_hand import Hand, Which
from simulators.season.progress import Progress, span_told
from simulators.season.recorded import missing_in, recordings
from simulators.season.report import Quality, added
from simulators.season.shares import FolderTakenError, Share, Shares, cuts, held
from simulators.season.world import DAYS_MAX
from simulators.workers import Tell, WorkerLostError, spread, workers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityWish:
    """How large a contest was asked for: the standard season unless told otherwise."""

    tags: int = 1_000
    days: int = 30
    seed: int = 1
    curve: Path | None = None
    tracks: Path | None = None
    folder: Path | None = None
    is_so_far: bool = False  # what the folder holds, and no more is judged
    workers: int | None = None  # every core of the machine

    @classmethod
    def of(
        cls,
        *,
        tags: int | None,
        days: int | None,
        small: bool,
        seed: int,
        curve: Path | None,
        tracks: Path | None,
        folder: Path | None,
        so_far: bool,
    ) -> "QualityWish":
        """What is not given is the standard season's, or the small one's."""
        usual = cls(tags=60, days=2) if small else cls()
        return cls(
            tags=tags or usual.tags,
            days=days or usual.days,
            seed=seed,
            curve=curve,
            tracks=tracks,
            folder=folder,
            is_so_far=so_far,
        )

    @property
    def which(self) -> Which:
        """The season, under the law that this code is."""
        return Which(seed=self.seed, days=self.days, law=law_identity())

    @property
    def device_days(self) -> int:
        """Of the whole."""
        return self.tags * self.days


def quality_command(wish: QualityWish, *, as_json: bool) -> int:
    """Prints the contestants side by side and what is reached, and draws their curve; 1 where something to be
    reached is not, 2 where there is nothing to print."""
    if wish.days > DAYS_MAX:
        click.echo(f"a season has at most {DAYS_MAX} days", err=True)
        return 2
    if wish.is_so_far and wish.folder is None:
        click.echo("--so-far goes with --folder: it prints what is kept there", err=True)
        return 2
    try:
        shares = _shares(wish)
    except (OSError, FolderTakenError, WorkerLostError) as error:
        click.echo(str(error), err=True)
        return 2
    if not shares:
        click.echo(f"{wish.folder}: nothing is judged yet of {wish.which}", err=True)
        return 2
    return _printed(wish, shares, as_json=as_json)


# Judging --------------------------------------------------------------------------------------


def _shares(wish: QualityWish) -> list[Share]:
    """All shares of the season, those that are missing judged and kept."""
    with ExitStack() as stack:
        folder = wish.folder
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="em-season-")))
        elif not wish.is_so_far:
            stack.enter_context(held(folder))
        shares = Shares(folder, wish.which, tags=wish.tags)
        for told in shares.left_aside:
            click.echo(f"{folder}: {told}: left aside", err=True)
        for hand in shares.in_hand:
            done = f"{hand.reached.day} of {wish.days} days"
            click.echo(f"{folder}: in hand: cases {hand.first} to {hand.last}, {done}", err=True)
        if not wish.is_so_far:
            _judge_the_rest(wish, shares)
        return shares.found


def _judge_the_rest(wish: QualityWish, shares: Shares) -> None:
    workers = workers_of(wish.workers)
    missing = cuts(shares.found, shares.in_hand, tags=wish.tags, workers=workers)
    begun = sum(hand.done * len(hand.numbers) for hand in shares.in_hand)
    progress = Progress(sys.stderr, kept=shares.found, missing=missing, begun=begun)
    which = wish.which
    judge_share = partial(share_of, seed=wish.seed, days=wish.days, folder=wish.folder)
    for share in spread(judge_share, missing, workers=workers, tell=progress.tell):
        if share.of != which:
            raise WorkerLostError("the code was changed as the season began: run the same command again")
        shares.keep(share)
        progress.finish()


def share_of(numbers: range, tell: Tell, *, seed: int, days: int, folder: Path | None) -> Share:
    """These cases lived and judged, here and now; `tell` hears how many cases more are done. At each midnight
    it is kept in the folder, and goes on from there."""
    which = Which(seed=seed, days=days, law=law_identity())  # of the code as it was loaded
    hand = Hand(folder, which, numbers)
    quality = judge_cases(
        seed=seed,
        numbers=numbers,
        days=days,
        tell=lambda part: tell(part * len(numbers)),
        reached=hand.reached,
        keep=hand.keep,
    )
    return Share(of=which, first=numbers[0], last=numbers[-1], cpu_s=hand.cpu_s, quality=quality)


# Printing -------------------------------------------------------------------------------------


def _printed(wish: QualityWish, shares: list[Share], *, as_json: bool) -> int:
    result = added([share.quality for share in shares])
    taken, why_not = _recordings(wish)
    if as_json:
        recorded = None if taken is None else taken.as_json()
        season = _season(wish, shares)
        click.echo(json.dumps({"season": season} | result.as_json() | {"recordings": recorded}, indent=2))
    else:
        recorded_told = f"skipped: {why_not}" if taken is None else f"\n{taken.contestants()}"
        click.echo("\n".join([*_told(wish, shares), "", result.table(), "", f"recordings: {recorded_told}"]))
    if wish.curve is not None:
        first = next(_told(wish, shares))
        wish.curve.write_text(result.curve(f"Missed against nuisance: {first}"), encoding="utf-8")
    return int(not all(reach.is_reached for reach in result.reaches()))


def _told(wish: QualityWish, shares: list[Share]) -> Iterator[str]:
    """What all the figures are about."""
    judged_days = sum(share.device_days for share in shares)
    whole = f"{wish.tags:,} wearers, {'1 day' if wish.days == 1 else f'{wish.days} days'}, seed {wish.seed}"
    if judged_days < wish.device_days:
        whole = f"so far {judged_days:,} of {wish.device_days:,} device-days of {whole}"
    yield whole
    cpu_s = sum(share.cpu_s for share in shares)
    yield (
        f"{judged_days:,} device-days in {len(shares)} shares, {span_told(cpu_s)} of CPU"
        f" ({cpu_s / judged_days:.2f} s a device-day), law {wish.which.law}"
    )


def _season(wish: QualityWish, shares: list[Share]) -> dict[str, object]:
    """What all the figures are about, as data."""
    judged_days = sum(share.device_days for share in shares)
    return {
        "seed": wish.seed,
        "tags": wish.tags,
        "days": wish.days,
        "law": wish.which.law,
        "device_days": judged_days,
        "is_whole": judged_days == wish.device_days,
        "shares": len(shares),
        "cpu_s": round(sum(share.cpu_s for share in shares), 1),
    }


def _recordings(wish: QualityWish) -> tuple[Quality | None, str]:
    """The contest over real tracks, or why there is none."""
    if wish.is_so_far:
        return None, "--so-far judges nothing"
    if wish.tracks is None:
        return None, "--tracks names the folder that holds them"
    if missing := missing_in(wish.tracks):
        return None, f"{wish.tracks} lacks {', '.join(missing)}"
    return judge(recordings(wish.tracks)), ""
