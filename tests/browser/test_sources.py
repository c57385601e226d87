"""The page's sources before their own tools: strict types, standard form, unit tests of the pure parts."""

import json
import subprocess
from pathlib import Path

import build_web

WEB = Path(__file__).parents[2] / "em_engine" / "console" / "web"


def run_node(*arguments: str | Path) -> str:
    """What node says; it fails the test where it fails."""
    node, _ = build_web.find_node()
    done = subprocess.run([node, *arguments], cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_types_are_strict(checkers: Path):
    run_node(checkers / "typescript" / "bin" / "tsc", "--noEmit")


def test_sources_are_in_their_standard_form(checkers: Path):
    run_node(checkers / "prettier" / "bin" / "prettier.cjs", "--check", "src", "build.mjs")


def test_the_pure_parts_pass_their_own_tests(checkers: Path):
    run_node("build.mjs", "--tests")
    told = run_node("--test", "node_modules/.cache/em-console-tests/")
    assert "# fail 0" in told
    assert "# pass 0" not in told


def test_every_language_has_the_same_words_and_places_for_values():
    english = places_in("en")
    assert len(english) > 200
    for language in ("nb", "nn"):
        told = places_in(language)
        assert {key: told.get(key) for key in english} == english


def places_in(language: str) -> dict[str, list[str]]:
    """Every word of a language by its path, as the places for values it holds."""
    script = (
        "const { build } = await import('esbuild');"
        f"const entryPoints = ['src/words/{language}.ts'];"
        "const built = await build({ entryPoints, write: false, bundle: true, format: 'esm' });"
        "const code = Buffer.from(built.outputFiles[0].contents).toString('base64');"
        f"const words = (await import('data:text/javascript;base64,' + code)).{language};"
        "const flat = (value, path) => typeof value === 'string'"
        " ? [[path, [...value.matchAll(/\\{\\d\\}/g)].map(String).sort()]]"
        " : Object.entries(value).flatMap(([key, inner]) => flat(inner, path + '/' + key));"
        "console.log(JSON.stringify(Object.fromEntries(flat(words, ''))));"
    )
    places: dict[str, list[str]] = json.loads(run_node("--input-type=module", "--eval", script))
    return places


def test_the_lock_file_names_checksums_and_no_addresses():
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages.values())


def test_versions_are_exact():
    told = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    versions = [*told["dependencies"].values(), *told["devDependencies"].values()]
    assert all(version[0].isdigit() for version in versions)


def test_the_build_does_nothing_where_nothing_changed(page_is_built: None):
    assert build_web.build(WEB.parents[2]) is False


def test_a_changed_source_is_built_anew(tmp_path: Path):
    (tmp_path / "src").mkdir()
    source = tmp_path / "src" / "page.ts"
    source.write_text("1")
    before = build_web.digest_of(tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "package.js").write_text("fetched, no source")
    assert build_web.digest_of(tmp_path) == before
    source.write_text("2")
    assert build_web.digest_of(tmp_path) != before
