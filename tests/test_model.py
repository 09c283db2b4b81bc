"""The loop against its model (tests/model): random events, and those that once went wrong, played again."""

import pytest

from model.play import Play


@pytest.fixture
def play(tmp_path):
    """Plays lines of actions (model/loop.py), then leaves; what must hold is asserted after each."""
    played = Play(tmp_path)
    yield lambda line: (played.all(*line.split("; ")), played.leave())
    played.close()


@pytest.mark.parametrize("kind", ["nvim", "less"])
@pytest.mark.parametrize(
    "line",
    [
        "start after {} front; write; key Z; fg; end 3; key Z; fg; resize; key q",
        "start live {} front; write; key Z; bg; write; fg; key C; key Z; bg; fg; key Q",
        "start after {} back; end 0; fg; launcher TSTP; kill",
        "start live {} front; tracer KILL; pager STOP; pager KILL; fg",
    ],
    ids=["after", "live", "back", "deaths"],
)
def test_ordinary_events(play, line, kind):
    """A few of every kind."""
    play(line.format(kind))


ONCE_WRONG = {
    "a stop behind the shell": "start live less front; key Z; bg; launcher TSTP; fg",
    "a pager continued behind the shell": "start live less front; pager TSTP; pager CONT; bg; fg",
    "a dead pager and bg": "start after nvim front; end 0; key Z; pager KILL; bg",
    "the launcher stopped alone": "start after nvim front; end 0; launcher STOP; resize; fg",
    "the launcher continued alone": "start after less front; key Z; launcher CONT; fg; write",
}


@pytest.mark.parametrize("line", ONCE_WRONG.values(), ids=[name.replace(" ", "-") for name in ONCE_WRONG])
def test_what_once_went_wrong(play, line):
    """Found by the random events, or by thinking them over."""
    play(line)
