// SPDX-License-Identifier: Apache-2.0
/* Documents of windows as they lie on the disk: the same words come some hundred times an hour, so a document of 900
 * bytes is kept in 130. Without loss, byte for byte. Pure: no I/O; zlib's memory is the caller's thread's own.
 *
 *   u8 1 · raw deflate (RFC 1951) with the dictionary of window_text.c · u16le CRC-16/MODBUS of all before it
 *   u8 0 · the text as it is, where that is shorter · u16le CRC
 *
 * The dictionary belongs to the form: it is never changed, a better one gets the next number. */
#ifndef SW_IO_WINDOW_TEXT_H
#define SW_IO_WINDOW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define SW_WINDOW_TEXT_EXTRA 3              /* bytes that a packed text is longer than the text at most */
#define SW_WINDOW_TEXT_MAX (2 * 256 * 1024) /* a text of more is neither packed nor unpacked */

struct sw_window_packer;
/** Keeps zlib's state from one text to the next; of one thread. @return NULL: no memory */
struct sw_window_packer *sw_window_packer_new(void);
struct sw_window_packer *sw_window_packer_free(struct sw_window_packer *p); /* NULL is fine; always returns NULL */

/** @param buf  [len + SW_WINDOW_TEXT_EXTRA] @return length, 0 = it is too long */
size_t sw_window_pack(struct sw_window_packer *p, const char *text, size_t len, unsigned char *buf);

/** @param buf  [cap]; a NUL is put behind the text
 *  @return SW_OK; SW_E_CORRUPT it is none of ours or damaged; SW_E_FULL it does not fit */
int sw_window_unpack(struct sw_window_packer *p, const void *body, size_t len, char *buf, size_t cap, size_t *ret_len);

/** True for what sw_window_pack wrote; JSON begins otherwise. */
static inline bool sw_window_is_packed(const void *body, size_t len)
{
    return len >= SW_WINDOW_TEXT_EXTRA && *(const unsigned char *) body <= 1;
}

#endif
