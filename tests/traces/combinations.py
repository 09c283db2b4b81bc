"""The table of what the trace reader is tested on: programs, and the flags that they are traced with."""

import os
import sys

STRACE = (
    "",
    "-f",
    "-f -t",
    "-f -tt",
    "-f -ttt",
    "-f -r",
    "-f -r -tt",
    "-f -T",
    "-f -ttt -T",
    "-f --timestamps=format:unix,precision:ns --relative-timestamps=us --syscall-times=ns",
    "-f --timestamps=format:unix,precision:s",
    "-f -y",
    "-f -yy -s 200",
    "-f -Y -tt -T",
    "-f -yy --decode-pids=comm,pidns",
    "-f -i -n -ttt -T",
    "-f -k -e trace=openat,write,exit_group",
    "-f -v -s 4096",
    "-f -v -x -yy",
    "-f -xx -s 64",
    "-f -X raw -T",
    "-f -X verbose -y -ttt",
    "-f -e read=all -e write=all -tt",
    "-f -e inject=openat:delay_enter=50:when=5+40 -T",
    "-f -e inject=access,faccessat2:error=EACCES -y",
    "-f -e inject=getpid,geteuid:retval=7:when=2 -ttt",
    "-f -e raw=all -ttt -T",
    "-f -e raw=openat,mmap",
    "-f -a 0 -T",
    "-f -a 100 -tt",
    "-f -C",
    "-f -c -w",
    "-f -q -y -Z",
    "-f -z -tt -T",
    "-f -e trace=%process,%file,%network -yy -tt",
    "-f -e signal=none -e trace=%desc",
    "-f -e quiet=all -v -ttt -T -yy",
    "-f --secontext -y",
    "-f --seccomp-bpf -e trace=%file -t",
    "-f -e abbrev=none -e verbose=all -r",
    "-f -ff -ttt -T -y",
)
# To standard error, where strace's own messages stand between the calls, and only other processes' lines have a pid.
STRACE_ON_STDERR = ("-f", "-f -tt -T", "-f -ttt -yy", "-f -r -Y")
LTRACE = ("-f", "-f -S", "-f -S -tt -T", "-f -ttt -T -i", "-f -r", "-f -n 4", "-c", "-f -C -s 200", "-e malloc+free")
PERF = ("", "-T", "--failure", "-s", "-S", "-e openat,read,write,execve", "--min-stack=3 --max-stack=8", "--no-comm")

PROGRAMS = {
    "sh": ["sh", "-c", "ls /etc /nonexistent | sort | wc -l; (sleep 0.01 & wait); kill -USR1 $$"],
    "python": [os.path.realpath(sys.executable), "-S", "tests/traces/threads.py"],
    "git": ["git", "status"],
    "curl": ["curl", "-sS", "-o", "/dev/null", "http://localhost:1/", "file:///etc/hostname"],
    "make": ["make", "-f", "tests/traces/Makefile", "-j4", "-B"],
    "nginx": ["python3", "-S", "tests/traces/nginx.py"],
    "postgres": ["tests/traces/postgres"],
}
CHEAP = ("sh", "python", "make")
