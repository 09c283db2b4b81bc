"""Families of system calls by the names that strace(1) gives them (``-e trace=%file``)."""

_AT = "faccessat faccessat2 fchmodat fchmodat2 fchownat fstatat64 futimesat linkat mkdirat mknodat name_to_handle_at"
FILE = f"""{_AT} newfstatat openat openat2 readlinkat renameat renameat2 statx symlinkat unlinkat utimensat
    execveat access acct chdir chmod chown chown32 chroot creat execve fanotify_mark fspick fsconfig getcwd
    getxattr inotify_add_watch lchown lchown32 lgetxattr link listxattr llistxattr lremovexattr lsetxattr
    lstat lstat64 mkdir mknod mount mount_setattr move_mount oldlstat oldstat oldumount open open_tree
    pivot_root quotactl readlink removexattr rename rmdir setxattr stat stat64 statfs statfs64 swapoff
    swapon symlink truncate truncate64 umount umount2 unlink uselib utime utimes"""
PROCESS = """clone clone2 clone3 execv execve execveat exit exit_group fork kill pidfd_open
    pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo tgkill tkill vfork wait4 waitid waitpid"""
NETWORK = """accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg
    recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair sethostname
    setdomainname"""
SIGNAL = """kill pause pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
    rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sigaction sigaltstack signal signalfd
    signalfd4 sigpending sigprocmask sigreturn sigsuspend tgkill tkill"""
IPC = "ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmdt shmget"
DESC = """bpf close close_range copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl
    epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 fadvise64 fallocate fanotify_init fchdir fchmod
    fchown fcntl fcntl64 fdatasync fgetxattr finit_module flistxattr flock fremovexattr fsconfig fsetxattr
    fsmount fsopen fspick fstat fstat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 getdents getdents64
    inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_uring_enter io_uring_register
    io_uring_setup ioctl kexec_file_load lseek memfd_create mmap mmap2 mq_getsetattr mq_notify mq_open
    mq_timedreceive mq_timedsend open openat openat2 open_by_handle_at perf_event_open pidfd_getfd
    pidfd_open pipe pipe2 poll ppoll pread64 preadv preadv2 pselect6 pwrite64 pwritev pwritev2 read
    readahead readdir readv select sendfile sendfile64 setns signalfd signalfd4 splice sync_file_range
    syncfs tee timerfd_create timerfd_gettime timerfd_settime userfaultfd vmsplice write writev pread pwrite"""
MEMORY = """brk get_mempolicy madvise mbind migrate_pages mincore mlock mlock2 mlockall mmap mmap2
    move_pages mprotect mremap msync munlock munlockall munmap pkey_mprotect process_madvise
    remap_file_pages set_mempolicy shmat shmdt"""
CREDS = """capget capset getegid geteuid getgid getgroups getresgid getresuid getuid prctl setfsgid setfsuid
    setgid setgroups setregid setresgid setresuid setreuid setuid"""
STATS = "stat lstat fstat stat64 lstat64 fstat64 newfstatat fstatat64 statx oldstat oldlstat oldfstat"
CLOCK = """adjtimex clock_adjtime clock_getres clock_gettime clock_settime gettimeofday settimeofday stime
    time timer_gettime"""
PURE = "getegid geteuid getgid getpgid getpgrp getpid getppid getresgid getresuid getsid gettid getuid uname"

FAMILIES = {
    "%file": frozenset(FILE.split()),
    "%process": frozenset(PROCESS.split()),
    "%network": frozenset(NETWORK.split()),
    "%net": frozenset(NETWORK.split()),
    "%signal": frozenset(SIGNAL.split()),
    "%ipc": frozenset(IPC.split()),
    "%desc": frozenset(DESC.split()),
    "%memory": frozenset(MEMORY.split()),
    "%creds": frozenset(CREDS.split()),
    "%stat": frozenset({"stat", "stat64", "oldstat"}),
    "%lstat": frozenset({"lstat", "lstat64", "oldlstat"}),
    "%fstat": frozenset({"fstat", "fstat64", "newfstatat", "fstatat64", "oldfstat"}),
    "%%stat": frozenset(STATS.split()),
    "%statfs": frozenset({"statfs", "statfs64"}),
    "%fstatfs": frozenset({"fstatfs", "fstatfs64"}),
    "%%statfs": frozenset({"statfs", "statfs64", "fstatfs", "fstatfs64", "ustat"}),
    "%clock": frozenset(CLOCK.split()),
    "%pure": frozenset(PURE.split()),
}
