"""What is written about vimtrace says what vimtrace does."""

import pathlib
import re
import subprocess
import sys
import zipfile

import pytest

import vimtrace
from vimtrace.export import COLUMNS, FORMATS
from vimtrace.filter.terms import FIELDS, FLAGS
from vimtrace.options import OPTIONS, READING, usage
from vimtrace.trace.families import FAMILIES
from vimtrace.verbs import VERB_OPTIONS, VERBS

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = pathlib.Path(vimtrace.__file__).parent
MANUAL = ROOT / "man/vimtrace.1"
README = ROOT / "README.md"
VIM_HELP = PACKAGE / "vim/doc/vimtrace.txt"
OPTION_NAMES = [name for name, _, _ in OPTIONS] + [name for name, _, _, _ in VERB_OPTIONS]
VERB_NAMES = [name for name, _, _ in VERBS]


def manual():
    """The manual page as its reader sees it, without bold and underlining."""
    text = run("mandoc", "-T", "ascii", str(MANUAL)).stdout
    return re.sub(r".\x08", "", text)


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, check=True, **options)


def found_in_runtime(pattern):
    """What *pattern* finds in the Vim scripts, each once."""
    scripts = sorted((PACKAGE / "vim").rglob("*.vim"))
    found = {match for script in scripts for match in re.findall(pattern, script.read_text())}
    assert found, f"nothing in {scripts} looks like {pattern}"
    return sorted(found)


def variables():
    """The environment variables of our own that the program reads."""
    found = set()
    for source in PACKAGE.glob("*.py"):
        found |= set(re.findall(r"""environ(?:\.get\(|\[)["'](VIMTRACE\w*)""", source.read_text()))
    assert found
    return sorted(found)


def keys():
    """(key, name of its map) of each key in the table of autoload/vimtrace/buffer.vim."""
    table = (PACKAGE / "vim/autoload/vimtrace/buffer.vim").read_text()
    found = re.findall(r"^ +\\ \['([^']+)', '([\w-]+)', '", table, re.MULTILINE)
    assert len(found) > 20
    return found


def missing(names, text):
    """Those of *names* that do not stand in *text* as words of their own."""
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


def test_options_in_help():
    """Every option is in --help."""
    assert not missing(OPTION_NAMES, usage())


def test_options_in_manual():
    """Every option is in the manual page."""
    assert not missing(OPTION_NAMES, manual())


def test_options_in_vim_help():
    """Every option is in the Vim help."""
    assert not missing(OPTION_NAMES, VIM_HELP.read_text())


@pytest.mark.parametrize(
    "text", [usage, manual, README.read_text, VIM_HELP.read_text], ids=["--help", "manual", "readme", "vim help"]
)
def test_verbs(text):
    """Every verb that reads traces is in --help, the manual page, the README and the Vim help."""
    assert set(VERB_NAMES) == READING
    assert not missing(VERB_NAMES, text())


def test_filter_language_in_manual():
    """Every word of the filter language, every format and column of an export is in the manual page."""
    words = [*FIELDS, *FLAGS, *FORMATS, *(name for name, _, _ in COLUMNS)]
    assert not missing(words, manual())
    assert [family for family in FAMILIES if family not in manual() and family != "%net"] == []


def plain(text):
    """*text* in one line, without quotes."""
    return " ".join(re.sub("[\"'`]", "", text).split())


def test_filter_language_in_vim_help():
    """The Vim help names every field, and says how terms are joined in the words of the manual page."""
    text = VIM_HELP.read_text()
    assert not missing([*FIELDS, *FLAGS], text)
    for begin, end in (("Terms of one kind side by side", "of one process."), ("What is kept or", "its dumps.")):
        said = re.search(f"{begin}.*?{end}", plain(text))
        assert said, begin
        assert said[0] in plain(manual())


def test_filter_fields_are_completed():
    """The editor completes every field and flag."""
    source = (PACKAGE / "vim/autoload/vimtrace/term.vim").read_text()
    completed = re.findall(r"'([a-z]+)[=>]?'", re.search(r"let s:fields = \[.*?\]", source, re.DOTALL)[0])
    assert {*FIELDS, *FLAGS, "and", "or", "not"} == set(completed)


def test_options_in_readme():
    """The options that change the view are in the README."""
    assert not missing(["--pager", "--live", "--save"], README.read_text())


@pytest.mark.parametrize("text", [manual, README.read_text, VIM_HELP.read_text], ids=["manual", "readme", "vim help"])
def test_commands(text):
    """Every command of the editor is in the manual page, the README and the Vim help."""
    commands = found_in_runtime(r"\bcommand! .*?\b(Trace\w+)")
    assert not missing([f":{name}" for name in commands], text())


def test_plug_maps():
    """Every <Plug> map has a tag in the Vim help."""
    maps = found_in_runtime(r"<Plug>\(vimtrace-[\w-]+\)")
    maps += [f"<Plug>(vimtrace-{name})" for _, name in keys()]
    assert [name for name in maps if f"*{name}*" not in VIM_HELP.read_text()] == []


def test_keys():
    """Every key is in the Vim help, at the beginning of a line or behind another key, and its map names it."""
    text = VIM_HELP.read_text()
    for key, name in keys():
        assert re.search(rf"^(\S{{2,3}}\s+)*{re.escape(key)}\s", text, re.MULTILINE), key
        assert re.search(rf"^<Plug>\(vimtrace-{name}\)\s+(as )?{re.escape(key)}$", text, re.MULTILINE), name


@pytest.mark.parametrize("text", [usage, manual, README.read_text], ids=["--help", "manual", "readme"])
def test_variables(text):
    """Every environment variable of ours is in --help, the manual page and the README."""
    assert not missing(variables(), text())


def test_tags(tmp_path):
    """The tags file is that of the Vim help."""
    (tmp_path / "vimtrace.txt").write_bytes(VIM_HELP.read_bytes())
    run("vim", "-u", "NONE", "-i", "NONE", "-es", "-c", "helptags .", "-c", "qall!", cwd=tmp_path)
    assert (tmp_path / "tags").read_text() == VIM_HELP.with_name("tags").read_text()


def test_manual_lint():
    """mandoc has nothing to say against the manual page."""
    assert run("mandoc", "-T", "lint", "-W", "warning", str(MANUAL)).stdout == ""


def test_changelog():
    """The newest version in the changelog is the program's."""
    versions = re.findall(r"^## \[([^]]+)]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == vimtrace.__version__


def test_wheel(tmp_path):
    """The wheel holds the package, the Vim runtime, the manual page and the shell files."""
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", ".", str(ROOT), cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    data = f"vimtrace-{vimtrace.__version__}.data/data/share"
    wanted = {f"{data}/man/man1/vimtrace.1"}
    wanted |= {f"{data}/vimtrace/{path.name}" for path in (ROOT / "shell").glob("*.*")}
    wanted |= {f"vimtrace/{path.relative_to(ROOT)}" for path in (ROOT / "shell").rglob("*.*")}
    wanted.add(f"{data}/zsh/site-functions/_vimtrace")
    wanted.add(f"{data}/bash-completion/completions/vimtrace")
    wanted.add(f"{data}/fish/vendor_completions.d/vimtrace.fish")
    wanted.add(f"vimtrace-{vimtrace.__version__}.data/scripts/vimtrace")
    sources = (path for path in (ROOT / "vimtrace").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    wanted |= {str(path.relative_to(ROOT)) for path in sources}
    assert sorted(wanted - packed) == []
