// SPDX-License-Identifier: Apache-2.0
/* Inside the line: what its files share. bus.c keeps the silence and sends each request the right way; bus_rtu.c speaks
 * RTU on a descriptor, bus_port.c owns serial ports, bus_socket.c connects, bus_modbus.c is the door to libmodbus.
 * Nobody else includes this. */
#ifndef SW_SENSORS_BUS_INT_H
#define SW_SENSORS_BUS_INT_H

#include "sensors/bus.h"

#define SW_CONNECT_TIMEOUT_US 1000000
#define SW_SETTLE_QUIET_MIN_US 20000 /* USB adapters hand bytes over in bursts up to 16 ms apart */

struct sw_bus {
    struct sw_bus_params params;
    void *tcp; /* bus_modbus.c's context; NULL on lines that speak RTU */
    int fd;    /* lines that speak RTU; -1 = closed */
    bool is_open;
    struct sw_serial serial; /* what the line speaks now */
    int64_t char_us_x10;     /* a character on it, tenths of a microsecond; 0 by TCP */
    int64_t silence_us;      /* 3.5 characters; 0 by TCP */
    int64_t quiet_until_us;  /* real monotonic: earliest start of the next request */
    uint64_t foreign_total;
    bool hears_echo; /* the adapter gives back what is sent */
    struct {
        int64_t until_us; /* real monotonic: an answer that never came may still come until then */
        uint8_t fc;
    } owed[256];    /* by unit id; lines that speak RTU */
    char note[400]; /* what is worth saying and stopped nothing; several sentences at most */
};

/* bus.c */
/** Fill err with who was asked for what and the reason. @return code */
int sw_bus_failed(const struct sw_bus *b, const struct sw_bus_request *rq, int code, int detail, const char *what,
                  struct sw_err *err);
void sw_bus_note(struct sw_bus *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* bus_rtu.c */
/** Throw away what has come. @return whether there was anything */
bool sw_rtu_flush(struct sw_bus *b);
int sw_rtu_exchange(struct sw_bus *b, const struct sw_bus_request *rq, uint16_t *regs, struct sw_bus_times *times,
                    struct sw_err *err);

/* bus_port.c */
int sw_port_open(struct sw_bus *b, struct sw_err *err);
void sw_port_close(struct sw_bus *b);
/** Speak otherwise from now on. What the driver refuses becomes a note. @return SW_OK; SW_E_IO the port is lost */
int sw_port_set(struct sw_bus *b, const struct sw_serial *s, struct sw_err *err);

/* bus_socket.c */
/** Connect within the bounds of sw_bus_open; b->fd. */
int sw_socket_open(struct sw_bus *b, struct sw_err *err);
/** Find out within seconds that the peer is gone, also while idle. */
void sw_socket_watch(int fd);
/** The resolver of this thread gives up after about two seconds. */
void sw_socket_bound_resolver(void);
int sw_socket_failed(const struct sw_bus *b, int error, const char *what, struct sw_err *err);

/* bus_modbus.c */
int sw_tcp_new(struct sw_bus *b, struct sw_err *err);
void sw_tcp_free(struct sw_bus *b);
int sw_tcp_open(struct sw_bus *b, struct sw_err *err);
void sw_tcp_close(struct sw_bus *b);
int sw_tcp_fd(const struct sw_bus *b);
int sw_tcp_exchange(struct sw_bus *b, const struct sw_bus_request *rq, uint16_t *regs, struct sw_bus_times *times,
                    struct sw_err *err);

#endif
