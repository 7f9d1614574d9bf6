// SPDX-License-Identifier: Apache-2.0
/* The gateway's Ed25519 key: its file (PKCS #8 in PEM, as `openssl pkey` reads it), made at the first start, and what
 * is signed and checked with it. What a signature is over is said in gateway/chain.c. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/macros.h"
#include "gateway/chain.h"

#define PUBLIC_PREFIX "ed25519:"
#define PEM_BEGIN "-----BEGIN PRIVATE KEY-----\n"
#define PEM_END "\n-----END PRIVATE KEY-----\n"
#define DER_SIZE (16 + crypto_sign_SEEDBYTES)
#define DER_TEXT_SIZE 64 /* base64 of it, without the NUL */
#define PEM_SIZE (sizeof(PEM_BEGIN) - 1 + DER_TEXT_SIZE + sizeof(PEM_END) - 1)
#define BASE64 sodium_base64_VARIANT_ORIGINAL

/* PKCS #8 of an Ed25519 key (RFC 8410) up to its 32 bytes. */
static const unsigned char der_head[16] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                           0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

_Static_assert(SW_SIGNATURE_SIZE == crypto_sign_BYTES && SW_PUBLIC_KEY_SIZE == crypto_sign_PUBLICKEYBYTES &&
                   SW_SECRET_KEY_SIZE == crypto_sign_SECRETKEYBYTES,
               "Ed25519");

static void to_pem(const unsigned char seed[crypto_sign_SEEDBYTES], char ret[PEM_SIZE + 1])
{
    unsigned char der[DER_SIZE];
    char text[DER_TEXT_SIZE + 1];

    memcpy(der, der_head, sizeof(der_head));
    memcpy(der + sizeof(der_head), seed, crypto_sign_SEEDBYTES);
    sodium_bin2base64(text, sizeof(text), der, sizeof(der), BASE64);
    snprintf(ret, PEM_SIZE + 1, "%s%s%s", PEM_BEGIN, text, PEM_END);
    sodium_memzero(der, sizeof(der));
    sodium_memzero(text, sizeof(text));
}

static bool from_pem(const char *pem, size_t len, unsigned char ret_seed[crypto_sign_SEEDBYTES])
{
    const char *text = pem + sizeof(PEM_BEGIN) - 1;
    unsigned char der[DER_SIZE];
    size_t der_len = 0;
    bool is_key = len == PEM_SIZE && memcmp(pem, PEM_BEGIN, sizeof(PEM_BEGIN) - 1) == 0 &&
                  memcmp(text + DER_TEXT_SIZE, PEM_END, sizeof(PEM_END) - 1) == 0 &&
                  sodium_base642bin(der, sizeof(der), text, DER_TEXT_SIZE, NULL, &der_len, NULL, BASE64) == 0 &&
                  der_len == sizeof(der) && memcmp(der, der_head, sizeof(der_head)) == 0;

    if (is_key)
        memcpy(ret_seed, der + sizeof(der_head), crypto_sign_SEEDBYTES);
    sodium_memzero(der, sizeof(der));
    return is_key;
}

static void take_seed(const unsigned char seed[crypto_sign_SEEDBYTES], struct sw_key *ret)
{
    crypto_sign_seed_keypair(ret->public_key, ret->secret_key, seed);
}

static int io_error(struct sw_err *err, const char *path, const char *what)
{
    int saved = errno;

    return sw_err_set(err, SW_E_IO, saved, "%s: %s: %s", path, what, strerror(saved));
}

static int check_mode(int fd, const char *path, struct sw_err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return io_error(err, path, "cannot be looked at");
    if (!S_ISREG(st.st_mode))
        return sw_err_set(err, SW_E_CORRUPT, 0, "%s is no file; the gateway's key is to be there", path);
    if (st.st_mode & 077)
        return sw_err_set(err, SW_E_DENIED, 0,
                          "%s is open to others (mode %03o), who could sign in the gateway's name: chmod 600 it, or "
                          "remove it so that a new key is made",
                          path, (unsigned) st.st_mode & 0777u);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return sw_err_set(err, SW_E_DENIED, 0, "%s belongs to user %u: chown it to the user that the gateway runs as",
                          path, (unsigned) st.st_uid);
    return SW_OK;
}

/* @return SW_OK; SW_E_NOTFOUND there is no such file */
static int read_key(const char *path, struct sw_key *ret, struct sw_err *err)
{
    unsigned char seed[crypto_sign_SEEDBYTES];
    char pem[PEM_SIZE + 1]; /* one more than it may have */
    ssize_t got = 0;
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

    if (fd < 0)
        return errno == ENOENT ? SW_E_NOTFOUND : io_error(err, path, "the gateway's key cannot be read");
    rc = check_mode(fd, path, err);
    while (rc == SW_OK && len < sizeof(pem) && (got = read(fd, pem + len, sizeof(pem) - len)) > 0)
        len += (size_t) got;
    if (got < 0)
        rc = io_error(err, path, "the gateway's key cannot be read");
    close(fd);
    if (rc == SW_OK && !from_pem(pem, len, seed))
        rc = sw_err_set(err, SW_E_CORRUPT, 0,
                        "%s is no Ed25519 key in PEM: bring its copy back, or remove it so that a new key is made (the "
                        "hub then asks for a confirmation)",
                        path);
    if (rc == SW_OK)
        take_seed(seed, ret);
    sodium_memzero(pem, sizeof(pem));
    sodium_memzero(seed, sizeof(seed));
    return rc;
}

static int sync_folder(const char *path, struct sw_err *err)
{
    char folder[SW_PATH_SIZE + 64];
    char *slash;
    int fd, rc = SW_OK;

    snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (!slash)
        strcpy(folder, ".");
    else
        slash[slash == folder] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        rc = io_error(err, folder, "cannot be written to disk");
    if (fd >= 0)
        close(fd);
    return rc;
}

static int write_file(const char *path, const char *text, size_t len, struct sw_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), rc = SW_OK;
    ssize_t put;

    if (fd < 0)
        return io_error(err, path, "the gateway's key cannot be written");
    put = write(fd, text, len);
    if (put >= 0 && (size_t) put < len)
        errno = ENOSPC;
    if (put < 0 || (size_t) put < len || fchmod(fd, 0600) < 0 || fsync(fd) < 0)
        rc = io_error(err, path, "the gateway's key cannot be written");
    if (close(fd) < 0 && rc == SW_OK)
        rc = io_error(err, path, "the gateway's key cannot be written");
    if (rc < 0)
        unlink(path);
    return rc;
}

/* Written whole under another name, then given its own, which must be free: a power cut leaves no half of a key, and no
 * key ever replaces another. */
static int make_key(const char *path, struct sw_key *ret, bool *ret_is_new, struct sw_err *err)
{
    unsigned char seed[crypto_sign_SEEDBYTES];
    char half[SW_PATH_SIZE + 72], pem[PEM_SIZE + 1];
    int rc;

    snprintf(half, sizeof(half), "%s.new", path);
    unlink(half); /* of a start that was cut off */
    randombytes_buf(seed, sizeof(seed));
    to_pem(seed, pem);
    rc = write_file(half, pem, PEM_SIZE, err);
    if (rc == SW_OK) {
        bool is_mine = link(half, path) == 0;
        int saved = errno;

        unlink(half);
        errno = saved;
        if (is_mine) {
            take_seed(seed, ret);
            *ret_is_new = true;
        } else {
            rc = saved == EEXIST ? read_key(path, ret, err) : io_error(err, path, "the gateway's key cannot be kept");
        }
    }
    if (rc == SW_OK)
        rc = sync_folder(path, err);
    sodium_memzero(pem, sizeof(pem));
    sodium_memzero(seed, sizeof(seed));
    return rc;
}

int sw_key_load(const char *path, struct sw_key *ret, bool *ret_is_new, struct sw_err *err)
{
    struct sw_key k = {0};
    bool is_new = false;
    int rc;

    if (strlen(path) >= SW_PATH_SIZE + 64)
        return sw_err_set(err, SW_E_INVAL, 0, "%.60s…: the path is too long", path);
    if (sodium_init() < 0)
        return sw_err_set(err, SW_E_IO, 0, "libsodium finds no random numbers");
    rc = read_key(path, &k, err);
    if (rc == SW_E_NOTFOUND)
        rc = make_key(path, &k, &is_new, err);
    if (rc == SW_OK) {
        *ret = k;
        *ret_is_new = is_new;
    }
    sw_key_wipe(&k);
    return rc;
}

void sw_key_wipe(struct sw_key *k)
{
    sodium_memzero(k, sizeof(*k));
}

void sw_key_public_text(const unsigned char public_key[SW_PUBLIC_KEY_SIZE], char *ret)
{
    strcpy(ret, PUBLIC_PREFIX);
    sodium_bin2base64(ret + sizeof(PUBLIC_PREFIX) - 1, SW_PUBLIC_KEY_TEXT_SIZE - (sizeof(PUBLIC_PREFIX) - 1),
                      public_key, SW_PUBLIC_KEY_SIZE, BASE64);
}

/* Exactly `size` bytes in base64, nothing around them. */
static bool parse_bytes(const char *text, unsigned char *ret, size_t size)
{
    const char *end = NULL;
    size_t len = 0;

    return text && sodium_base642bin(ret, size, text, strlen(text), NULL, &len, &end, BASE64) == 0 && len == size &&
           *end == '\0';
}

bool sw_key_public_parse(const char *text, unsigned char ret[SW_PUBLIC_KEY_SIZE])
{
    unsigned char key[SW_PUBLIC_KEY_SIZE];

    if (!text || strncmp(text, PUBLIC_PREFIX, sizeof(PUBLIC_PREFIX) - 1) != 0 ||
        !parse_bytes(text + sizeof(PUBLIC_PREFIX) - 1, key, sizeof(key)))
        return false;
    memcpy(ret, key, sizeof(key));
    return true;
}

void sw_key_sign(const struct sw_key *k, const void *text, size_t len, char *ret)
{
    unsigned char signature[SW_SIGNATURE_SIZE];

    crypto_sign_detached(signature, NULL, text, len, k->secret_key);
    sodium_bin2base64(ret, SW_SIGNATURE_TEXT_SIZE, signature, sizeof(signature), BASE64);
}

bool sw_key_verify(const unsigned char public_key[SW_PUBLIC_KEY_SIZE], const void *text, size_t len,
                   const char *signature)
{
    unsigned char bytes[SW_SIGNATURE_SIZE];

    return parse_bytes(signature, bytes, sizeof(bytes)) &&
           crypto_sign_verify_detached(bytes, text, len, public_key) == 0;
}
