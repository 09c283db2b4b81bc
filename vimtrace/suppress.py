"""``contextlib.suppress`` without contextlib, whose import takes as long as that of everything of ours."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class suppress:  # named as the one it stands for
    """A block in which *exceptions* are no error: it just ends."""

    def __init__(self, *exceptions: type[BaseException]) -> None:
        self._exceptions = exceptions

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", where: "TracebackType | None"
    ) -> bool:
        """Whether the exception is one that is to be suppressed."""
        return kind is not None and issubclass(kind, self._exceptions)
