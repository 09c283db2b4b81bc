# Which lines of a trace to keep: events.awk LAST INVERT MORE GROUP..., where LAST is the number of the last line,
# INVERT is 1 to keep the others, MORE a file with those lines ("number:text") that belong to a line before them: the
# frames of a stack, hex dumps, and the halves of calls ("<unfinished ...>", "resumed"). A GROUP is + or - and a file
# of line numbers: an event is kept if a line of it is in each of the + files and none is in a - file. Prints the
# numbers of all lines of what is kept.

BEGIN {
    last = ARGV[1] + 0
    invert = ARGV[2] + 0
    while (ARGV[3] != "" && (getline line < ARGV[3]) > 0)
        belongs(line)
    for (at = 4; at < ARGC; at++)
        read_group(substr(ARGV[at], 1, 1), substr(ARGV[at], 2))
    for (number = 1; number <= last; number++) {
        head = number in heads ? heads[number] : number
        kept = (groups == 0 || head in hits && hits[head] == groups) && !(head in hidden)
        if (kept != invert)
            print number
    }
    exit
}

function read_group(sign, file,    number, head) {
    groups += sign == "+"
    while ((getline number < file) > 0) {
        number += 0
        head = number in heads ? heads[number] : number
        if (sign == "-")
            hidden[head] = 1
        else if (groups == 1 || head in hits && hits[head] == groups - 1)
            hits[head] = groups
    }
}

# Note to which line before it {line} belongs.
function belongs(line,    colon, number, text) {
    colon = index(line, ":")
    number = substr(line, 1, colon - 1) + 0
    text = substr(line, colon + 1)
    if (text ~ /^( [>|*] |\t0x|          )/)
        heads[number] = number - 1 in heads ? heads[number - 1] : number - 1
    else
        half(number, text)
}

# A process has one call at a time that has begun and not returned.
function half(number, text,    process, call, at, quote, resumed, unfinished) {
    process = text ~ /^\[pid +[0-9]+/ || text ~ /^[0-9]+(<[^>]*>)? / ? text : ""
    sub(/^\[pid +/, "", process)
    process = process == "" ? "" : process + 0
    if (process > 9999999)
        process = ""
    at = index(text, "<... ")
    quote = index(text, "\"")
    resumed = at > 0 && (quote == 0 || at < quote)
    unfinished = text ~ /<(unfinished \.\.\.|pid changed to [0-9]+ \.\.\.)>$/
    if (resumed) {
        call = substr(text, at + 5)
        sub(/ resumed.*/, "", call)
        process = owner(process, call)
        if (process in began && calls[process] == call)
            heads[number] = began[process]
        if (!unfinished || !(number in heads))
            delete began[process]
    } else if (match(text, /[A-Za-z_?][^ ("]*\(/))
        call = substr(text, RSTART, RLENGTH - 1)
    if (unfinished) {
        if (match(text, /pid changed to [0-9]+/))
            process = substr(text, RSTART + 15, RLENGTH - 15) + 0
        began[process] = number in heads ? heads[number] : number
        calls[process] = call
    }
}

# The process that a resumed {call} of {process} began in: the tracer does not name it while there is only one.
function owner(process, call,    other) {
    if (process in began)
        return process
    if (process != "")
        return "" in began && calls[""] == call ? "" : process
    for (other in began)
        if (calls[other] == call)
            return other
    return process
}
