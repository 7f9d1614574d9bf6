// SPDX-License-Identifier: Apache-2.0
/* The files of a built web page, read once into memory with their type, tag and packed form. A request is looked up in
 * that table by its whole path: nothing that comes over the wire is ever a name of a file. */
#ifndef SW_IO_STATIC_H
#define SW_IO_STATIC_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "io/http.h"

#define SW_STATIC_FILES_MAX 256
#define SW_STATIC_BYTES_MAX (8 * 1024 * 1024) /* of all files as they are */
#define SW_STATIC_PATH_SIZE 200

struct sw_static;

/** Read a folder and the folders in it. Only plain files with a known ending (html, js, css, svg, png, ico, json,
 *  webmanifest, txt); hidden ones are left out, so are maps of sources; symbolic links are not followed.
 *  @return SW_OK; SW_E_NOTFOUND there is no such folder, or no index.html in it; SW_E_FULL too many or too large;
 *          SW_E_IO; SW_E_NOMEM */
int sw_static_new(const char *folder, struct sw_static **ret, struct sw_err *err);
/** After the HTTP that sends from it. NULL is fine; always returns NULL. */
struct sw_static *sw_static_free(struct sw_static *s);
size_t sw_static_count(const struct sw_static *s);

/** Answer a GET of the file at this path of the table: "/" is index.html, "/desk/" is desk/index.html. What is under an
 *  `assets` folder is named by its content and may be kept for ever; everything else is asked for again each time.
 *  Packs it (gzip) for who takes that, and answers 304 to who has it. @return false: no such file, nothing was done */
bool sw_static_answer(const struct sw_static *s, const struct sw_http_request *rq, const char *path,
                      struct sw_http_response *rs);

#endif
