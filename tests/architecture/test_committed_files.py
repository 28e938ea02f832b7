"""What may stand in no file of ours: registries' addresses, one machine's paths, drawers' names."""

import re
from pathlib import Path

import pytest

from tests.architecture.source_tree import committed_files, shown

# Put together from pieces: this file is a committed file too.
REGISTRY_HOSTS = tuple(
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
        ("repo", "maven", "apache", "org"),
        ("conda", "anaconda", "org"),
        ("registry", "docker", "io"),
        ("registry-1", "docker", "io"),
        ("ghcr", "io"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("cdnjs", "cloudflare", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
)
REGISTRY = re.compile("|".join(re.escape(host) for host in REGISTRY_HOSTS), re.IGNORECASE)
HOMES = ("root", "work", "home", "Users", "mnt", "tmp")
MACHINE_PATH = re.compile(
    # A path of the file system, not the middle of an address or of a relative path.
    r"(?<![\w.:/}>*~-])/(?:" + "|".join(HOMES) + r")/[\w.]|\b[A-Z]:\\" + r"\\?Users\b"
)
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
MOST_BYTES_READ = 2_000_000


def text_of(path: Path) -> str | None:
    """The file's text; None for what is no text."""
    content = path.read_bytes()[:MOST_BYTES_READ]
    return None if b"\0" in content else content.decode("utf-8", errors="replace")


def findings(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{shown(path)}:{number}: {line.strip()[:120]}"
        for path in committed_files()
        if (text := text_of(path)) is not None
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_holds_the_address_of_a_package_registry() -> None:
    found = findings(REGISTRY)
    assert not found, "where packages come from is the machine's setting:\n" + "\n".join(found)


def test_no_file_holds_a_path_of_one_machine() -> None:
    found = findings(MACHINE_PATH)
    assert not found, "these paths exist on one machine only:\n" + "\n".join(found)


def test_no_module_is_a_drawer() -> None:
    drawers = [
        shown(path)
        for path in committed_files()
        if path.suffix in {".py", ".js", ".mjs", ".sql"}
        and DRAWERS.intersection(part.partition(".")[0] for part in path.parts[-3:])
    ]
    assert not drawers, f"name them by what is inside: {drawers}"


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("cd /" + "home/lan/postal", True),
        ("'/" + "tmp/x.db'", True),
        ("GET /api/v1/work/1", False),
        ("file://{folder}/tmp/x", False),
        ("~/work/x", False),
        ("see https://example.vn/home/x", False),
    ],
)
def test_the_search_for_machine_paths_knows_them(line: str, *, caught: bool) -> None:
    assert bool(MACHINE_PATH.search(line)) is caught
