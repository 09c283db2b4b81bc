"""What numpy reads in the lines of a trace is what the expressions find there."""

import re

import numpy
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vimtrace.columns import fields, form, lines, octets
from vimtrace.columns.content import Content
from vimtrace.columns.deeds import FD, LABEL
from vimtrace.columns.paths import INSIDE, NONE, ONE, PLAIN_NAME
from vimtrace.trace.paths import FILE, TWO

FIRST = "7     getpid() = 7 <0.000001>"
NAMES = [
    "x",
    "open",
    "close",
    "openat",
    "newfstatat",
    "getdents64",
    "rt_sigaction",
    "a" * 8,
    "b" * 16,
    "c" * 23,
    "d" * 24,
    "???",
]
CALLS = st.sampled_from(NAMES)
NUMBERS = st.one_of(
    st.integers(0, 10**7).map(str), st.integers(0, 10**18).map(str), st.from_regex("[0-9]{1,19}", fullmatch=True)
)
ADDRESSES = st.one_of(st.integers(0, 2**64 - 1).map(hex), st.from_regex("0x[0-9a-g`]{0,17}", fullmatch=True))
PLAIN = st.sampled_from(
    ["?", "-1", "-5", "", "-", "3<a>", "4</a b>", "5(x)", "1 (in [3])", "0 (Timeout)", "0x1 (flags X)"]
)
ERRORS = st.sampled_from(
    [
        "-1 ENOENT (No such file or directory)",
        "-1 EPERM (Operation not permitted)",
        "-1 EPERM (Operation not permitted) (INJECTED)",
        "-1 ENOENT (No such tile or directory)",
        "-1 E2BIG ()",
        "-1 eperm (no)",
        "? ERESTARTSYS (To be restarted if SA_RESTART is set)",
        "-2 ENOENT (No such file or directory)",
    ]
)
OPENED = st.builds("{}<{}>".format, NUMBERS, st.text(st.sampled_from('/ab-\\<>é"() =3'), max_size=20).map("/{}".format))
RESULTS = st.one_of(NUMBERS, ADDRESSES, PLAIN, ERRORS, OPENED)
SPACES = st.one_of(st.just(1), st.integers(0, 80))
TIMES = st.one_of(
    st.integers(0, 999_999).map(lambda n: f" <0.{n:06}>"),
    st.sampled_from(
        [
            "",
            " <9.000001>",
            "<0.000001>",
            " (0.000001>",
            " <12.000001>",
            "  <0.000001>",
            " <0.00001>",
            " <unavailable>",
            " <a.000001>",
        ]
    ),
)
INNER = st.text(st.sampled_from('3,)(" =-1<>/a\\.?0'), max_size=30)
PATHS = st.one_of(
    st.text(st.sampled_from('/ab.\\" é'), max_size=40), st.integers(0, 40).map(lambda n: "/" * n), st.just("")
)
FOLDERS = st.builds(
    "{}{}, ".format,
    st.sampled_from(["AT_FDCWD", "3", "12345678", "-1"]),
    st.one_of(
        st.just(""), st.text(st.sampled_from('/ab "<>\\é'), max_size=20).map("</{}>".format), st.just("<pipe:[1]>")
    ),
)
QUOTED = st.builds(
    "{}{}{}{}".format,
    st.one_of(st.sampled_from(["", "3,", "AT_FDCWDX, "]), FOLDERS),
    PATHS.map('"{}"'.format),
    st.sampled_from(["", "...", ", 0"]),
    st.sampled_from(["", ", {x=1}"]),
)
CALL = st.builds(
    lambda name, inner, spaces, result, time: f"{name}({inner}){' ' * spaces}= {result}{time}",
    CALLS,
    st.one_of(INNER, QUOTED),
    SPACES,
    RESULTS,
    TIMES,
)


def number(expression, text):
    match = re.search(expression, text)
    return int(match[1]) if match else None


def expected(text):
    """What the expressions find in *text*, a call; ``None`` if it is not plain."""
    if not re.search(f"^{form.NAME}" + r"\(.*" + form.RETURNED, text):
        return None
    errno, time = re.search(form.ERRNO, text), re.search(form.TIMED, text)
    return {
        "name": text.partition("(")[0],
        "number": number(form.NUMBER, text),
        "errno": errno[1] if errno else None,
        "refused": bool(re.search(form.REFUSED, text)),
        "nothing": bool(re.search(form.NOTHING, text)),
        "named": bool(re.search(form.RESULT_NAME, text)),
        "never": bool(re.search(form.NEVER, text)),
        "ns": round(float(time[0].strip(" <>")) * 1e9) if time else None,
        "fd": number(FD.replace("<", "").replace("{1,9}", "{1,7}"), text),  # numpy is asked for no more digits
    }


def read(path):
    bytes_of = octets.Octets(Content(str(path)))
    found = fields.Reader(bytes_of, form.Form(form.NARROW)).fields()
    return lines.lines(bytes_of, found, form.Form(form.NARROW), None) if found is not None else None


def told(found, at):
    """What the line *at* that place tells, whoever has read it."""
    head, tail, error = found.fields.head, found.fields.tail, found.error[at]
    row = {
        "number": tail.number[at] if tail.number[at] >= 0 else None,
        "refused": error >= 0,
        "nothing": error >= 0,
        "named": tail.file[at] >= 0,
        "never": False,
    }
    if at in found.rare:
        row = found.told.row(found.rare.tolist().index(at), named=True)
        assert row.pop("sound")
        assert row["ns"] == (found.ns[at] if found.ns[at] >= 0 else None)
    return {
        **row,
        "name": found.fields.names[head.name[at]],
        "errno": found.errnos[error] if error >= 0 else None,
        "ns": found.ns[at] if found.ns[at] >= 0 else None,
        "fd": head.fd[at] if head.fd[at] >= 0 else None,
    }


def opened(found, at):
    """The file of the descriptor that the line *at* that place returned, if numpy has read it; else ``None``."""
    file = found.fields.tail.file[at]
    return found.fields.paths[file] if file >= 0 else None


def opened_in(text):
    """What the expressions find of it in *text*."""
    label = re.search(form.RESULT_NAME, text)
    name = re.search(PLAIN_NAME, label[1]) if label else None
    return name[1] if name else None


@settings(max_examples=200, deadline=None)
@given(text=CALL)
def test_a_call(text, tmp_path_factory):
    """Whatever its arguments and its result, but the name of a descriptor: see test_a_label."""
    assume(not re.match(r"close\([0-9]+<", text))
    path = tmp_path_factory.mktemp("any") / "trace"
    path.write_text(f"{FIRST}\n7     {text}\n")
    found, wanted = read(path), expected(text)
    assert (found is None) == (wanted is None)
    if found is None:
        return
    assert told(found, 1) == wanted
    assert opened(found, 1) == (opened_in(text) if 1 not in found.rare else None)
    assert found.texts(numpy.array([1])).to_list() == [text]
    assert found.whole_texts(numpy.array([1])) == [f"7     {text}"]


@pytest.mark.parametrize("fd", ["0", "3", "123456"])
@pytest.mark.parametrize("name", ["/", "/t/a", "/eight by", "/\xe9" + "b" * 200])
@pytest.mark.parametrize("behind", ["", " <0.000001>"])
def test_a_descriptor_with_its_name(fd, name, behind, tmp_path):
    """The file of one that is returned needs no expression."""
    path = tmp_path / "trace"
    path.write_text(f'{FIRST}\n7     openat(AT_FDCWD</t>, "a", O_RDONLY)   = {fd}<{name}>{behind}\n')
    found = read(path)
    assert not len(found.rare)
    assert opened(found, 1) == name
    assert found.fields.tail.number[1] == int(fd)


def test_errors_that_end_alike(tmp_path):
    """One line of them does not speak for another."""
    texts = [
        "-1 ENOENT (No such file or directory)",
        "-1 ENOTNAM (No such file or directory)",
        "-1 ENOENT (No such tile or directory)",
        "-2 ENOENT (No such file or directory)",
        "-1 ENOENT (x) (No such file or directory)",
    ]
    path = tmp_path / "trace"
    for order in (texts[:3], texts[:3][::-1], [*texts[:1], texts[4]]):
        path.write_text(FIRST + "\n" + "".join(f"7     open(0) = {text}\n" for text in order))
        found = read(path)
        assert found is not None
        assert [told(found, at)["errno"] for at in range(1, len(order) + 1)] == [text.split()[1] for text in order]
    path.write_text(FIRST + "\n" + "".join(f"7     open(0) = {text}\n" for text in texts))
    assert read(path) is None


@pytest.mark.parametrize("name", ["e" * 25, "e" * 40, "a-b", "Ab", "1a", "é", "?", "????"])
def test_names_that_no_call_has(name, tmp_path):
    """They are left to the slow path."""
    path = tmp_path / "trace"
    path.write_text(f"{FIRST}\n7     {name}(0) = 1\n")
    assert read(path) is None


@pytest.mark.parametrize("name", ["a{}", "read"])
@pytest.mark.parametrize("note", ["(left {{{}}})", "(flags x{}y)", "ENOENT (x{}y)"])
def test_many_names_and_notes(name, note, tmp_path):
    """Each another one: more than a small number counts, and not each against all."""
    path = tmp_path / "trace"
    results = ("-1 " if note[0] == "E" else "1 ") + note
    texts = [f"{name.format(n)}(0) = {results.format(n)}" for n in range(70_000)]
    path.write_text("".join(f"7     {text}\n" for text in texts))
    found = read(path)
    assert [found.fields.names[at] for at in found.fields.head.name] == [text.partition("(")[0] for text in texts]
    assert {found.errnos[at] if at >= 0 else None for at in found.error} == {"ENOENT" if note[0] == "E" else None}
    for at in (0, 1, len(texts) // 2, len(texts) - 1):
        assert told(found, at)["number"] == (None if note[0] == "E" else 1)


def test_a_path_longer_than_any(tmp_path):
    """It is left to the expressions."""
    path = tmp_path / "trace"
    for length in (1 << 14, (1 << 14) - 9):
        path.write_text(f'{FIRST}\n7     open("{"x" * length}") = 3\n')
        assert [len(name) if name else None for name in paths(read(path))] == [None if length == 1 << 14 else length]


@pytest.mark.parametrize("stamp", ["1" * 30, "1700000000." + "1" * 12, "9300000000"])
def test_times_without_room(stamp, tmp_path):
    """Nanoseconds of 64 bits do not hold them."""
    path = tmp_path / "trace"
    path.write_text(f"7     {stamp} getpid() = 7\n" * 2)
    looks = form.form(str(path))
    assert looks is None or fields.Reader(octets.Octets(Content(str(path))), looks).fields() is None


def paths(found):
    """The path of each call that has one: "" for none, None where only the parser knows."""
    words = {**dict(enumerate(found.fields.paths)), -1: None, -2: ""}
    return [words[at] for at in found.fields.path]


@settings(max_examples=150, deadline=None)
@given(inner=QUOTED, name=st.sampled_from(sorted(FILE - TWO)))
def test_a_path(inner, name, tmp_path_factory):
    """It is told where it stands as it is, and the expressions find it there too."""
    path = tmp_path_factory.mktemp("any") / "trace"
    text = f"{name}({inner}) = 0"
    path.write_text(f"{FIRST}\n7     {text}\n")
    found = read(path)
    assert found is not None
    (name,) = paths(found)
    match, (inside,) = re.search(ONE, text), found.fields.inside
    if name:
        assert inside == (match[1] is not None and not match[2].startswith("/"))
        assert name == (f"{match[1]}/{match[2]}" if inside else match[2])
    elif name == "":
        assert re.match(NONE, text)
    else:
        assert not re.match(rf'\w+\((?:(?:AT_FDCWD|[0-9]{{1,7}}), )?"{INSIDE}"[^.]', text)
        assert not re.match(rf'\w+\((?:AT_FDCWD|[0-9]{{1,7}})</[^<>"\\]*>, "{INSIDE}"[^.]', text)


@settings(max_examples=100, deadline=None)
@given(names=st.lists(st.text(st.sampled_from("/ab. é"), min_size=1, max_size=40), min_size=2, max_size=20))
def test_the_same_path_is_the_same_word(names, tmp_path_factory):
    """And another one another."""
    path = tmp_path_factory.mktemp("any") / "trace"
    path.write_text(FIRST + "\n" + "".join(f'7     open("{name}", O_RDONLY) = 3\n' for name in names))
    found = read(path)
    assert paths(found) == names
    assert sorted(found.fields.paths) == sorted(set(names))


def test_paths_that_differ_in_little(tmp_path):
    """Each bit of each character counts, wherever it stands."""
    names = {
        f"/{'a' * n}{one}{'b' * 7}{two}{'c' * m}"
        for n in range(9)
        for m in range(3)
        for one in "xyz123"
        for two in "xyz123"
    }
    path = tmp_path / "trace"
    path.write_text(FIRST + "\n" + "".join(f'7     open("{name}", O_RDONLY) = 3\n' for name in sorted(names)))
    assert paths(read(path)) == sorted(names)


@pytest.mark.parametrize("name", ["/a", "/a/b", "/some/where/far/away", "/" + "x" * 15])
def test_a_path_and_what_it_is_from_its_end(name, tmp_path):
    """The name of a descriptor is read from its end on: the same letters in that order are another path."""
    path = tmp_path / "trace"
    path.write_text(f'{FIRST}\n7     open("{name[::-1]}", 0) = 3<{name}>\n7     open("{name}", 0) = 4\n')
    found = read(path)
    assert paths(found) == [name[::-1], name]
    assert opened(found, 1) == name


STAMPS = {
    "day": st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)),
    "epoch": st.integers(10**9, 9 * 10**9),
    "start": st.integers(0, 10**6 - 1),
}


@settings(max_examples=100, deadline=None)
@given(data=st.data(), clock=st.sampled_from([*STAMPS]), digits=st.sampled_from([0, 3, 6, 9]), pids=st.booleans())
def test_pids_and_times(data, clock, digits, pids, tmp_path_factory):
    """Of each clock, with each number of digits."""
    assume(clock != "start" or digits == 6)
    told = []
    for _ in range(3):
        whole, part = data.draw(STAMPS[clock]), data.draw(st.integers(0, 10**digits - 1))
        pid = data.draw(st.integers(1, 99_999 if clock == "start" else 4_194_304))
        shown = {"day": "{:02}:{:02}:{:02}", "epoch": "{}", "start": "{:6}"}[clock]
        stamp = shown.format(*whole) if clock == "day" else shown.format(whole)
        seconds = whole[0] * 3600 + whole[1] * 60 + whole[2] if clock == "day" else whole
        told.append(
            (pid, stamp + (f".{part:0{digits}}" if digits else ""), seconds * 10**9 + part * 10 ** (9 - digits))
        )
    path = tmp_path_factory.mktemp("any") / "trace"
    path.write_text("".join(f"{f'{pid:<5} ' if pids else ''}{stamp} getpid() = 7\n" for pid, stamp, _ in told))
    looks = form.form(str(path))
    assert looks is not None
    assert looks.clock == clock
    found = fields.Reader(octets.Octets(Content(str(path))), looks).fields()
    assert found is not None
    assert found.head.time.tolist() == [time for _, _, time in told]
    assert found.head.pid.tolist() == [pid if pids else -1 for pid, _, _ in told]


@given(text=st.binary(min_size=8, max_size=8), count=st.integers(0, 8))
def test_eight_bytes(text, count):
    """The first that is not zero, that is something, that is no digit; the number of the first and of the last."""
    words = numpy.array([octets.word(text)], numpy.uint64)
    assert octets.first(words)[0] == next((at for at, byte in enumerate(text) if byte), 8)
    assert octets.first(octets.equal(words, "("))[0] == (text + b"(").index(b"(")
    assert octets.first(octets.control(words))[0] == next((at for at, byte in enumerate(text) if byte < 32), 8)
    assert octets.first(octets.angle(words))[0] == next((at for at, byte in enumerate(text) if byte in b"<>"), 8)
    assert octets.first(octets.no_digits(words))[0] == len(re.match(rb"[0-9]*", text)[0])
    digits = bytes(ord("0") + byte % 10 for byte in text)
    words = numpy.array([octets.word(digits)], numpy.uint64)
    counts = numpy.array([count], numpy.uint8)
    assert octets.number(words, counts)[0] == int(digits[:count] or b"0")
    assert octets.last_number(words, counts)[0] == int(digits[8 - count :] or b"0")


@pytest.mark.parametrize("text", [b"", b"a", b"a\n", b"\n", b"a\nb", b"\n\nc\n"])
def test_lines_of_a_file(text, tmp_path):
    """Also a last one that has no end."""
    path = tmp_path / "file"
    path.write_bytes(text)
    found = octets.Octets(Content(str(path)))
    ends = [end - octets.ROOM for end in found.ends]
    closed = text if text.endswith(b"\n") or not text else text + b"\n"
    assert ends == [at for at, byte in enumerate(closed) if byte == ord("\n")]


INSIDES = st.text(st.sampled_from("/a.[]:->0* \\<é"), max_size=40)
LABELS = st.one_of(
    INSIDES.map("<{}>".format),
    st.sampled_from(["", "<TCP:[1.2.3.4:5->6.7.8.9:10]>", "</dev/null<char 1:3>>", "</a (deleted)>", "</a>(deleted)"]),
)


@settings(max_examples=200, deadline=None)
@given(fd=st.integers(0, 10**8), label=LABELS, behind=st.sampled_from([", 0x7, 5", "", " ", "x", ">", ">>, "]))
def test_a_label(fd, label, behind, tmp_path_factory):
    """The name of a descriptor, where it is told, is that which the expressions find."""
    path = tmp_path_factory.mktemp("any") / "trace"
    text = f"read({fd}{label}{behind}) = 5"
    path.write_text(f"{FIRST}\n7     {text}\n")
    found = read(path)
    assert found is not None
    number, told = int(found.fields.label[1]), int(found.fields.head.fd[1])
    match = re.match(LABEL, text)
    if number >= 0:
        assert (told, found.fields.labels[number]) == (fd, match[1])
    elif told >= 0:
        assert (told, label) == (fd, "")
    elif match is not None:
        unclear = fd >= 10**7 or "(deleted)" in match[1] or match[1].count("<") > 1 or match[1].count("->") > 2
        assert unclear or text[match.end()] not in ",) "


@settings(max_examples=100, deadline=None)
@given(names=st.lists(INSIDES.filter(lambda name: "<" not in name and ">" not in name), min_size=2, max_size=20))
def test_the_same_label_is_the_same_word(names, tmp_path_factory):
    """And another one another."""
    path = tmp_path_factory.mktemp("any") / "trace"
    path.write_text(FIRST + "\n" + "".join(f"7     close(3<{name}>) = 0\n" for name in names))
    found = read(path)
    words = found.fields.labels
    assert [words[number] for number in found.fields.label[1:]] == [f"<{name}>" for name in names]
    assert sorted(words) == sorted({f"<{name}>" for name in names})
