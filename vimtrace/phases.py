"""What a run does with each event: by its phase, the method of launcher.Run that is called.

In *tracing* our group has the terminal; *waiting* means that the pager's time has come but the terminal is somebody
else's (``&``, ``bg``), in *asking* that the trace is so large that the user must say what to show of it; in *paging*
there is a pager, in front or stopped, and in a live run still a tracer behind it; *ending* waits for a tracer that was
told to end. Events that a phase has no line for are nothing to it.
"""

TRACING, WAITING, ASKING, PAGING, ENDING, DONE = "tracing", "waiting", "asking", "paging", "ending", "done"

TABLE = {
    TRACING: {
        "tracer ended": "tracer_ended",
        "tracer stopped": "stop_with_tracer",
        "SIGINT": "interrupt_while_tracing",
        "SIGQUIT": "interrupt_while_tracing",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_as_told",
        "SIGTTIN": "stop_as_told",
        "SIGTTOU": "stop_as_told",
        "SIGCONT": "note_continued",
        "tick": "watch_tracer",
    },
    WAITING: {
        "tracer ended": "tracer_ended",
        "tracer stopped": "stop_with_tracer",
        "SIGINT": "interrupt_while_waiting",
        "SIGQUIT": "interrupt_while_waiting",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_as_told",
        "SIGCONT": "note_continued",
        "tick": "want_terminal",
    },
    ASKING: {
        "SIGINT": "decline",
        "SIGQUIT": "decline",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_asking",
        "tick": "hear_answer",
    },
    PAGING: {
        "tracer ended": "tracer_ended",
        "tracer stopped": "tell_pager",
        "tracer continued": "tell_pager",
        "pager ended": "pager_ended",
        "pager stopped": "pager_stopped",
        "SIGINT": "interrupt_from_pager",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_pager",
        "SIGTTOU": "let_through",
        "SIGCONT": "note_continued",
        "SIGUSR1": "answer_request",
        "tick": "watch_pager",
    },
    ENDING: {
        "tracer ended": "tracer_ended",
        "SIGINT": "interrupt_again",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_as_told",
        "SIGTTIN": "stop_as_told",
        "SIGTTOU": "stop_as_told",
        "tick": "watch_ending",
    },
}
