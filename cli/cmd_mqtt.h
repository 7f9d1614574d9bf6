// SPDX-License-Identifier: Apache-2.0
/* The words behind `siteward mqtt`. argv[0] is the word itself. */
#ifndef SW_CLI_CMD_MQTT_H
#define SW_CLI_CMD_MQTT_H

#include <stdbool.h>
#include <stdint.h>

int sw_cmd_mqtt_watch(int argc, char **argv);
int sw_cmd_mqtt_ask(int argc, char **argv);

/** SIGINT and SIGTERM as something to wait for; before any thread starts. @return a descriptor, -1 = none */
int sw_mqtt_stop_fd(void);
/** @return true = a stop is wanted; false = the time is over */
bool sw_mqtt_stop_wait(int stop_fd, int64_t real_us);

#endif
