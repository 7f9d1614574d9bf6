// SPDX-License-Identifier: Apache-2.0
/* Limits, no new privileges, Landlock for files, seccomp for system calls. Each part stands alone: where a kernel lacks
 * one, the others still hold. Made for OpenSSL and the C library's resolver, which load modules and ask over sockets.
 */
#include "gateway/snapshot_child/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/macros.h"
#include "gateway/snapshot_job.h"

#define MEMORY_MAX (256UL << 20) /* address space: libraries, two buffers of the largest picture, TLS */
#define FILES_MAX 32

/* ---- limits ---- */

static bool limit(__rlimit_resource_t what, rlim_t value)
{
    const struct rlimit r = {.rlim_cur = value, .rlim_max = value};

    return setrlimit(what, &r) == 0;
}

static bool set_limits(int cpu_s)
{
    bool ok = true;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* these map terabytes of address space */
    ok = limit(RLIMIT_AS, MEMORY_MAX) && ok;
#endif
    ok = limit(RLIMIT_CPU, (rlim_t) cpu_s) && ok;
    ok = limit(RLIMIT_FSIZE, 0) && ok;
    ok = limit(RLIMIT_NOFILE, FILES_MAX) && ok;
    ok = limit(RLIMIT_NPROC, 0) && ok;
    return limit(RLIMIT_CORE, 0) && ok; /* a core would hold the password */
}

/* ---- files ---- */

#define READ_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ALL_OF_FIRST_ABI (LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1) /* execute, write, read, remove, make … */

static void allow_reading(int rules, const char *path)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = READ_FILES};
    const int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return;
    beneath.parent_fd = fd;
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0) {
        beneath.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE; /* it is a file, not a folder */
        (void) syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    }
    (void) close(fd);
}

static bool restrict_files(const char *ca_file)
{
    /* /run: the resolver's configuration and sockets may lie there */
    static const char *const readable[] = {"/etc", "/usr", "/lib", "/lib64", "/run", "/dev/urandom", "/dev/null"};
    const struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_OF_FIRST_ABI};
    const int rules = (int) syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
    bool ok;

    if (rules < 0)
        return false;
    for (size_t i = 0; i < SW_ARRAY_SIZE(readable); i++)
        allow_reading(rules, readable[i]);
    if (*ca_file != '\0')
        allow_reading(rules, ca_file);
    ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    (void) close(rules);
    return ok;
}

/* ---- system calls ---- */

/* What is not named here is answered with EPERM. No fork, no exec, no listening, no renaming, no tracing. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(fstat64),
    SCMP_SYS(stat),
    SCMP_SYS(stat64),
    SCMP_SYS(lstat),
    SCMP_SYS(lstat64),
    SCMP_SYS(fstatat64),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(fstatfs),
    SCMP_SYS(statfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    SCMP_SYS(fcntl),
    SCMP_SYS(fcntl64),
    SCMP_SYS(dup),
    /* waiting */
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(ppoll_time64),
    SCMP_SYS(select),
    SCMP_SYS(_newselect),
    SCMP_SYS(pselect6),
    SCMP_SYS(pselect6_time64),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(eventfd2),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(socketpair),
    /* the network */
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(recvmmsg_time64),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(shutdown),
    SCMP_SYS(send),
    SCMP_SYS(recv),
    /* memory: the resolver loads modules */
    SCMP_SYS(mmap),
    SCMP_SYS(mmap2),
    SCMP_SYS(munmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(futex_time64),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(membarrier),
    /* time, chance, who am I */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_nanosleep_time64),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getuid32),
    SCMP_SYS(geteuid32),
    SCMP_SYS(getgid32),
    SCMP_SYS(getegid32),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getrlimit),
    SCMP_SYS(ugetrlimit),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    /* signals and the end */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(tgkill),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static bool allow(scmp_filter_ctx ctx, int call, unsigned n, const struct scmp_arg_cmp *args)
{
    const int rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, call, n, args);

    return rc == 0 || rc == -EDOM; /* a call that this machine does not have */
}

/* Calls of which only a harmless form is allowed. */
static bool allow_forms(scmp_filter_ctx ctx)
{
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}; /* netlink: which addresses have we? */
    const scmp_datum_t changing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
    const struct scmp_arg_cmp open_for_reading = SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, changing, O_RDONLY);
    const struct scmp_arg_cmp openat_for_reading = SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, changing, O_RDONLY);
    const struct scmp_arg_cmp asks_only = SCMP_CMP64(2, SCMP_CMP_EQ, 0); /* prlimit64 without new limits */
    const struct scmp_arg_cmp how_much = SCMP_CMP64(1, SCMP_CMP_EQ, FIONREAD);
    const struct scmp_arg_cmp non_blocking = SCMP_CMP64(1, SCMP_CMP_EQ, FIONBIO);
    bool ok = allow(ctx, SCMP_SYS(open), 1, &open_for_reading) &&
              allow(ctx, SCMP_SYS(openat), 1, &openat_for_reading) && allow(ctx, SCMP_SYS(prlimit64), 1, &asks_only) &&
              allow(ctx, SCMP_SYS(ioctl), 1, &how_much) && allow(ctx, SCMP_SYS(ioctl), 1, &non_blocking);

    for (size_t i = 0; i < SW_ARRAY_SIZE(families) && ok; i++) {
        const struct scmp_arg_cmp family = SCMP_CMP64(0, SCMP_CMP_EQ, (scmp_datum_t) families[i]);

        ok = allow(ctx, SCMP_SYS(socket), 1, &family);
    }
    return ok;
}

static bool restrict_calls(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool ok = ctx != NULL;

    for (size_t i = 0; i < SW_ARRAY_SIZE(allowed) && ok; i++)
        ok = allow(ctx, allowed[i], 0, NULL);
    ok = ok && allow_forms(ctx) && seccomp_load(ctx) == 0;
    if (ctx != NULL)
        seccomp_release(ctx);
    return ok;
}

uint32_t sw_sandbox_enter(const char *ca_file, int cpu_s)
{
    uint32_t held = 0;

    (void) prctl(PR_SET_DUMPABLE, 0);
    if (set_limits(cpu_s))
        held |= SW_SANDBOX_LIMITS;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        held |= SW_SANDBOX_NO_NEW;
    if (restrict_files(ca_file))
        held |= SW_SANDBOX_LANDLOCK;
    if (restrict_calls())
        held |= SW_SANDBOX_SYSCALLS;
    return held;
}
