# Which lines of a trace to keep: events.awk LAST INVERT MORE OUT FILE GROUP..., where LAST is the number of the last
# line, INVERT is 1 to keep the others, MORE a file with those lines ("number:text") that belong to a line before them:
# the frames of a stack, hex dumps, and the halves of calls ("<unfinished ...>", "resumed"). A GROUP is + or - and a
# file of ascending line numbers: an event is kept if a line of it is in each of the + files and none is in a - file.
# All lines of what is kept go to OUT, their numbers to OUT.numbers, the last of them to OUT.last.

BEGIN {
    last = ARGV[1] + 0
    invert = ARGV[2] + 0
    more = ARGV[3]
    out = ARGV[4]
    while (more != "" && (getline line < more) > 0)
        belongs(line)
    for (at = 6; at < ARGC; at++) {
        groups++
        files[groups] = substr(ARGV[at], 2)
        hides[groups] = substr(ARGV[at], 1, 1) == "-"
        read_group(groups)
        if (!invert && !hides[groups] && !must)
            must = groups
        ARGV[at] = ""
    }
    ARGV[1] = ARGV[2] = ARGV[3] = ARGV[4] = ""
    printf "" > out
    printf "" > (out ".numbers")
}

NR > last {
    exit
}

# Most lines: not in a group that all must be in.
must && NR != following[must] && !(NR in heads) {
    next
}

{
    kept = 1
    for (group = 1; group <= groups; group++) {
        while (following[group] && following[group] < NR)
            advance(group)
        if ((NR == following[group]) == hides[group])
            kept = 0
        if (NR == following[group])
            advance(group)
    }
    if (NR in heads)
        kept = fulfils(heads[NR])
    if (kept != invert) {
        print > out
        print NR > (out ".numbers")
        text = $0
    }
}

END {
    print text > (out ".last")
}

# Whether the event of several lines that begins with line {head} is in all groups that it is to be in, and no other.
function fulfils(head,    group) {
    for (group = 1; group <= groups; group++)
        if (((head, group) in hits) == hides[group])
            return 0
    return 1
}

# Note which events of several lines are in {group}; of the others the numbers are read again, one by one.
function read_group(group,    number) {
    while ((getline number < files[group]) > 0)
        if (number + 0 in heads)
            hits[heads[number + 0], group] = 1
    close(files[group])
    advance(group)
}

function advance(group,    number) {
    following[group] = (getline number < files[group]) > 0 ? number + 0 : 0
}

# Line {number} belongs to the event that begins with line {head}.
function join(number, head) {
    heads[head] = head
    heads[number] = head
}

# Note to which line before it {line} belongs.
function belongs(line,    colon, number, text) {
    colon = index(line, ":")
    number = substr(line, 1, colon - 1) + 0
    text = substr(line, colon + 1)
    if (text ~ /^( [>|*] |\t0x|          )/)
        join(number, number - 1 in heads ? heads[number - 1] : number - 1)
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
    if (match(text, /^[^"(]*\+\+\+ superseded by execve in pid [0-9]+/))
        inherit(process, substr(text, RSTART, RLENGTH))
    unfinished = text ~ /<(unfinished \.\.\.|pid changed to [0-9]+ \.\.\.)>$/
    if (resumed) {
        call = substr(text, at + 5)
        sub(/ resumed.*/, "", call)
        process = owner(process, call)
        if (process in began && calls[process] == call)
            join(number, began[process])
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

# What the thread at the end of {text} has begun goes on as {process}, whose pid it now has.
function inherit(process, text,    thread) {
    sub(/.* /, "", text)
    thread = text + 0
    if (thread in began) {
        began[process] = began[thread]
        calls[process] = calls[thread]
        delete began[thread]
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
