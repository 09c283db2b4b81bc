"""From the end of the tracing to a screen that can be used, a million lines, over the editor by hand."""

from cost import interleaved
from recording import Recording


def by_hand(place, editor):
    """Seconds from exec to the last thing drawn."""
    run = Recording([editor, place.trace], place.environment())
    run.quiet(1)
    settled = run.when_settled()
    run.leave()
    return settled - run.began


def by_vimtrace(place, editor):
    """Seconds from the tracer's last act to the last thing drawn."""
    run = Recording([place.vimtrace, f"--pager={editor}", "strace", "true"], place.environment("finish"))
    ended = run.wait_for(b"END-OF-TRACING")
    run.quiet(1)
    settled = run.when_settled()
    run.leave()
    return settled - ended


def opening(place, rounds):
    """The ratio, in Vim and in Neovim."""
    for editor in ("vim", "nvim"):
        hand, ours = interleaved(rounds, lambda e=editor: by_hand(place, e), lambda e=editor: by_vimtrace(place, e))
        facts = f"{ours / hand:.2f}  ({hand * 1000:.0f} -> {ours * 1000:.0f} ms)"
        yield f"{editor}: end of tracing to screen / by hand", "<= 1.2", facts, ours <= 1.2 * hand
