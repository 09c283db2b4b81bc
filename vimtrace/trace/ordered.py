"""The plain events of each process, in an order that scheduling does not decide."""

import re
from collections.abc import Iterator

from vimtrace.trace.event import Event, Exit
from vimtrace.trace.normal import ANY_CHILD, Normal, Plain
from vimtrace.trace.process import Processes


def by_process(events: Iterator[Event], processes: Processes) -> dict[int, list[Plain]]:
    """The plain events of each process, by its index in ``processes.all``; tells *processes* all events."""
    normal = Normal(processes)
    found: dict[int, list[Plain]] = {}
    for event in events:
        plain = normal.plain(event)
        process = processes.see(event)
        if process is None or plain is None:
            continue
        found.setdefault(process.index, []).append(plain)
    return {at: list(streams_joined(waits_last(plains))) for at, plains in found.items()}


def waits_last(plains: list[Plain]) -> list[Plain]:
    """The waits for any child behind what else the process does, before its end: which comes when is chance."""
    waits = [plain for plain in plains if plain.text.endswith(ANY_CHILD)]
    others = [plain for plain in plains if not plain.text.endswith(ANY_CHILD)]
    end = len(others) - (bool(others) and others[-1].call == Exit.kind)
    return [*others[:end], *waits, *others[end:]]


STREAM = re.compile(r"(?P<call>read|recv|recvfrom)\((?P<fd><(?:pipe|socket|PIPE|UNIX|TCP)[^>]*>), .* = (?P<count>\d+)$")


def streams_joined(plains: list[Plain]) -> Iterator[Plain]:
    """Reads that follow each other on one pipe or socket as one: how its bytes were cut is chance."""
    held: tuple[Plain, str, int] | None = None
    for plain in plains:
        match = STREAM.match(plain.text)
        key = f"{match['call']}({match['fd']})" if match else ""
        if held is not None and key == held[1] and match:
            held = (held[0], key, held[2] + int(match["count"]))
            continue
        if held is not None:
            yield held[0]._replace(text=f"{held[1]} = {held[2]} bytes")
        held = (plain, key, int(match["count"])) if match else None
        if held is None:
            yield plain
    if held is not None:
        yield held[0]._replace(text=f"{held[1]} = {held[2]} bytes")
