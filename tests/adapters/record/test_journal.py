"""Journal entries come back bit for bit, take little room, and never pass for what they are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from em_engine.record import journal
from em_engine.record.columns import pack, unpack
from em_engine.record.journal import Inputs, JournalCorrupt, Rules, Wake, decode, encode, entries_after
from em_engine.record.sqlite import SqliteRecord
from em_engine.vocabulary import BEFORE_ALL, NEVER, REPORT, SECOND, Batch, blank_reports


def same(left, right):
    return left.devices == right.devices and left.rows.tobytes() == right.rows.tobytes()


def realistic(count=1000, *, seed=7):
    """Fixes as tags send them in a minute: one a device, whole seconds, seven decimals."""
    random = np.random.default_rng(seed)
    rows = blank_reports(count)
    rows["device"] = np.arange(count)
    rows["seq"] = random.integers(1_000, 90_000, count)
    rows["received_at"] = 1_795_000_000 * SECOND + np.cumsum(random.exponential(60, count)).astype(np.int64)
    rows["at"] = (rows["received_at"] - random.exponential(2e6, count).astype(np.int64)) // SECOND * SECOND
    rows["sent_at"] = rows["at"] + random.integers(0, 4, count) * SECOND
    rows["lon"] = np.round(10.75 + random.normal(0, 0.2, count), 7)
    rows["lat"] = np.round(59.91 + random.normal(0, 0.1, count), 7)
    rows["accuracy_m"] = np.round(random.gamma(3, 4, count), 1)
    is_still = random.random(count) < 0.6
    rows["speed_mps"] = np.where(is_still, 0, np.round(random.gamma(2, 1, count), 1))
    rows["heading_deg"] = np.where(is_still, np.nan, np.round(random.uniform(0, 360, count)))
    rows["hdop"] = np.round(random.gamma(4, 0.3, count), 1)
    rows["satellites"] = random.integers(4, 14, count)
    rows["source"] = np.where(random.random(count) < 0.9, 1, 2)
    devices = tuple(f"{352_000_000_000_000 + int(n)}" for n in random.integers(0, 10**9, count))
    return Batch(devices=devices, rows=rows)


def arbitrary(seed):
    """Rows whose every column is, by lot: unknown, one value, steps, exact decimals, or any bits at all."""
    random = np.random.default_rng(seed)
    rows = blank_reports(int(random.integers(0, 60)))
    for name in REPORT.names:
        bits = np.frombuffer(random.bytes(len(rows) * REPORT[name].itemsize), REPORT[name])
        with np.errstate(invalid="ignore"):
            column = [
                rows[name],
                bits[:1].repeat(len(rows)),
                np.arange(len(rows)) * 7,
                np.where(
                    random.random(len(rows)) < 0.8, random.integers(-180, 180, len(rows)) / 100, rows[name]
                ),
                bits,
            ][random.integers(5)]
            rows[name] = column.astype(REPORT[name])
    return rows


devices_of = st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=4)


@given(seed=st.integers(0, 2**32), devices=devices_of)
@settings(max_examples=150, deadline=None)
def test_any_batch_comes_back_bit_for_bit(seed, devices):
    batch = Batch(devices=tuple(devices), rows=arbitrary(seed))
    assert same(decode(encode(Inputs(batch=batch))).batch, batch)


@given(
    bits=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8),
    decimals=st.none() | st.integers(0, 7),
    kind=st.sampled_from(["f8", "f4", "i8", "i4", "i2", "i1"]),
)
@settings(max_examples=300, deadline=None)
def test_any_bits_of_a_column_come_back(bits, decimals, kind):
    """Payloads of NaN, signalling ones among them, minus zero, infinities and the ends of every range."""
    column = np.array(bits, dtype=np.uint64).view(kind)
    back, rest = unpack(memoryview(pack(column, decimals=decimals) + b"next"), len(column), column.dtype)
    assert back.dtype == column.dtype
    assert back.tobytes() == column.tobytes()
    assert bytes(rest) == b"next"


@pytest.mark.parametrize(
    "values",
    [
        [0.1, np.nan, 59.9139, -179.9999999],
        [np.nan, np.nan],
        [-0.0, 0.0],
        [np.inf, -np.inf, 1.5],
        [1e300, 1.0],
        [5e-324, 1.0],
        [59.91390001, 59.9139],
        [2.0**52 / 10**7, 1.0],
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_awkward_floats_come_back(values, dtype):
    with np.errstate(over="ignore"):
        column = np.array(values).astype(dtype)
    back, _ = unpack(memoryview(pack(column, decimals=7)), len(column), column.dtype)
    assert back.tobytes() == column.tobytes()


def test_a_realistic_batch_comes_back_and_takes_at_most_fifty_bytes_a_fix():
    batch = realistic()
    data = encode(Inputs(batch=batch))
    assert same(decode(data).batch, batch)
    assert len(data) / len(batch) <= 50


def test_extremes_of_time_come_back():
    rows = blank_reports(3)
    rows["at"] = [BEFORE_ALL, NEVER, 0]
    rows["sent_at"] = [NEVER, BEFORE_ALL, BEFORE_ALL]
    rows["received_at"] = [BEFORE_ALL, 0, NEVER]
    batch = Batch(devices=("tag",), rows=rows)
    assert same(decode(encode(Inputs(batch=batch))).batch, batch)


@pytest.mark.parametrize("entry", [Wake(at=0), Wake(at=-5), Wake(at=NEVER), Rules(revision="æ 1", at=12)])
def test_wakes_and_rules_come_back(entry):
    assert decode(encode(entry)) == entry


def test_the_same_batch_gives_the_same_bytes():
    assert encode(Inputs(batch=realistic())) == encode(Inputs(batch=realistic()))


def test_the_layout_that_is_written_holds_every_field_of_a_report():
    """A field added to REPORT needs a new layout here, or it would be forgotten silently."""
    written = {name for name, _ in journal._COLUMNS[journal._VERSION]}
    assert written == set(REPORT.names)


def test_the_bytes_of_the_first_layout_can_always_be_read():
    """Written by the first version of this file: the journals of engines in service look like this."""
    rows = blank_reports(2)
    rows["device"], rows["seq"] = [0, 1], [41, 7]
    rows["at"] = rows["received_at"] = 1_795_000_000 * SECOND
    rows["lon"], rows["lat"], rows["source"] = [10.7579, 10.5], [59.9231, np.nan], 1
    stored = bytes.fromhex(FIRST_LAYOUT)
    assert same(decode(stored).batch, Batch(devices=("tag-0017", "phone-0003"), rows=rows))


@pytest.mark.parametrize("entry", [Wake(at=12), Rules(revision="r1", at=12), Inputs(batch=realistic(20))])
def test_an_entry_with_any_bit_flipped_is_refused_by_its_position(entry):
    data = encode(entry)
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 8)
        with pytest.raises(JournalCorrupt, match="position 17") as refused:
            decode(bytes(flipped), position=17)
        assert refused.value.position == 17


def test_an_entry_torn_anywhere_is_refused():
    data = encode(Inputs(batch=realistic(20)))
    for length in range(len(data)):
        with pytest.raises(JournalCorrupt):
            decode(data[:length], position=3)


def test_entries_are_read_from_the_record_and_a_damaged_one_is_named(tmp_path):
    record = SqliteRecord(tmp_path / "record.db")
    with record.transaction() as writing:
        writing.append_journal(encode(Wake(at=1)))
        writing.append_journal(encode(Wake(at=2))[:-1] + b"\0")
    with record.reading() as reading:
        entries = entries_after(reading, 0)
        assert next(entries) == (1, Wake(at=1))
        with pytest.raises(JournalCorrupt, match="position 2"):
            next(entries)
    record.close()


FIRST_LAYOUT = (
    "454d4a01017801636260601005e2492b4a12d3750d0c0ccd571564e4e7a5029906c66f151818fe33323002e541180b68804a"
    "dffb0f019aa86a1afe43751ac4337627b03130c068883242d2ec10bb4f2cbd0136bda22d1368041c3440a5a156ff97e8daae"
    "0c921487d250bb612e87d150fd0d00ca6e31fb1947ad43"
)
