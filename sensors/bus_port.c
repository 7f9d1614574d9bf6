// SPDX-License-Identifier: Apache-2.0
/* A serial port: opened by the name it was configured with, for ourselves alone, set as asked, and what is wrong with
 * it said in words that help. What the driver cannot do is said too, and stops nothing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/serial.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "sensors/bus_int.h"

#define HOLDER_SIZE 64

static const struct {
    int baud;
    speed_t speed;
} speeds[] = {{1200, B1200},   {2400, B2400},   {4800, B4800},     {9600, B9600},    {19200, B19200},
              {38400, B38400}, {57600, B57600}, {115200, B115200}, {230400, B230400}};

/* Who has it, and what to do */

static bool holds(const char *pid, const char *port)
{
    char dir_path[300], target[SW_PATH_SIZE];
    DIR *dir;
    bool found = false;

    (void) snprintf(dir_path, sizeof(dir_path), "/proc/%.16s/fd", pid);
    dir = opendir(dir_path);
    for (struct dirent *e; dir && !found && (e = readdir(dir)) != NULL;) {
        const ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);

        if (n > 0) {
            target[n] = '\0';
            found = strcmp(target, port) == 0;
        }
    }
    if (dir)
        closedir(dir);
    return found;
}

/** "mbpoll, process 123" as far as this user may see; else "another program". */
static void find_holder(const char *path, char *ret)
{
    char *real = realpath(path, NULL);
    DIR *proc = opendir("/proc");

    (void) snprintf(ret, HOLDER_SIZE, "another program");
    for (struct dirent *e; real && proc && (e = readdir(proc)) != NULL;) {
        char comm_path[64], comm[32] = "";
        FILE *f;

        if (strspn(e->d_name, "0123456789") != strlen(e->d_name) || atoi(e->d_name) == getpid() ||
            !holds(e->d_name, real))
            continue;
        (void) snprintf(comm_path, sizeof(comm_path), "/proc/%.16s/comm", e->d_name);
        f = fopen(comm_path, "re");
        if (f && fgets(comm, sizeof(comm), f))
            comm[strcspn(comm, "\n")] = '\0';
        if (f)
            fclose(f);
        (void) snprintf(ret, HOLDER_SIZE, "%s, process %.16s,", comm[0] ? comm : "another program", e->d_name);
        break;
    }
    if (proc)
        closedir(proc);
    free(real);
}

static int is_held(const struct sw_bus *b, int error, struct sw_err *err)
{
    char holder[HOLDER_SIZE];

    find_holder(b->params.port, holder);
    return sw_err_set(err, SW_E_IO, error, "bus %s: %.100s is in use: %s holds it; stop that program", b->params.id,
                      b->params.port, holder);
}

static int is_denied(const struct sw_bus *b, struct sw_err *err)
{
    char buf[1024], group_name[40] = "dialout", user_name[40] = "the service";
    struct stat st;
    struct group group, *found = NULL;
    struct passwd user, *me = NULL;

    if (stat(b->params.port, &st) == 0 && st.st_gid != 0 &&
        getgrgid_r(st.st_gid, &group, buf, sizeof(buf), &found) == 0 && found)
        (void) snprintf(group_name, sizeof(group_name), "%s", group.gr_name);
    if (getpwuid_r(geteuid(), &user, buf, sizeof(buf), &me) == 0 && me)
        (void) snprintf(user_name, sizeof(user_name), "%s", user.pw_name);
    return sw_err_set(
        err, SW_E_IO, EACCES,
        "bus %s: no permission to open %.90s: add the user to group %s (usermod -aG %s %s) and start again",
        b->params.id, b->params.port, group_name, group_name, user_name);
}

static int opened_badly(const struct sw_bus *b, int error, struct sw_err *err)
{
    const struct sw_bus_params *p = &b->params;

    if (error == EACCES || error == EPERM)
        return is_denied(b, err);
    if (error == EBUSY || error == EWOULDBLOCK)
        return is_held(b, error, err);
    if (error == ENOENT || error == ENXIO || error == ENODEV)
        return sw_err_set(err, SW_E_IO, error, "bus %s: there is no %.120s: is the adapter plugged in?", p->id,
                          p->port);
    return sw_err_set(err, SW_E_IO, error, "bus %s: cannot open %.120s: %s", p->id, p->port,
                      error == ENOTTY ? "it is not a serial port" : strerror(error));
}

/* Settings */

static void fill(struct termios *t, const struct sw_serial *s)
{
    cfmakeraw(t);
    t->c_cflag &= ~(tcflag_t) (CSIZE | CSTOPB | PARENB | PARODD | CMSPAR | CRTSCTS);
    t->c_cflag |= CS8 | CREAD | CLOCAL;
    t->c_cflag |= s->stop_bits == 2 ? CSTOPB : 0;
    t->c_cflag |= s->parity == 'N' ? 0 : s->parity == 'O' ? PARENB | PARODD : PARENB;
    t->c_iflag &= ~(tcflag_t) (INPCK | IGNPAR | IXOFF | IXANY);
    t->c_iflag |= s->parity == 'N' ? 0 : INPCK;
    t->c_cc[VMIN] = 1; /* so that "nothing there" and "gone" differ */
    t->c_cc[VTIME] = 0;
    for (size_t i = 0; i < SW_ARRAY_SIZE(speeds); i++) {
        if (speeds[i].baud == s->baud) {
            cfsetispeed(t, speeds[i].speed);
            cfsetospeed(t, speeds[i].speed);
        }
    }
}

/** A driver may take the order and not carry it out: what holds is asked for. */
static void check_what_holds(struct sw_bus *b, const struct sw_serial *s, const struct termios *want)
{
    const tcflag_t form = CSIZE | CSTOPB | PARENB | PARODD | CMSPAR;
    struct termios holds_now;

    if (tcgetattr(b->fd, &holds_now) < 0)
        return;
    if (cfgetospeed(&holds_now) != cfgetospeed(want))
        sw_bus_note(b, "bus %s: the driver of %.80s does not do %d baud: readings may fail", b->params.id,
                    b->params.port, s->baud);
    else if ((holds_now.c_cflag & form) != (want->c_cflag & form))
        sw_bus_note(b, "bus %s: the driver of %.80s does not do the format %d%c%d: readings may fail", b->params.id,
                    b->params.port, s->data_bits, s->parity, s->stop_bits);
}

int sw_port_set(struct sw_bus *b, const struct sw_serial *s, struct sw_err *err)
{
    struct termios t;

    if (tcgetattr(b->fd, &t) == 0) {
        fill(&t, s);
        if (tcsetattr(b->fd, TCSADRAIN, &t) == 0) {
            check_what_holds(b, s, &t);
            return SW_OK;
        }
    }
    return opened_badly(b, errno, err);
}

/** Let the driver switch the direction of the line. Kept: delays that the driver or the device tree gave. */
static void set_rs485(struct sw_bus *b)
{
    struct serial_rs485 rs485 = {0};

    if (ioctl(b->fd, TIOCGRS485, &rs485) == 0) {
        if ((rs485.flags & (SER_RS485_RTS_ON_SEND | SER_RS485_RTS_AFTER_SEND)) == 0)
            rs485.flags |= SER_RS485_RTS_ON_SEND;
        rs485.flags |= SER_RS485_ENABLED;
        if (ioctl(b->fd, TIOCSRS485, &rs485) == 0)
            return;
    }
    sw_bus_note(b,
                "bus %s: the driver of %.80s cannot switch the direction of RS-485 (%s): going on without, as an "
                "adapter that does it by itself needs nothing",
                b->params.id, b->params.port, errno == ENOTTY ? "not offered" : strerror(errno));
}

/** An FTDI adapter else hands bytes over every 16 ms. Drivers that know no such thing are not asked twice. */
static void set_low_latency(const struct sw_bus *b)
{
    struct serial_struct serial;

    if (ioctl(b->fd, TIOCGSERIAL, &serial) == 0 && (serial.flags & ASYNC_LOW_LATENCY) == 0) {
        serial.flags |= ASYNC_LOW_LATENCY;
        (void) ioctl(b->fd, TIOCSSERIAL, &serial);
    }
}

int sw_port_open(struct sw_bus *b, struct sw_err *err)
{
    int rc;

    b->fd = open(b->params.port, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (b->fd < 0)
        return opened_badly(b, errno, err);
    if (!isatty(b->fd))
        rc = opened_badly(b, ENOTTY, err);
    else if (flock(b->fd, LOCK_EX | LOCK_NB) < 0)
        rc = opened_badly(b, errno, err);
    else
        rc = sw_port_set(b, &b->params.serial, err);
    if (rc < 0) {
        close(b->fd);
        b->fd = -1;
        return rc;
    }
    (void) ioctl(b->fd, TIOCEXCL); /* whoever asks for no lock is kept out too, unless it is root */
    if (b->params.has_rs485)
        set_rs485(b);
    set_low_latency(b);
    tcflush(b->fd, TCIOFLUSH);
    return SW_OK;
}

void sw_port_close(struct sw_bus *b)
{
    (void) ioctl(b->fd, TIOCNXCL); /* outlives the descriptor while anybody else has the port open */
    tcflush(b->fd, TCIOFLUSH);     /* else closing waits for what a dead adapter will never send */
    close(b->fd);
    b->fd = -1;
}
