# How often each word occurs: tally.awk FIND TAKE SUM-FIND SUM-TAKE LAST FILE. In what FIND matches of a line,
# TAKE matches the word; SUM-FIND and SUM-TAKE a number, whose sum comes second. LAST is the last line to look at.

BEGIN {
    for (i = 1; i <= 5; i++) {
        given[i] = ARGV[i]
        ARGV[i] = ""
    }
}

NR > given[5] + 0 {
    exit
}

{
    key = part($0, given[1], given[2])
    if (key == "")
        next
    count[key]++
    if (given[3] != "")
        sum[key] += part($0, given[3], given[4])
}

END {
    for (key in count)
        printf "%d\t%.6f\t%s\n", count[key], sum[key], key
}

function part(line, find, take)
{
    if (!match(line, find))
        return ""
    line = substr(line, RSTART, RLENGTH)
    return match(line, take) ? substr(line, RSTART, RLENGTH) : ""
}
