"""How far the reading of a book is: told while it is read, and by nobody's clock."""

from collections.abc import Iterator, Mapping

from tests.adapters.workbench.conftest import FILES, Authors


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
