// SPDX-License-Identifier: Apache-2.0
/* From what the library and the broker say to a cause, and from the cause to what to do. */
#include "gateway/uplink_cause.h"

#include <string.h>

#include "common/macros.h"

/* The door to the broker tells how far TLS came; see enum sw_mqtt_tls. */
static enum sw_uplink_cause cause_of_tls(enum sw_mqtt_tls tls)
{
    switch (tls) {
    case SW_MQTT_TLS_NOT_TRUSTED:
    case SW_MQTT_TLS_WRONG_NAME:
        return SW_UPLINK_NOT_TRUSTED;
    case SW_MQTT_TLS_REFUSED:
        return SW_UPLINK_NOT_ACCEPTED;
    case SW_MQTT_TLS_FILES:
        return SW_UPLINK_FILES;
    default:
        return SW_UPLINK_UNREACHABLE;
    }
}

enum sw_uplink_cause uplink_cause_of(const struct sw_mqtt_event *ev)
{
    switch (ev->reason) {
    case 0x84:
        return SW_UPLINK_VERSION;
    case 0x85: /* client id */
    case 0x86: /* user name or password */
    case 0x87: /* not authorised */
    case 0x8a: /* banned */
    case 0x8c: /* bad authentication method */
        return SW_UPLINK_CREDENTIALS;
    case 0x8e:
        return SW_UPLINK_TAKEN_OVER;
    default:
        return cause_of_tls(ev->tls);
    }
}

const char *uplink_cause_advice(enum sw_uplink_cause cause)
{
    static const char *const advice[] = {
        [SW_UPLINK_FINE] = "",
        [SW_UPLINK_UNREACHABLE] = "",
        [SW_UPLINK_NOT_TRUSTED] = "; see that platform.ca_file holds the root of the broker's certificate, that the "
                                  "certificate is for the name in platform.url and has not run out, and that the clock "
                                  "of this machine is right",
        [SW_UPLINK_NOT_ACCEPTED] = "; see that platform.cert_file is there, has not run out and was not revoked: the "
                                   "broker's log tells which, and whoever runs it issues a new one",
        [SW_UPLINK_CREDENTIALS] = "; see platform.username and password_file, and what the broker's access list says "
                                  "of this client id",
        [SW_UPLINK_VERSION] = "; set platform.version to what the broker speaks, or to auto",
        [SW_UPLINK_FILES] =
            "; see platform.ca_file, cert_file, key_file and password_file: siteward check looks at them",
        [SW_UPLINK_TAKEN_OVER] = "; another client uses the id of this gateway: find it, and give each its own id",
    };

    return (unsigned) cause < SW_ARRAY_SIZE(advice) ? advice[cause] : "";
}
