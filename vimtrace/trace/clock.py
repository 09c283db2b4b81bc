"""The times of a trace as nanoseconds, whatever clock the tracer wrote."""

from vimtrace.trace.line import Line

SECOND = 1_000_000_000
DAY = 86_400 * SECOND


class Clock:
    """Gives each line its time. One object for one trace, asked for every line, in the trace's order.

    *basis* says what the times count from: ``epoch`` (1970 UTC), ``day`` (a local midnight, going on
    after the next), ``start`` (the trace's beginning) or, before any line has shown a time, an empty string.
    """

    def __init__(self) -> None:
        self.basis = ""
        self._last = 0

    def time(self, line: Line) -> int | None:
        """Nanoseconds since the basis, ``None`` where the line says no time."""
        text = line.match["stamp"]
        if text is None or text == "?":
            return None
        if text[2:3] == ":" or text[4:5] == "-":
            return self._of_day(text)
        whole, _, part = text.partition(".")
        if line.dialect.tick != SECOND:
            self.basis = "start"
            return round(float(text) * line.dialect.tick)
        value = int(whole) * SECOND + int(part[:9].ljust(9, "0") or 0)
        if len(whole) >= 9:
            self.basis = "epoch"
            return value
        return self._relative(value, line)

    def _relative(self, value: int, line: Line) -> int:
        self.basis = "start"
        if line.dialect.name != "sysdig":
            value += self._last
        self._last = value
        return value

    def _of_day(self, text: str) -> int:
        day, _, text = text.rpartition(" ")
        value = (int(text[:2]) * 3600 + int(text[3:5]) * 60 + int(text[6:8])) * SECOND
        value += int(text[9:18].ljust(9, "0"))
        if day:
            self.basis = "epoch"
            return _midnight(day) + value
        self.basis = "day"
        while value < self._last - DAY // 2:
            value += DAY
        self._last = value
        return value


def _midnight(day: str) -> int:
    import datetime

    date = datetime.date.fromisoformat(day)
    return (date - datetime.date(1970, 1, 1)).days * DAY
