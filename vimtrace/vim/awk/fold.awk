# What to fold in a trace: fold.awk KIND WHAT LAST FILE, where KIND is the kind of trace, WHAT the words of
# :TraceFold, LAST the last line to look at. Prints for each fold
#     first line, last line, what, process, calls, errors, seconds, call
# with tabs between them, not in order.

BEGIN {
    OFS = "\t"
    kind = ARGV[1]
    number = split(ARGV[2], words, " ")
    for (i = 1; i <= number; i++)
        wanted[words[i]] = 1
    by_call = "call" in wanted
    by_process = "process" in wanted
    by_loader = "loader" in wanted
    last = ARGV[3] + 0
    ARGV[1] = ARGV[2] = ARGV[3] = ""
    # What ld.so and the C library's first steps are made of.
    number = split("brk mmap mmap2 mprotect munmap access faccessat faccessat2 open openat read pread64 fstat " \
        "fstat64 newfstatat fstatat64 stat stat64 statx close arch_prctl set_thread_area set_tid_address " \
        "set_robust_list rseq prlimit64 ugetrlimit getrandom readlink readlinkat lseek _llseek uname getcwd " \
        "mremap execve execveat", words, " ")
    for (i = 1; i <= number; i++)
        loads[words[i]] = 1
    number = split("mprotect arch_prctl set_thread_area set_tid_address set_robust_list rseq prlimit64", words, " ")
    for (i = 1; i <= number; i++)
        sets_up[words[i]] = 1
}

NR > last {
    exit
}

{
    last_read = NR
    start = substr($0, 1, 3)
    if (start == " | " || start == " > ") {
        belongs_to_call()
        next
    }
    if (by_extra) {
        end_run("hexdump", 2, NR - 1)
        end_run("stack", 2, NR - 1)
    }
    end_loader()
    read_line()
    if (by_process)
        add("process", process, 2)
    if (by_call)
        add("call", call == "" ? "" : process SUBSEP call, 3)
    if (by_loader)
        load()
}

END {
    end_loader()
    end_run("process", 2, last_read)
    end_run("call", 3, last_read)
    end_run("hexdump", 2, last_read)
    end_run("stack", 2, last_read)
}

# A line of a dump or a stack: it is a fold with its likes, and part of whatever its call is part of.
function belongs_to_call(   what, was_setup)
{
    what = start == " | " ? "hexdump" : "stack"
    end_run(what == "stack" ? "hexdump" : "stack", 2, NR - 1)
    call = ""
    if (what in wanted) {
        by_extra = 1
        add(what, what, 2)
    }
    if (lines[process]) {
        was_setup = setup[process] == lines[process]
        remember()
        if (was_setup)
            setup[process] = lines[process]
    }
}

# Sets process and call. Most lines begin as the one before, and have the call at the same place: regular
# expressions on each line would take twice the time.
function read_line(   at, name)
{
    if (head != "" && substr($0, 1, length(head)) == head)
        process = head_process
    else
        read_process()
    at = index($0, "(")
    name = at > place ? substr($0, place, at - place) : ""
    if (name in known && substr($0, place - 1, 1) == " ")
        call = name
    else
        find_call()
}

function find_call(   at)
{
    call = ""
    if ((at = index($0, "<... ")) && match($0, /^[^"(]*(\(\+[ 0-9.]+\)[^"(]*)?<\.\.\. [^ ]+ resumed/)) {
        call = substr($0, at + 5)
        sub(/ .*/, "", call)
    } else if (kind == "sysdig") {
        if (match($0, /\([0-9]+\) [<>] [a-z0-9_]+/)) {
            call = substr($0, RSTART, RLENGTH)
            sub(/.* /, "", call)
        }
    } else if (match($0, /[A-Za-z_][A-Za-z0-9_:@.~]*\(/)) {
        call = substr($0, RSTART, RLENGTH - 1)
        place = RSTART
        known[call] = 1
    }
}

function read_process()
{
    process = head = ""
    if (kind == "sysdig") {
        if (match($0, /\([0-9]+\) [<>] /))
            process = substr($0, RSTART + 1, RLENGTH - 5)
    } else if (kind == "perftrace") {
        if (match($0, /\/[0-9]+ /))
            process = substr($0, RSTART + 1, RLENGTH - 2)
    } else if (match($0, /^(\[pid +)?[0-9]+(<[^>]*>)?[] ]/)) {
        process = substr($0, 1, RLENGTH - 1)
        head = substr($0, 1, RLENGTH)
        sub(/^\[pid +/, "", process)
        head_process = process
    }
}

# Sets errors (0 or 1) and seconds of a line.
function read_result(text,   tail, size, at)
{
    errors = seconds = 0
    if (kind == "sysdig") {
        errors = match(text, /(res|fd)=-[0-9]+\(E/) > 0
        return
    }
    if (kind == "perftrace" && match(text, /\( *[0-9.]+ ms\)/))
        seconds = substr(text, RSTART + 1) / 1000
    size = length(text)
    if (substr(text, size) == ">") {
        tail = substr(text, size - 20)
        while (at = index(tail, "<"))
            tail = substr(tail, at + 1)
        seconds = tail + 0
    }
    if (index(text, "= -"))
        errors = match(text, /\) += -[0-9]+( E[A-Z0-9]+ \([^"]*| <[0-9.]+>)?$/) > 0
}

# The line goes on with the run of this key, or begins a new one. The first line is only read for its result
# when there is a second.
function add(what, key, least)
{
    if (key != keys[what]) {
        end_run(what, least, NR - 1)
        keys[what] = key
        from[what] = NR
        count[what] = 1
        first[what] = $0
        return
    }
    if (key == "")
        return
    if (count[what]++ == 1) {
        read_result(first[what])
        failed[what] = errors
        took[what] = seconds
    }
    read_result($0)
    failed[what] += errors
    took[what] += seconds
}

function end_run(what, least, to,   parts)
{
    if (count[what] >= least && keys[what] != "") {
        split(keys[what], parts, SUBSEP)
        print from[what], to, what, parts[1], count[what], failed[what], took[what], parts[2]
    }
    count[what] = 0
    keys[what] = ""
}

# The dynamic loader's work: from a successful execve to where it gives back the mapping of its cache, or,
# where it has none, to the last of the calls that set up memory and thread.
function load()
{
    if ((call == "execve" || call == "execveat") && $0 ~ /= 0( <[0-9.]+>)?$/) {
        delete_lines()
        loading[process] = 1
        cache[process] = ""
        return
    }
    if (!(process in loading))
        return
    if (!(call in loads) || foreign()) {  # also a signal or an exit
        finish(setup[process] + 0)
        return
    }
    remember()
    if (call in sets_up)
        setup[process] = lines[process]
    if (index($0, "\"/etc/ld.so.cache\"") && !index($0, "= -"))
        cache[process] = "next"
    else if (cache[process] == "next" && call ~ /^mmap/ && match($0, /= 0x[0-9a-f]+/))
        cache[process] = substr($0, RSTART + 2, RLENGTH - 2)
    else if (call == "munmap" && cache[process] != "" && index($0, "munmap(" cache[process] ","))
        ending = process SUBSEP
    else if (lines[process] > 5000)
        finish(setup[process] + 0)
}

# The stack of the last call belongs to it.
function end_loader()
{
    if (ending != "") {
        process = substr(ending, 1, length(ending) - 1)
        ending = ""
        finish(lines[process])
    }
}

# Whether it opens what is no part of the loader's work.
function foreign()
{
    return call ~ /^open/ && match($0, /"[^"]*"/) && substr($0, RSTART, RLENGTH) !~ /\.so|ld-musl|hwcap|\/etc\/ld/
}

function remember()
{
    read_result($0)
    lines[process]++
    line[process, lines[process]] = NR
    line_counts[process, lines[process]] = call != ""
    line_failed[process, lines[process]] = errors
    line_took[process, lines[process]] = seconds
}

# The loader's work ends with the line of this index: print it, without the lines of others between.
function finish(end,   i, first, calls, errors, seconds)
{
    first = 1
    calls = errors = seconds = 0
    for (i = 1; i <= end; i++) {
        calls += line_counts[process, i]
        errors += line_failed[process, i]
        seconds += line_took[process, i]
        if (i == end || line[process, i + 1] != line[process, i] + 1) {
            if (i > first)
                print line[process, first], line[process, i], "loader", process, calls, errors, seconds, ""
            first = i + 1
            calls = errors = seconds = 0
        }
    }
    delete_lines()
}

function delete_lines(   i)
{
    for (i = 1; i <= lines[process]; i++) {
        delete line[process, i]
        delete line_counts[process, i]
        delete line_failed[process, i]
        delete line_took[process, i]
    }
    delete lines[process]
    delete setup[process]
    delete loading[process]
    delete cache[process]
}
