"""How long calls took: counts, errors, quantiles, histograms."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable

from vimtrace.trace.event import Call

SECOND = 1_000_000_000
DECADES = 9  # a histogram's: from less than 1 us to 10 s and more
QUANTILES = (50, 95, 99)
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


class Times:
    """How long calls took: *count*, *errors* by errno, *durations* in nanoseconds of those that the trace times."""

    __slots__ = ("count", "durations", "errors")

    def __init__(self) -> None:
        self.count = 0
        self.errors: Counter[str] = Counter()
        self.durations = array("q")

    def add(self, call: Call, duration: int | None) -> None:
        self.count += 1
        if call.failed:
            self.errors[call.errno] += 1
        if duration is not None:
            self.durations.append(duration)

    def data(self) -> dict[str, object]:
        """The numbers; times in seconds, ``None`` where the trace has none."""
        values = sorted(self.durations)
        known = bool(values)
        return {
            "calls": self.count,
            "errors": sum(self.errors.values()),
            "errno": dict(self.errors.most_common()),
            "total": sum(values) / SECOND if known else None,
            "mean": sum(values) / len(values) / SECOND if known else None,
            **{f"p{percent}": quantile(values, percent) for percent in QUANTILES},
            "max": values[-1] / SECOND if known else None,
            "histogram": histogram(values),
        }


def quantile(values: list[int], percent: int) -> float | None:
    """The smallest of the sorted *values* that *percent* of them do not exceed (nearest rank), in seconds."""
    if not values:
        return None
    return values[max(0, -(-len(values) * percent // 100) - 1)] / SECOND


def histogram(values: Iterable[int]) -> list[int]:
    """How many of *values* (ns) are below 1 us, 10 us, ..., 10 s, and above."""
    buckets = [0] * DECADES
    for value in values:
        buckets[min(len(str(value // 1000)) if value >= 1000 else 0, DECADES - 1)] += 1
    return buckets


def seconds(text: str) -> float:
    """A number, hexadecimal too, a time with its unit (``10ms``), or one of the day (``16:39:55.6``)."""
    of_day = re.fullmatch(r"(\d\d?):(\d\d):(\d\d(?:\.\d+)?)", text)
    if of_day:
        return int(of_day[1]) * 3600 + int(of_day[2]) * 60 + float(of_day[3])
    match = re.fullmatch(r"([\d.]+)(s|ms|us|ns)", text)
    if match:
        return float(match[1]) * UNITS[match[2]]
    return float(int(text, 16)) if text[:2] == "0x" else float(text)
