/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A JSON writer into one growing buffer, for output that is written hundreds of thousands of times
 * a second. It places the commas itself; the caller balances begin and end. What it writes is always
 * valid JSON text in UTF-8, whatever bytes it is given.
 *
 *     struct ctl_json j = {0};
 *     ctl_json_obj(&j, NULL);
 *     ctl_json_str(&j, "event_type", "alert");
 *     ctl_json_u64(&j, "pcap_cnt", 7);
 *     ctl_json_end_obj(&j);
 *     fwrite(j.buf, 1, j.len, f); ctl_json_reset(&j); ... ctl_json_fini(&j);
 *
 * Keys are trusted literals of our own except in ctl_json_key_bytes. Inside an array the key is
 * NULL. Not thread-safe. When memory runs out `failed` sticks and the record is to be discarded.
 */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_json {
	char *buf;
	size_t len, cap;
	bool failed;
};

void ctl_json_reset(struct ctl_json *j);
void ctl_json_fini(struct ctl_json *j);
/** Room for n more bytes, or NULL (failed). The caller adds to len what it wrote. */
char *ctl_json_room(struct ctl_json *j, size_t n);

void ctl_json_key_bytes(struct ctl_json *j, const void *key, size_t n);
void ctl_json_obj(struct ctl_json *j, const char *key);
void ctl_json_arr(struct ctl_json *j, const char *key);
void ctl_json_end_obj(struct ctl_json *j);
void ctl_json_end_arr(struct ctl_json *j);

void ctl_json_str(struct ctl_json *j, const char *key, const char *s);
/**
 * Bytes that may be anything: as text when they are UTF-8; otherwise ASCII stays and every other
 * byte becomes the four characters \xhh, as the peer prints them.
 */
void ctl_json_bytes(struct ctl_json *j, const char *key, const void *p, size_t n);
/** Printable ASCII and CR, LF as they are, anything else a dot (the peer's payload_printable). */
void ctl_json_printable(struct ctl_json *j, const char *key, const void *p, size_t n);
void ctl_json_hex(struct ctl_json *j, const char *key, const void *p, size_t n);
void ctl_json_b64(struct ctl_json *j, const char *key, const void *p, size_t n);
void ctl_json_u64(struct ctl_json *j, const char *key, uint64_t v);
void ctl_json_i64(struct ctl_json *j, const char *key, int64_t v);
void ctl_json_bool(struct ctl_json *j, const char *key, bool v);
/** At most 15 significant digits; not a number and infinite become null. */
void ctl_json_f64(struct ctl_json *j, const char *key, double v);
void ctl_json_null(struct ctl_json *j, const char *key);
/** Text that is JSON already, e.g. `"metadata":{...}`'s value. */
void ctl_json_raw(struct ctl_json *j, const char *key, const char *json, size_t n);
/** A line end after a whole record. */
void ctl_json_newline(struct ctl_json *j);

/** True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms; RFC 3629). */
bool ctl_utf8_valid(const uint8_t *p, size_t n);
/** n bytes as standard base64 with padding (RFC 4648) into out; returns characters written. */
size_t ctl_base64(char *out, const uint8_t *p, size_t n);

#endif
