"""Parquet tracks: the table of a CSV track in columns, read and written a part at a time.

It is the one track file that holds a month of a thousand tags: 52 million reports are 1.2 GB, and nobody
needs to hold them whole. Columns are named and filled as in CSV; words stand as words, times carry their
zone, what is unknown is null. What we wrote ourselves is taken as it is; other files are checked row by row.

Needs the extra `history` (pyarrow).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from em_engine.rulebook.coded import Said
from em_engine.vocabulary import BEFORE_ALL, REPORT, Batch, Indices, Micros, Rows, Source, blank_reports
from simulators.tracks.checked import sound
from simulators.tracks.track import CHUNK_ROWS, FAULTS_KEPT, Collector, Fault, Track, TrackRefused, unopened
from simulators.tracks.values import CLOSED, EVENTS, KINDS, RANGE, RESULTS, YES_NO, source_named, source_words

HELD_MAX: Final = 20_000_000
"""So many reports are held in memory at most, where a command needs the whole track: 2 GB."""
GROUP_ROWS: Final = 1 << 18
_MARK: Final = b"em_engine"
_LAYOUT: Final = 1
_TIMES: Final[Mapping[str, str]] = {"at": "time_utc", "sent_at": "sent_at", "received_at": "received_at"}
_NUMBERS: Final = ("lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "hdop", "battery_pct")
_WHOLE: Final = ("seq", "satellites")
_WORDS: Final[Mapping[str, tuple[str, Mapping[str, int]]]] = {
    "kind": ("kind", KINDS),
    "source": ("source", source_words()),
    "charging": ("charging", YES_NO),
    "strap_closed": ("strap", CLOSED),
    "case_closed": ("case", CLOSED),
    "beacon_in_range": ("beacon", RANGE),
    "motion": ("motion", YES_NO),
    "event": ("event", EVENTS),
    "result": ("result", RESULTS),
}
_UNSAID: Final = {"kind": KINDS["fix"], "source": int(Source.GNSS), "event": 0, "result": 0}
"""What a row means that leaves the word out; -1 for the others."""
_REQUIRED: Final = ("device_id", "time_utc", "lat", "lon")
_COLUMN: Final[Mapping[str, str]] = {
    "device": "device_id",
    **_TIMES,
    **{name: name for name in (*_NUMBERS, *_WHOLE)},
    **{name: column for name, (column, _) in _WORDS.items()},
}


def needed(path: Path) -> Any:
    """The library that reads and writes these files. Raises TrackRefused where it is not installed."""
    try:
        import pyarrow.parquet
    except ImportError:
        told = "Parquet needs pyarrow: pip install 'em-engine[history]', or use CSV"
        raise Collector(path).refuse(1, 1, Said("track.pyarrow", told)) from None
    return pyarrow


# Reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A Parquet file, read again whenever its reports are asked for."""

    path: Path
    devices: tuple[str, ...]
    faults: tuple[Fault, ...] = ()
    faults_total: int = 0
    notes: tuple[str, ...] = ()
    _named: tuple[str, ...] = field(repr=False)  # as the file names them
    _count: int = field(repr=False)
    _is_ours: bool = field(repr=False)

    @property
    def name(self) -> str:
        """The file's name."""
        return str(self.path)

    def __len__(self) -> int:
        return self._count

    def chunks(self, *, only: Sequence[str] = ()) -> Iterator[Rows]:
        """All reports in order of arrival, some at a time."""
        numbers = {name: number for number, name in enumerate(self._named)}
        if self._is_ours:
            yield from (rows for rows, _ in _parts(self.path, numbers, only or tuple(_COLUMN)))
        else:
            yield from (rows for rows, _, _ in _checked(self.path, numbers))


def opened(path: Path) -> Stored:
    """The track in a Parquet file, to be read when it is asked for. Raises TrackRefused.

    A file of others is gone through once: rows that cannot be read are set aside and told.
    """
    devices, count = _mark(path)
    if devices is not None:
        return Stored(path=path, devices=devices, _named=devices, _count=count, _is_ours=True)
    numbers: dict[str, int] = {}
    faults, total, kept = list[Fault](), 0, 0
    for rows, first, misread in _checked(path, numbers):
        kept += len(rows)
        total += sum(len(which) for which, _ in misread)
        told = ((first + int(row) + 1, why) for which, why in misread for row in which)
        for line, why in sorted(told)[: FAULTS_KEPT - len(faults)]:
            faults.append(Fault(file=str(path), line=line, column=1, message=why))
    if faults and not kept:
        raise TrackRefused(*faults)
    named = tuple(numbers)
    return Stored(
        path=path, devices=named, faults=tuple(faults), faults_total=total, _named=named, _count=kept,
        _is_ours=False,
    )  # fmt: skip


def read(path: Path) -> Track:
    """The whole track in a Parquet file. Raises TrackRefused, also where it is too much to hold."""
    stored = opened(path)
    if len(stored) > HELD_MAX:
        told = "{:,} reports are more than are held at once; em rules backtest and diff take them"
        raise Collector(path).refuse(1, 1, Said("track.many", told, len(stored)))
    rows = np.concatenate([blank_reports(0), *stored.chunks()])
    return Track(
        name=stored.name, devices=stored.devices, rows=rows, faults=stored.faults,
        faults_total=stored.faults_total, notes=stored.notes,
    )  # fmt: skip


def _file(path: Path, **how: Any) -> Any:
    arrow = needed(path)
    try:
        return arrow.parquet.ParquetFile(path, memory_map=True, pre_buffer=False, **how)
    except OSError as error:
        raise Collector(path).refuse(1, 1, unopened(error)) from None
    except arrow.ArrowInvalid as error:
        raise Collector(path).refuse(1, 1, Said("track.parquet", "is no Parquet file")) from error


def _mark(path: Path) -> tuple[tuple[str, ...] | None, int]:
    """The devices of a file that we wrote ourselves, else None; and how many rows there are."""
    with _file(path) as file:
        mark = (file.schema_arrow.metadata or {}).get(_MARK)
        tail = file.metadata.metadata or {}
        told = json.loads(tail.get(_MARK) or mark or b"{}")
        is_ours = isinstance(told, dict) and told.get("layout") == _LAYOUT
        return tuple(told["devices"]) if is_ours else None, file.metadata.num_rows


def _parts(
    path: Path, numbers: dict[str, int], fields: Sequence[str]
) -> Iterator[tuple[Rows, Mapping[str, NDArray[Any]]]]:
    """The rows as they stand in the file, and which words in them are none; devices are numbered as met."""
    arrow = needed(path)
    with _file(path) as file:
        names = set(file.schema_arrow.names)
        _refuse_form(path, file.schema_arrow, arrow)
    words = names & {"device_id", *(column for column, _ in _WORDS.values())}
    with _file(path, read_dictionary=sorted(words)) as file:
        columns = [_COLUMN[name] for name in fields if _COLUMN[name] in names]
        try:
            for part in file.iter_batches(CHUNK_ROWS, columns=columns, use_threads=False):
                yield _rows(part, numbers, arrow)
        except (OSError, arrow.ArrowInvalid) as error:
            raise Collector(path).refuse(1, 1, Said("track.damaged", "is damaged")) from error


def _rows(part: Any, numbers: dict[str, int], arrow: Any) -> tuple[Rows, Mapping[str, NDArray[Any]]]:
    rows, strange = blank_reports(len(part)), dict[str, NDArray[Any]]()
    names = set(part.schema.names)
    for name in (name for name, column in _COLUMN.items() if column in names):
        column = part.column(_COLUMN[name])
        if name in ("device", *_WORDS) and not arrow.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        if name == "device":
            rows[name] = _devices(column, numbers)
        elif name in _TIMES:
            told = column.cast(arrow.timestamp("us", tz="UTC"), safe=False).cast(arrow.int64())
            rows[name] = told.fill_null(BEFORE_ALL).to_numpy(zero_copy_only=False)
        elif name in _WORDS:
            rows[name], strange[name] = _codes(name, column)
        elif name in _WHOLE:
            told = column.cast(arrow.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
            limit = np.iinfo(REPORT[name].type).max
            rows[name], strange[name] = np.clip(told, -1, limit), np.flatnonzero((told < -1) | (told > limit))
        else:
            rows[name] = column.cast(arrow.float64()).to_numpy(zero_copy_only=False)
    return rows, strange


def _devices(column: Any, numbers: dict[str, int]) -> NDArray[Any]:
    """The number of each row's device; -1 where it has none."""
    known = [numbers.setdefault(name, len(numbers)) if name else -1 for name in column.dictionary.to_pylist()]
    indices: Indices = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.array([*known, -1])[indices]


def _codes(name: str, column: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """What each row's word means, and the rows whose word means nothing."""
    _, words = _WORDS[name]
    told = column.dictionary.to_pylist()
    unsaid = _UNSAID.get(name, -1)
    if name == "source":
        codes = [int(words[word]) if word in words else int(source_named(word or "")) for word in told]
    else:
        codes = [words.get(word, -2) if word else unsaid for word in told]
    each = np.array([*codes, unsaid])[column.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return np.where(each == -2, unsaid, each), np.flatnonzero(each == -2)


def _refuse_form(path: Path, schema: Any, arrow: Any) -> None:
    """Refuses a table whose columns are missing or of another form."""
    told = Collector(path)
    missing = [name for name in _REQUIRED if name not in schema.names]
    if missing:
        lacks = Said("track.columns", "it lacks the columns {}", ", ".join(missing))
        raise told.refuse(1, 1, lacks)
    words = {"device_id", *(column for column, _ in _WORDS.values())}
    for name in (name for name in _COLUMN.values() if name in schema.names):
        type_ = schema.field(name).type
        if name in words:
            text = type_.value_type if arrow.types.is_dictionary(type_) else type_
            is_right, wanted = arrow.types.is_string(text) or arrow.types.is_large_string(text), _TEXT
        elif name in _TIMES.values():
            is_right, wanted = arrow.types.is_timestamp(type_) and type_.tz is not None, _TIME
        else:
            is_right = arrow.types.is_floating(type_) or arrow.types.is_integer(type_)
            wanted = _NUMBER
        if not is_right:
            why = Said("track.column", "its column {} holds {}, not {}", name, str(type_), wanted)
            raise told.refuse(1, 1, why)


_TEXT: Final = Said("track.a-text", "text")
_TIME: Final = Said("track.a-time", "times with a zone")
_NUMBER: Final = Said("track.a-number", "numbers")


def _checked(
    path: Path, numbers: dict[str, int]
) -> Iterator[tuple[Rows, int, Sequence[tuple[NDArray[Any], Said]]]]:
    """The sound rows of a file of others; the number of the first; and which were set aside, and why."""
    first, clock = 0, BEFORE_ALL
    for rows, strange in _parts(path, numbers, tuple(_COLUMN)):
        is_sound, misread = sound(rows, strange)
        kept = rows[is_sound]
        kept["received_at"] = np.maximum.accumulate(
            np.maximum(np.maximum(kept["at"], kept["received_at"]), clock)
        )
        clock = _last(kept, clock)
        yield kept, first, misread
        first += len(rows)


def _last(rows: Rows, clock: Micros) -> Micros:
    return int(rows["received_at"][-1]) if len(rows) else clock


# Writing --------------------------------------------------------------------------------------


def write(path: Path, batches: Iterable[Batch]) -> int:
    """Writes the reports, which are in order of arrival; the file gets its name when it is whole. How many.

    Raises TrackRefused where the library is missing, OSError where the file cannot be written.
    """
    arrow = needed(path)
    building = path.with_name(f".{path.name}.unfinished")
    try:
        count = _write(building, batches, arrow)
        building.replace(path)
    finally:
        building.unlink(missing_ok=True)
    return count


def _write(path: Path, batches: Iterable[Batch], arrow: Any) -> int:
    schema, numbers, count = _schema(arrow), dict[str, int](), 0
    with arrow.parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for rows in _groups(batches, numbers):
            columns = _columns(rows, tuple(numbers), arrow)
            file.write_table(arrow.Table.from_arrays(columns, schema=schema), row_group_size=GROUP_ROWS)
            count += len(rows)
        mark = json.dumps({"layout": _LAYOUT, "devices": list(numbers)})
        file.add_key_value_metadata({_MARK.decode(): mark})
    return count


def _groups(batches: Iterable[Batch], numbers: dict[str, int]) -> Iterator[Rows]:
    """The rows in large parts, their devices numbered through."""
    held, count = list[Rows](), 0
    for batch in batches:
        places = np.array([numbers.setdefault(name, len(numbers)) for name in batch.devices], dtype=np.int32)
        rows = batch.rows.copy()
        rows["device"] = places[rows["device"]]
        held.append(rows)
        count += len(rows)
        if count >= GROUP_ROWS:
            yield np.concatenate(held)
            held, count = [], 0
    if count:
        yield np.concatenate(held)


def _schema(arrow: Any) -> Any:
    def type_of(name: str) -> Any:
        if name in _TIMES:
            return arrow.timestamp("us", tz="UTC")
        if name == "device" or name in _WORDS:
            return arrow.dictionary(arrow.int32() if name == "device" else arrow.int8(), arrow.string())
        return arrow.from_numpy_dtype(REPORT[name])

    return arrow.schema([(column, type_of(name)) for name, column in _COLUMN.items()])


def _columns(rows: Rows, devices: Sequence[str], arrow: Any) -> list[Any]:
    return [_column(name, rows[name], devices, arrow) for name in _COLUMN]


def _column(name: str, values: NDArray[Any], devices: Sequence[str], arrow: Any) -> Any:
    if name == "device":
        names = arrow.array(devices, type=arrow.string())
        return arrow.DictionaryArray.from_arrays(arrow.array(values, type=arrow.int32()), names)
    if name in _TIMES:
        held = np.ascontiguousarray(values)
        told = arrow.array(held, mask=held == BEFORE_ALL, type=arrow.int64())
        return told.cast(arrow.timestamp("us", tz="UTC"))
    if name in _WORDS:
        return _written(name, values, arrow)
    held = np.ascontiguousarray(values)
    is_unknown = held == -1 if name in _WHOLE else np.isnan(held)
    return arrow.array(held, mask=is_unknown, type=arrow.from_numpy_dtype(REPORT[name]))


def _written(name: str, values: NDArray[Any], arrow: Any) -> Any:
    """Codes as words; null where nothing was said."""
    _, words = _WORDS[name]
    place = {code: number for number, code in enumerate(words.values())}
    table = np.full(128, -1, dtype=np.int8)
    table[list(place)] = list(place.values())
    indices = np.where(values < 0, -1, table[values])
    told = arrow.array(indices, mask=indices < 0, type=arrow.int8())
    return arrow.DictionaryArray.from_arrays(told, arrow.array(list(words), type=arrow.string()))
