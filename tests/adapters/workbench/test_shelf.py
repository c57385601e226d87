"""The files of a draft are read once, and again where they changed: by us, or by hand in the folder."""

from em_engine.console.workbench.drafts import Drafts, version_of
from em_engine.console.workbench.shelf import FOLDERS_MAX, Shelf
from em_engine.rulebook.problems import Findings
from em_engine.rulebook.sources import read_folder
from tests.adapters.workbench.conftest import FILES

BOOK = {path: text.encode() for path, text in FILES.items()}
ORDER = "orders/OVA-1.yaml"


def made(folder):
    drafts = Drafts(folder, lambda: 1)
    return drafts, drafts.make("a draft", BOOK, came_from="", by="kari").id


def test_the_files_are_the_same_ones_until_something_changes(tmp_path):
    drafts, draft = made(tmp_path)
    before = drafts.files(draft)
    assert dict(before) == BOOK
    assert drafts.files(draft) is before
    drafts.save(draft, ORDER, b"order: X\n", seen=version_of(BOOK[ORDER]), by="kari")
    after = drafts.files(draft)
    assert dict(after) == BOOK | {ORDER: b"order: X\n"}
    assert all(after[path] is before[path] for path in BOOK if path != ORDER)
    assert before[ORDER] == BOOK[ORDER]  # whoever looks at what was, looks at all of it


def test_what_is_changed_by_hand_is_seen(tmp_path):
    drafts, draft = made(tmp_path)
    drafts.files(draft)
    folder = drafts.folder(draft)
    (folder / ORDER).write_bytes(b"order: by hand\n")
    (folder / "orders/HJ-2.yaml").unlink()
    (folder / "orders/.hidden.yaml").write_bytes(b"x")
    (folder / "orders/notes.md").write_bytes(b"x")
    (folder / "programme.yaml").write_bytes(b"name: Oslo\n")
    found = drafts.files(draft)
    assert dict(found) == read_folder(folder, Findings())
    assert found[ORDER] == b"order: by hand\n"
    assert found.keys() == (BOOK.keys() - {"orders/HJ-2.yaml"}) | {"programme.yaml"}


def test_two_saves_of_one_length_within_a_moment_are_two(tmp_path):
    drafts, draft = made(tmp_path)
    content = BOOK[ORDER]
    for sign in b"abcdefgh":
        new = bytes([sign]) * len(content)
        drafts.save(draft, ORDER, new, seen=version_of(content), by="kari")
        assert drafts.files(draft)[ORDER] == new
        content = new


def test_only_the_drafts_looked_at_last_are_kept(tmp_path):
    shelf = Shelf()
    folders = [tmp_path / str(number) for number in range(FOLDERS_MAX + 1)]
    for folder in folders:
        (folder / "orders").mkdir(parents=True)
        (folder / "orders/a.yaml").write_bytes(b"order: a\n")
    first = shelf.files(folders[0])
    assert shelf.files(folders[0]) is first
    for folder in folders[1:]:
        shelf.files(folder)
    assert shelf.files(folders[0]) is not first
