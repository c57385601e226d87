-- The journal: one entry per commit. AUTOINCREMENT, so that a position is never given twice though entries
-- are trimmed.
CREATE TABLE journal (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    entry    BLOB NOT NULL
) STRICT;

-- The state as of a journal position, with the CRC-32 of the blob.
CREATE TABLE snapshots (
    position INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    blob     BLOB NOT NULL
) STRICT;

-- Alerts: the whole of one in body (JSON), the other columns to find and order it by.
CREATE TABLE alerts (
    id        TEXT PRIMARY KEY,
    is_closed INTEGER NOT NULL CHECK (is_closed IN (0, 1)),
    urgency   INTEGER NOT NULL,
    waiting   INTEGER NOT NULL,
    case_id   TEXT NOT NULL,
    order_id  TEXT NOT NULL,
    condition TEXT NOT NULL,
    type      TEXT NOT NULL,
    wearer    TEXT NOT NULL,
    device    TEXT,
    body      BLOB NOT NULL
) STRICT;

-- The queue is read from its top.
CREATE INDEX alerts_by_urgency ON alerts (is_closed, urgency, waiting, id);

-- A case's alerts, for its page.
CREATE INDEX alerts_by_case ON alerts (case_id, is_closed, urgency, waiting, id);

-- Everything that ever happened to an alert, in one numbered row of history. Nothing is changed or removed.
CREATE TABLE history (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    alert   TEXT NOT NULL,
    what    TEXT NOT NULL,
    by      TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;

-- One alert's history.
CREATE INDEX history_by_alert ON history (alert, number);

-- Messages that could not be read.
CREATE TABLE quarantine (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    topic       TEXT NOT NULL,
    device      TEXT,
    reason      TEXT NOT NULL,
    payload     BLOB NOT NULL
) STRICT;

-- Kept positions, laid out in the order they are read in: a case's, by time.
CREATE TABLE positions (
    case_id    TEXT NOT NULL,
    person     TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('wearer', 'protected')),
    device     TEXT NOT NULL,
    fixed_at   INTEGER NOT NULL,
    lon        REAL NOT NULL,
    lat        REAL NOT NULL,
    accuracy_m REAL, -- NULL is unknown: SQLite has no NaN
    source     INTEGER NOT NULL,
    in_breach  INTEGER NOT NULL CHECK (in_breach IN (0, 1)),
    PRIMARY KEY (case_id, fixed_at, device)
) STRICT, WITHOUT ROWID;

-- Reports missing in a device's count.
CREATE TABLE holes (
    device    TEXT NOT NULL,
    from_seq  INTEGER NOT NULL,
    to_seq    INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    asked_at  INTEGER,
    filled_at INTEGER,
    PRIMARY KEY (device, from_seq)
) STRICT, WITHOUT ROWID;

-- Those still open are few; the filled ones are kept to be counted.
CREATE INDEX holes_open ON holes (seen_at, device, from_seq) WHERE filled_at IS NULL;

-- The files of every rulebook revision that has judged.
CREATE TABLE rulebooks (
    revision      TEXT PRIMARY KEY,
    files         BLOB NOT NULL,
    first_used_at INTEGER NOT NULL
) STRICT;

-- Small things to remember, such as how far a feed has been sent.
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
