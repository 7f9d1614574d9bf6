// SPDX-License-Identifier: Apache-2.0
/* A camera's configuration in the words of siteward-snapshot, with its password. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/snapshot.h"
#include "gateway/snapshot_job.h"

/* First line of the password file, read anew each time: it may have been changed. */
static int read_password(const char *file, char *buf, size_t cap, struct sw_err *err)
{
    FILE *f = *file ? fopen(file, "re") : NULL;
    int rc = SW_OK;

    buf[0] = '\0';
    if (!*file)
        return SW_OK;
    errno = 0;
    if (!f || !fgets(buf, (int) cap, f))
        rc = sw_err_set(err, SW_E_IO, errno, "its password_file cannot be read: %s",
                        f && errno == 0 ? "it is empty" : strerror(errno));
    if (f)
        fclose(f);
    buf[strcspn(buf, "\r\n")] = '\0';
    return rc;
}

int core_snapshot_job(const struct sw_camera_conf *conf, struct sw_snapshot_job *ret, struct sw_err *err)
{
    static const int32_t auths[] = {[SW_CAMERA_AUTH_AUTO] = SW_SNAPSHOT_AUTH_AUTO,
                                    [SW_CAMERA_AUTH_BASIC] = SW_SNAPSHOT_AUTH_BASIC,
                                    [SW_CAMERA_AUTH_DIGEST] = SW_SNAPSHOT_AUTH_DIGEST};

    *ret = (struct sw_snapshot_job){.magic = SW_SNAPSHOT_MAGIC,
                                    .parent = getpid(),
                                    .auth = auths[conf->auth],
                                    .insecure = conf->is_insecure,
                                    .timeout_ms = conf->timeout_ms,
                                    .max_bytes = (int32_t) SW_MIN(conf->max_bytes, SW_SNAPSHOT_BYTES_MAX)};
    (void) snprintf(ret->url, sizeof(ret->url), "%s", conf->url);
    (void) snprintf(ret->username, sizeof(ret->username), "%s", conf->username);
    (void) snprintf(ret->ca_file, sizeof(ret->ca_file), "%s", conf->ca_file);
    return read_password(conf->password_file, ret->password, sizeof(ret->password), err);
}
