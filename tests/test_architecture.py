"""The layout of DESIGN.md section 5, held by reading the source and asking a fresh interpreter."""

import ast
import pathlib
import subprocess
import sys

import pytest

import vimtrace

PACKAGE = pathlib.Path(vimtrace.__file__).parent
READER = {
    "alignment",
    "destination",
    "trace",
    "filter",
    "summary",
    "tree",
    "diff",
    "export",
    "gaps",
    "report",
    "reader",
    "progress",
    "vimdiff",
    "columns",
    "times",
}
MEETING = {"cli", "__main__"}
RICH = {"doctor", "candidates", "choice"}  # psutil and rich, imported only where they are used
HEAVY = {
    "asyncio",
    "collections",
    "contextlib",
    "dataclasses",
    "enum",
    "functools",
    "importlib.resources",
    "logging",
    "psutil",
    "rich",
    "argparse",
    "subprocess",
    "typing",
}


def imports(path):
    """The names of the modules that the file *path* imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def half(path):
    """The module's name in READER: a package's modules are the package."""
    return path.stem if path.parent == PACKAGE else path.parent.name


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_launcher_imports_the_standard_library_only(path):
    """And the two halves meet in cli alone."""
    roots = {name.split(".")[0] for name in imports(path)}
    if half(path) not in READER | RICH:
        assert roots <= set(sys.stdlib_module_names) | {"vimtrace"}
    if half(path) not in READER | MEETING:
        assert not {f"vimtrace.{name}" for name in READER} & set(imports(path))
    if half(path) in READER:
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("vimtrace.")}
        assert ours <= READER | {"errors", "memory", "output", "parent", "verbs"}


def test_only_the_verbs_that_need_them_load_libraries():
    """The parser itself is the standard library's alone."""
    for path in (PACKAGE / "trace").glob("*.py"):
        assert {name.split(".")[0] for name in imports(path)} <= set(sys.stdlib_module_names) | {"vimtrace"}


def test_a_run_loads_nothing_it_does_not_need():
    """A fresh interpreter with all that a run imports has none of the heavy modules."""
    modules = "vimtrace.cli, vimtrace.launch, vimtrace.launcher, vimtrace.attach, vimtrace.detail"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = set(
        subprocess.check_output(
            [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); {code}"],
            text=True,
        ).split()
    )
    assert not loaded & HEAVY


def test_an_invisible_run_does_not_load_the_launcher():
    """In a script, only the words are looked at."""
    code = "import sys, vimtrace.cli; print(*sys.modules)"
    loaded = set(
        subprocess.check_output(
            [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); {code}"],
            text=True,
        ).split()
    )
    assert not loaded & {"vimtrace.launcher", "vimtrace.tracers", "termios", "fcntl"}
