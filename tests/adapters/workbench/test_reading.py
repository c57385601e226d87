"""How far the reading of a book is: told while it is read, and by nobody's clock."""

from collections.abc import Iterator, Mapping

from tests.adapters.workbench.conftest import FILES, SECOND, Authors


class Told(Mapping[str, bytes]):
    """Files that ask how far their reading is whenever one of them is looked into."""

    def __init__(self, ask) -> None:
        self._files = {name: content.encode() for name, content in FILES.items()}
        self._ask = ask
        self.told: list[tuple[int, int] | None] = []

    def __getitem__(self, name: str) -> bytes:
        self.told.append(self._ask())
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


async def test_a_book_is_told_of_file_by_file_while_it_is_read_and_not_after(authors: Authors, bench):
    books = bench.workbench.books
    files = Told(books.reading)
    books.of_files("some", "revision", files)
    under_way = [one for one in files.told if one is not None]
    assert under_way == sorted(under_way)
    assert (under_way[0], under_way[-1]) == ((0, len(FILES)), (len(FILES), len(FILES)))
    assert (await authors.author.get("/api/rules/reading")).json() == {"done": None, "of": None}


async def test_an_order_that_has_ended_is_warned_of_on_the_page_too(authors: Authors):
    draft, path = await authors.draft(), "orders/HJ-2.yaml"
    ended = SECOND.replace("wearer:", "valid: {to: 2020-01-01T00:00}\nwearer:")
    seen = {"If-Match": f'"{await authors.version(draft, path)}"'}
    url = f"/api/rules/drafts/{draft}/file"
    saved = await authors.author.put(url, params={"path": path}, json={"text": ended}, headers=seen)
    assert saved.status_code == 200, saved.text
    told = (await authors.author.get(f"/api/rules/books/{draft}")).json()["problems"]
    assert [(one["file"], one["code"]) for one in told if one["code"] == "valid.past"] == [
        (path, "valid.past")
    ]
