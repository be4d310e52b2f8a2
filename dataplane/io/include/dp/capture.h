/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Capture files: pcap (microseconds and nanoseconds, both byte orders, the extended record form)
 * and pcapng (several sections and interfaces), and a writer for classic pcap.
 *
 * The reader maps the file; records point into the mapping and stay valid until close. A file may
 * be cut off anywhere or be hostile: every length is compared with what is left before use.
 * Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. Not thread-safe.
 */
#ifndef DP_CAPTURE_H
#define DP_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

/** Longest record accepted, as libpcap's MAXIMUM_SNAPLEN. */
#define DP_CAPTURE_MAX_LEN 262144u

struct dp_capture;

struct dp_capture_rec {
	const uint8_t *data;
	uint32_t len;      /**< bytes present */
	uint32_t wire_len; /**< bytes on the wire, at least len */
	uint64_t ts_ns;    /**< nanoseconds since the epoch */
	uint16_t linktype; /**< LINKTYPE_ value */
};

/** 0, or -errno with a sentence in err: -ENOENT and friends; -EINVAL: no capture format known. */
int dp_capture_open(const char *path, struct dp_capture **c, char *err, size_t err_len);
void dp_capture_close(struct dp_capture *c);
/** 1 and *rec; 0 at the end; -EBADMSG with a sentence: the rest of the file cannot be read. */
int dp_capture_next(struct dp_capture *c, struct dp_capture_rec *rec, char *err, size_t err_len);
/** Records returned so far are not needed any more: their pages need not stay in memory. What was
 *  changed in them is lost. */
void dp_capture_passed(struct dp_capture *c);
/** Bytes read so far and in all, for progress. */
void dp_capture_progress(const struct dp_capture *c, uint64_t *done, uint64_t *total);

struct dp_capture_writer;

/** Microsecond pcap with one link type. */
int dp_capture_create(const char *path, uint16_t linktype, struct dp_capture_writer **w, char *err,
	size_t err_len);
int dp_capture_write(struct dp_capture_writer *w, uint64_t ts_ns, const void *data, uint32_t len,
	uint32_t wire_len);
/** Flushes; -errno when anything could not be written. */
int dp_capture_finish(struct dp_capture_writer *w);

#endif
