// SPDX-License-Identifier: Apache-2.0
/* What siteward-snapshot may still do once it has shut itself in: tried in a child process, since there is no way back.
 */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/snapshot_child/sandbox.h"
#include "gateway/snapshot_job.h"

static char folder[64], secret[128], ca_file[128];

/* Each tries one thing. @return 0 it worked, else errno */
static int err_of(long rc)
{
    return rc < 0 ? errno : 0;
}

static int open_for_writing(void)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/new", folder);
    return err_of(open(path, O_WRONLY | O_CREAT, 0600));
}
static int open_to_append(void)
{
    return err_of(open(secret, O_WRONLY | O_APPEND));
}
static int read_a_secret(void)
{
    return err_of(open(secret, O_RDONLY));
}
static int remove_a_file(void)
{
    return err_of(unlink(secret));
}
static int rename_a_file(void)
{
    return err_of(rename(secret, ca_file));
}
static int change_its_mode(void)
{
    return err_of(chmod(secret, 0666));
}
static int make_a_folder(void)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/dir", folder);
    return err_of(mkdir(path, 0700));
}
static int run_a_program(void)
{
    char *argv[] = {(char *) (uintptr_t) "true", NULL};

    return err_of(execv("/bin/true", argv));
}
static int fork_a_process(void)
{
    return err_of(fork());
}
static int signal_the_parent(void)
{
    return err_of(kill(getppid(), 0));
}
static int trace_the_parent(void)
{
    return err_of(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}
static int listen_for_others(void)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd < 0 ? errno : err_of(listen(fd, 1));
}
static int sniff_packets(void)
{
    return err_of(socket(AF_PACKET, SOCK_RAW, 0));
}
static int mount_something(void)
{
    return err_of(mount("none", folder, "tmpfs", 0, NULL));
}
static int raise_a_limit(void)
{
    const struct rlimit r = {4096, 4096};

    return err_of(setrlimit(RLIMIT_NOFILE, &r));
}
static int read_the_resolver_file(void)
{
    return err_of(open("/etc/passwd", O_RDONLY));
}
static int read_the_ca_file(void)
{
    return err_of(open(ca_file, O_RDONLY));
}
static int connect_to_a_camera(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0)
        return errno;
    return connect(fd, (struct sockaddr *) &to, sizeof(to)) == 0 || errno == ECONNREFUSED ? 0 : errno;
}
static int resolve_a_name(void)
{
    struct addrinfo *found = NULL;
    const int rc = getaddrinfo("localhost", "80", NULL, &found);

    if (rc == 0)
        freeaddrinfo(found);
    return rc == 0 ? 0 : 255;
}
static int take_memory(void)
{
    char *p = malloc(SW_SNAPSHOT_BYTES_MAX);

    if (p)
        memset(p, 1, SW_SNAPSHOT_BYTES_MAX);
    free(p);
    return p ? 0 : ENOMEM;
}

/* What `try` comes to inside. @return its errno; 300 and the signal when it died */
static int inside(int (*try)(void), uint32_t *ret_held)
{
    int ends[2], status = 0;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const uint32_t held = sw_sandbox_enter(ca_file, 5);

        if (write(ends[1], &held, sizeof(held)) != (ssize_t) sizeof(held))
            _exit(254);
        _exit(try());
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], ret_held, sizeof(*ret_held)), sizeof(*ret_held));
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 300 + WTERMSIG(status);
}

static bool kernel_has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

static void what_is_not_needed_is_refused_and_what_is_needed_works(void **state)
{
    const bool landlock = kernel_has_landlock();
    const struct {
        const char *why;
        int (*try)(void);
        int want, or_else;
    } cases[] = {
        {"make a file", open_for_writing, EPERM, EACCES},
        {"append to a file", open_to_append, EPERM, EACCES},
        {"read a file of somebody else", read_a_secret, landlock ? EACCES : 0, landlock ? EACCES : 0},
        {"remove a file", remove_a_file, EPERM, EACCES},
        {"rename a file", rename_a_file, EPERM, EACCES},
        {"change a file's mode", change_its_mode, EPERM, EPERM},
        {"make a folder", make_a_folder, EPERM, EACCES},
        {"run a program", run_a_program, EPERM, EACCES},
        {"fork", fork_a_process, EPERM, EPERM},
        {"signal the gateway", signal_the_parent, EPERM, EPERM},
        {"trace the gateway", trace_the_parent, EPERM, EPERM},
        {"listen", listen_for_others, EPERM, EPERM},
        {"sniff", sniff_packets, EPERM, EPERM},
        {"mount", mount_something, EPERM, EPERM},
        {"raise a limit", raise_a_limit, EPERM, EPERM},
        {"read what the resolver reads", read_the_resolver_file, 0, 0},
        {"read the camera's certificate", read_the_ca_file, 0, 0},
        {"connect", connect_to_a_camera, 0, 0},
        {"resolve a name", resolve_a_name, 0, 0},
        {"hold a picture in memory", take_memory, 0, 0},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        uint32_t held = 0;
        const int got = inside(cases[i].try, &held);

        CHECK(got == cases[i].want || got == cases[i].or_else, "%s: %d (%s), want %d", cases[i].why, got,
              got < 255 ? strerror(got) : "died", cases[i].want);
        CHECK((held | SW_SANDBOX_LANDLOCK) == SW_SANDBOX_ALL && (!landlock || (held & SW_SANDBOX_LANDLOCK)),
              "%s: only %u of the sandbox holds", cases[i].why, held);
    }
}

/* Outside, each refused thing that needs no right of root works: the test can fail. */
static void outside_the_same_things_work(void **state)
{
    (void) state;
    assert_int_equal(open_for_writing(), 0);
    assert_int_equal(open_to_append(), 0);
    assert_int_equal(read_a_secret(), 0);
    assert_int_equal(make_a_folder(), 0);
    assert_int_equal(signal_the_parent(), 0);
    assert_int_equal(listen_for_others(), 0);
}

static void pictures_are_known_by_their_first_bytes(void **state)
{
    static const struct {
        const char *why, *bytes;
        size_t len;
        const char *want;
    } cases[] = {
        {"JFIF", "\xff\xd8\xff\xe0\0\x10JFIF", 10, "image/jpeg"},
        {"EXIF", "\xff\xd8\xff\xe1..", 6, "image/jpeg"},
        {"PNG", "\x89PNG\r\n\x1a\n", 8, "image/png"},
        {"WebP", "RIFF....WEBPVP8 ", 16, "image/webp"},
        {"a page that says it is a picture", "<html><body>login</body>", 24, NULL},
        {"a wave file", "RIFF....WAVEfmt ", 16, NULL},
        {"GIF is not kept", "GIF89a", 6, NULL},
        {"cut off", "\xff\xd8", 2, NULL},
        {"nothing", "", 0, NULL},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *got = sw_picture_type((const unsigned char *) cases[i].bytes, cases[i].len);

        CHECK((got == NULL) == (cases[i].want == NULL) && (got == NULL || strcmp(got, cases[i].want) == 0), "%s: %s",
              cases[i].why, got ? got : "none");
    }
}

static int setup(void **state)
{
    FILE *f;

    (void) state;
    strcpy(folder, "/tmp/sw-sandbox-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(secret, sizeof(secret), "%s/secret", folder);
    snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
    f = fopen(secret, "we");
    if (!f || fclose(f) != 0)
        return -1;
    f = fopen(ca_file, "we");
    return f && fclose(f) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_known_by_their_first_bytes),
        cmocka_unit_test(what_is_not_needed_is_refused_and_what_is_needed_works),
        cmocka_unit_test(outside_the_same_things_work),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
