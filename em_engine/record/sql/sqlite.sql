-- The statements of the SQLite store. A line `-- name: x` opens the statement that the code calls x.

-- name: newest_of
-- The last key a table ever gave out, whether or not its row is still there.
SELECT seq FROM sqlite_sequence WHERE name = ?;

-- name: append_journal
INSERT INTO journal (entry) VALUES (?);

-- name: journal_after
SELECT position, entry FROM journal WHERE position > ? ORDER BY position;

-- name: snapshots
-- Newest first, so that a damaged one gives way to the one before.
SELECT position, checksum, blob FROM snapshots ORDER BY position DESC;

-- name: save_snapshot
INSERT INTO snapshots (position, at, checksum, blob) VALUES (?, ?, ?, ?)
ON CONFLICT (position) DO UPDATE SET at = excluded.at, checksum = excluded.checksum, blob = excluded.blob;

-- name: drop_old_snapshots
DELETE FROM snapshots WHERE position NOT IN (SELECT position FROM snapshots ORDER BY position DESC LIMIT 2);

-- name: trim_journal
-- The older of the two kept snapshots needs everything after it. Without two of them the subquery is NULL,
-- and nothing goes.
DELETE FROM journal WHERE position IN (
    SELECT position FROM journal
    WHERE position < ?
      AND position <= (SELECT position FROM snapshots ORDER BY position DESC LIMIT 1 OFFSET 1)
    ORDER BY position LIMIT ?
);

-- name: alert
SELECT id, is_closed, urgency, waiting, case_id, order_id, condition, type, wearer, device, body
FROM alerts WHERE id = ?;

-- name: alerts
-- A parameter that is NULL does not narrow. is_closed is a range, so that open alerts are found without
-- reading the closed ones, which only grow. instr and not LIKE: what is searched for may hold % and _.
SELECT id, is_closed, urgency, waiting, case_id, order_id, condition, type, wearer, device, body
FROM alerts
WHERE is_closed BETWEEN :is_closed_min AND :is_closed_max
  AND (:case IS NULL OR case_id = :case)
  AND (:wearer IS NULL OR wearer = :wearer)
  AND (:type IS NULL OR type = :type)
  AND (:text IS NULL OR instr(
        lower(id || ' ' || case_id || ' ' || order_id || ' ' || condition || ' ' || type || ' ' || wearer
              || ' ' || coalesce(device, '')),
        lower(:text)))
ORDER BY is_closed, urgency, waiting, id
LIMIT :limit;

-- name: open_counts
SELECT urgency, count(*) FROM alerts WHERE is_closed = 0 GROUP BY urgency;

-- name: put_alert
INSERT INTO alerts (id, is_closed, urgency, waiting, case_id, order_id, condition, type, wearer, device, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    is_closed = excluded.is_closed, urgency = excluded.urgency, waiting = excluded.waiting,
    case_id = excluded.case_id, order_id = excluded.order_id, condition = excluded.condition,
    type = excluded.type, wearer = excluded.wearer, device = excluded.device, body = excluded.body;

-- name: append_history
INSERT INTO history (at, alert, what, by, payload) VALUES (?, ?, ?, ?, ?);

-- name: history
SELECT number, at, alert, what, by, payload FROM history WHERE number > ? ORDER BY number LIMIT ?;

-- name: alert_history
SELECT number, at, alert, what, by, payload FROM history WHERE alert = ? ORDER BY number;

-- name: quarantine
INSERT INTO quarantine (received_at, topic, device, reason, payload) VALUES (?, ?, ?, ?, ?);

-- name: bound_quarantine
-- Numbers have no gaps, so the newest n are those above the last number less n.
DELETE FROM quarantine WHERE number <= (SELECT seq FROM sqlite_sequence WHERE name = 'quarantine') - ?;

-- name: quarantined
SELECT number, received_at, topic, device, reason, payload
FROM quarantine WHERE number > ? ORDER BY number LIMIT ?;

-- name: keep_position
INSERT INTO positions (case_id, person, role, device, fixed_at, lon, lat, accuracy_m, source, in_breach)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (case_id, fixed_at, device) DO UPDATE SET in_breach = 1
WHERE excluded.in_breach = 1 AND positions.in_breach = 0;

-- name: positions
-- Newest first, so that the limit cuts the oldest away.
SELECT case_id, person, role, device, fixed_at, lon, lat, accuracy_m, source, in_breach
FROM positions
WHERE case_id = :case AND fixed_at >= :since AND fixed_at < :until AND (:role IS NULL OR role = :role)
ORDER BY fixed_at DESC, device DESC
LIMIT :limit;

-- name: last_position
SELECT case_id, person, role, device, fixed_at, lon, lat, accuracy_m, source, in_breach
FROM positions WHERE case_id = ? AND person = ? ORDER BY fixed_at DESC, device LIMIT 1;

-- name: forget_positions
DELETE FROM positions WHERE fixed_at < :before;

-- name: forget_positions_of_case
-- A statement of its own: with the case known the delete is a range of the primary key.
DELETE FROM positions WHERE case_id = :case AND fixed_at < :before;

-- name: put_hole
INSERT INTO holes (device, from_seq, to_seq, seen_at, asked_at, filled_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (device, from_seq) DO UPDATE SET
    to_seq = excluded.to_seq, seen_at = excluded.seen_at, asked_at = excluded.asked_at,
    filled_at = excluded.filled_at;

-- name: hole_torn_at
-- When the open hole was first seen that a number lies in; NULL where none does.
SELECT min(seen_at) FROM holes WHERE device = ? AND filled_at IS NULL AND ? BETWEEN from_seq AND to_seq;

-- name: open_holes
SELECT device, from_seq, to_seq, seen_at, asked_at, filled_at
FROM holes WHERE filled_at IS NULL AND (:device IS NULL OR device = :device)
ORDER BY seen_at, device, from_seq LIMIT :limit;

-- name: open_holes_count
SELECT count(*) FROM holes WHERE filled_at IS NULL;

-- name: keep_rulebook
INSERT INTO rulebooks (revision, files, first_used_at) VALUES (?, ?, ?) ON CONFLICT (revision) DO NOTHING;

-- name: rulebook
SELECT revision, files, first_used_at FROM rulebooks WHERE revision = ?;

-- name: rulebooks
SELECT revision, first_used_at FROM rulebooks ORDER BY first_used_at, revision;

-- name: setting
SELECT value FROM settings WHERE key = ?;

-- name: settings
SELECT key, value FROM settings WHERE substr(key, 1, ?) = ? ORDER BY key;

-- name: drop_setting
DELETE FROM settings WHERE key = ?;

-- name: cases
SELECT case_id FROM positions UNION SELECT case_id FROM alerts ORDER BY 1;

-- name: forget_history
-- Of a closed alert, `waiting` is when it was closed, negative. Numbers that go are not given again.
DELETE FROM history WHERE alert IN (
    SELECT id FROM alerts WHERE case_id = :case AND is_closed = 1 AND -waiting < :before
);

-- name: forget_alerts
DELETE FROM alerts WHERE case_id = :case AND is_closed = 1 AND -waiting < :before;

-- name: put_setting
INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;
