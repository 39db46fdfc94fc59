"""The project's rules about itself that no linter knows. Each failure says what and where."""

import argparse
import ast
import re
from collections.abc import Iterator
from functools import cache
from os.path import normpath
from pathlib import Path

from streamer import cli, config, control, errors, publishing
from streamer.errors import PeerError, StreamerError

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).relative_to(ROOT)
MAX_LINES = 400
MAX_SAMPLE_BYTES = 2_000_000
TEXT = {".py", ".js", ".css", ".html", ".md", ".toml", ".json", ".lock", ".svg", ""}
SKIPS = (
    r"\bpytest\.(mark\.)?(skip|xfail|importorskip)|\b(test|it|describe)\.(skip|todo)\b|skip: true"
)
LEFTOVERS = r"\b(TODO|FIXME|XXX)\b"
MACHINE_PATHS = r"(?<![\w.:/-])/(work|root|home)/\w"
REGISTRIES = r"registry\.npmjs\.org|\bpypi\.org|files\.pythonhosted\.org"

# Tasks belong to an anyio task group. Who must start one otherwise stands here with the reason.
LOOSE_TASKS: dict[str, str] = {}


@cache
def files() -> tuple[Path, ...]:
    """List every file that belongs to the project, relative to its root."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()} | {".git"}
    return tuple(sorted(path.relative_to(ROOT) for path in walk(ROOT, ignored)))


def walk(folder: Path, ignored: set[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(path.match(pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from walk(path, ignored)
        else:
            yield path


def read(path: Path) -> str:
    return (ROOT / path).read_text("utf-8")


def texts(*suffixes: str) -> Iterator[tuple[Path, str]]:
    """Give each text file but this one, whose patterns would find themselves."""
    for path in files():
        if path.suffix in (suffixes or TEXT) and path != HERE:
            yield path, read(path)


def trees(folder: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in files():
        if path.suffix == ".py" and path.parts[0] == folder:
            yield path, ast.parse(read(path))


def found(pattern: str, *suffixes: str) -> list[str]:
    """List where a pattern stands, as path, line number and line."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in texts(*suffixes)
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def subclasses(error: type[StreamerError]) -> Iterator[type[StreamerError]]:
    yield error
    for child in error.__subclasses__():
        yield from subclasses(child)


def error_classes() -> list[type[StreamerError]]:
    return [each for each in subclasses(StreamerError) if each.__module__ == errors.__name__]


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Give the long options of a parser and of its commands."""
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from options(command)


def test_files_are_found() -> None:
    assert {HERE, Path("Makefile"), Path("streamer/wire.py"), Path(".ci/run")} <= set(files())


def test_no_file_is_too_long() -> None:
    lengths = {path: text.count("\n") for path, text in texts(".py", ".js", ".css")}
    lengths[HERE] = read(HERE).count("\n")
    assert [f"{path}: {n} lines" for path, n in lengths.items() if n > MAX_LINES] == []


def test_the_rooms_of_the_player_know_only_those_below() -> None:
    """A type may be named from anywhere; what is loaded may not."""
    loads = re.compile(r"^import .*?'(\.[^']+)'|(?<!\{)import\('(\.[^']+)'\)", re.MULTILINE)
    above = {
        "wire": {"mark", "sound", "engine", "face", "wall", "publish", "bench"},
        "mark": {"wire", "sound", "engine", "face", "wall", "publish", "bench"},
        "sound": {"face", "wall", "publish", "bench"},
        "engine": {"face", "wall", "publish", "bench"},
        "face": {"wall", "publish", "bench"},
    }
    wrong = []
    for path, text in texts(".js"):
        code = "\n".join(line for line in text.splitlines() if "@" not in line)
        for load in loads.finditer(code) if path.parts[0] == "web" else ():
            target = normpath(path.parent / (load[1] or load[2]))
            if target.split("/")[1] in above.get(path.parts[1], ()):
                wrong.append(f"{path} loads {target}")
    assert wrong == []


def test_nothing_is_left_for_later() -> None:
    assert found(LEFTOVERS) == []


def test_no_test_is_skipped() -> None:
    assert found(SKIPS, ".py", ".js") == []


def test_no_path_of_one_machine() -> None:
    assert found(MACHINE_PATHS) == []


def test_no_package_registry_is_named() -> None:
    assert found(REGISTRIES) == []


def test_text_files_end_lines_and_themselves_cleanly() -> None:
    def is_clean(text: str) -> bool:
        return not text or (text.endswith("\n") and not re.search(r"[ \t\r]$", text, re.MULTILINE))

    assert [str(path) for path, text in texts() if not is_clean(text)] == []


def test_imports_stand_at_the_top() -> None:
    def inner_imports(tree: ast.Module) -> Iterator[int]:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from (
                    each.lineno
                    for each in ast.walk(node)
                    if isinstance(each, ast.Import | ast.ImportFrom)
                )

    offences = [
        f"{path}:{line}"
        for folder in ("streamer", "tests", "samples", "benchmarks")
        for path, tree in trees(folder)
        for line in inner_imports(tree)
    ]
    assert offences == []


def test_tasks_belong_to_a_task_group() -> None:
    loose = {"create_task", "ensure_future", "gather", "wait_for", "TaskGroup"}

    def names(node: ast.AST) -> set[str]:
        if isinstance(node, ast.ImportFrom) and node.module == "asyncio":
            return {alias.name for alias in node.names}
        if isinstance(node, ast.Attribute):
            of_asyncio = isinstance(node.value, ast.Name) and node.value.id == "asyncio"
            if of_asyncio or node.attr in {"create_task", "ensure_future"}:
                return {node.attr}
        return set()

    offences = {
        str(path): f"{path}:{getattr(node, 'lineno', 0)}"
        for path, tree in trees("streamer")
        for node in ast.walk(tree)
        if names(node) & loose
    }
    assert [where for path, where in offences.items() if path not in LOOSE_TASKS] == []
    assert [path for path in LOOSE_TASKS if path not in offences] == [], "no longer needed"


def test_every_module_says_first_what_it_is() -> None:
    def first_line(tree: ast.Module) -> str:
        return (ast.get_docstring(tree) or "").partition("\n")[0]

    offences = [
        str(path)
        for folder in ("streamer", "samples", "benchmarks")
        for path, tree in trees(folder)
        if not first_line(tree).endswith((".", "?"))
    ]
    assert offences == []


def test_every_web_module_is_typed_and_says_first_what_it_is() -> None:
    def begins_well(text: str) -> bool:
        body = text.removeprefix("// @ts-check\n").lstrip()
        return text.startswith("// @ts-check\n") and body.startswith("/**")

    modules = [(path, text) for path, text in texts(".js") if path.parts[0] == "web"]
    assert modules
    assert [str(path) for path, text in modules if not begins_well(text)] == []


def test_the_tree_of_errors_is_drawn() -> None:
    drawn = re.findall(r"^[ │├└─]*([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    missing = [each.__name__ for each in error_classes() if each.__name__ not in drawn]
    assert missing == [], "not in the docstring of streamer/errors.py"


def test_close_codes_are_in_the_protocol() -> None:
    rows = re.findall(r"^\| (\d{4}) \| (\d{3}) \| `(\w+)` \|", protocol(), re.MULTILINE)
    peers = [each for each in subclasses(PeerError) if each is not PeerError]
    told = {row_of(each) for each in (*peers, StreamerError)}
    assert set(rows) == told, "docs/protocol.md and streamer/errors.py differ"


def row_of(error: type[StreamerError]) -> tuple[str, str, str]:
    return str(error.close_code), str(error.http_status), error.__name__


def test_control_messages_are_in_the_protocol_and_the_vectors() -> None:
    spoken = [*vars(control).values(), *vars(publishing).values()]
    types = {each.type for each in spoken if isinstance(vars_type(each), str)}
    documented = {
        name
        for row in re.findall(r"^\| (`[a-z`, ]+) \|", protocol(), re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    vectors = set(
        re.findall(r'"fields": \{"type": "(\w+)"', read(Path("tests/vectors/control.json")))
    )
    assert types == documented == vectors


def vars_type(value: object) -> object:
    return vars(value).get("type") if isinstance(value, type) else None


def protocol() -> str:
    return read(Path("docs/protocol.md"))


def reference() -> str:
    return read(Path("docs/reference.md"))


def test_every_option_is_in_the_reference() -> None:
    named = set(options(cli.build_parser())) - {"--help"}
    assert [option for option in sorted(named) if f"`{option}" not in reference()] == []


def test_every_setting_is_in_the_reference() -> None:
    keys = config._SERVER_KEYS | config._STREAM_KEYS
    assert [key for key in sorted(keys) if f"`{key}`" not in reference()] == []


def test_every_route_is_documented() -> None:
    routes = re.findall(r'\bRoute\("([^"]+)"', read(Path("streamer/server/routes.py")))
    sockets = re.findall(r'WebSocketRoute\("([^"]+)"', read(Path("streamer/server/routes.py")))
    assert routes
    named = [path.replace(":path}", "}") for path in routes]
    assert [path for path in named if f"`{path}" not in reference()] == []
    assert [path for path in sockets if path not in protocol()] == []


def test_samples_are_small() -> None:
    sizes = {path: (ROOT / path).stat().st_size for path in files() if path.parts[0] == "samples"}
    assert sum(sizes.values()) < MAX_SAMPLE_BYTES, sizes


def test_the_readme_names_what_is_there() -> None:
    layout = read(Path("README.md")).partition("## Source code layout")[2]
    named = re.findall(r"`([\w./-]+)`", layout)
    assert [name for name in named if not (ROOT / name).exists()] == []
    packages = {f"{path.parent}/" for path in files() if path.name == "__init__.py"}
    assert sorted(packages - set(named)) == [], "not in the README's layout"


def test_links_between_documents_lead_somewhere() -> None:
    offences = [
        f"{path}: {target}"
        for path, text in texts(".md")
        for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", text)
        if not (ROOT / path.parent / target).exists()
    ]
    assert offences == []
