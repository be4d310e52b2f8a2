/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files seen in transactions: tracked, hashed and (when asked) stored, whatever protocol carried
 * them. The hooks the verdict stage needs: state, and "last segment" known before it is forwarded.
 */
#ifndef DP_FILE_H
#define DP_FILE_H

#include <dp/app.h>

enum dp_file_state { DP_FILE_OPEN, DP_FILE_CLOSED, DP_FILE_TRUNCATED, DP_FILE_ERROR };

struct dp_file_digest;

struct dp_file {
	struct dp_file *next;
	uint32_t id;     /**< within the flow */
	uint8_t dir;     /**< enum sig_dir */
	uint8_t state;   /**< enum dp_file_state */
	bool gaps, logged, stored, want_store, no_store;
	uint8_t n_sid;   /**< signatures that asked for it to be stored; further ones are not named */
	uint32_t sid[8];
	bool spoiled;    /**< part of it found no room in the ring */
	bool unstored;   /**< it was wanted, and spoiled */
	uint64_t spool;  /**< number in the ring; 0: not spooled */
	uint64_t spooled; /**< bytes put there */
	uint8_t spool_of; /**< slot of the worker that put them there, + 1; 0: this one */
	uint64_t spool_upto; /**< ... and how far its ring is about the file */
	bool joined;     /**< put together from ranges: its beginning is kept, as far as the window goes */
	bool external;   /**< content for inspection is kept by the parser (HTTP bodies) */
	uint8_t *name;   /**< slab, DP_MEM_FILE */
	uint32_t name_len;
	uint64_t size;   /**< bytes seen */
	uint64_t start, end; /**< byte range when `ranged` */
	bool ranged;
	/** Retained window for inspection: data[0] is file offset data_off. */
	uint8_t *data;
	uint32_t data_len, data_cap;
	uint64_t data_off;
	uint64_t inspected; /**< detection has seen up to here */
	uint8_t md5[16], sha1[20], sha256[32]; /**< valid once closed */
	bool has_md5, has_sha1, has_sha256;
	struct dp_file_digest *hash; /**< running state; NULL when nobody asked */
	char *magic;        /**< slab, magic_len bytes and a NUL; see dp_file_magic */
	uint32_t magic_len;
	bool magic_asked;   /**< libmagic has seen it: not again, also where it had no answer */
	uint8_t head[256];  /**< first bytes, for the type where nothing else has them any more */
	uint16_t head_len;
	/** Of an `external` file: its content from the first byte, as far as the parser keeps it. Borrowed
	 *  from the parser, who sets it with each piece. */
	const uint8_t *kept;
	uint32_t kept_n;
};

#define DP_FILE_WINDOW_BYTES 102400u /**< most bytes of one file kept for inspection */
#define DP_FILE_NAME_MAX 1024u
#define DP_FILE_MAGIC_MIN 512u /* bytes that make a type known before the end; the peer's */

/** New file of the transaction, appended to tx->files. NULL without memory. Name is copied. */
struct dp_file *dp_file_open(struct dp_app_ctx *x, struct dp_tx *tx, enum sig_dir dir,
	const void *name, uint32_t name_len);
void dp_file_data(struct dp_ctx *c, struct dp_file *f, const uint8_t *p, uint32_t n);
/** `n` bytes are missing: size counts them, hashes are of what was seen, the file counts as cut. */
void dp_file_gap(struct dp_ctx *c, struct dp_file *f, uint64_t n);
void dp_file_close(struct dp_ctx *c, struct dp_file *f, bool truncated);
void dp_file_free_all(struct dp_ctx *c, struct dp_file **list);
/** Some file is open or its record not written. */
bool dp_file_busy(const struct dp_file *list);
/** Before its record is written: a spooled file is kept or discarded, and `stored` says which. */
void dp_file_settle(struct dp_ctx *c, struct dp_file *f);
/** The object "fileinfo". */
void dp_file_log(const struct dp_file *f, uint64_t tx_id, struct dp_rec *r);
/** Its members, without the object around them. */
void dp_file_log_fields(const struct dp_file *f, uint64_t tx_id, struct dp_rec *r);
/** Type by content, computed once: when first asked with DP_FILE_MAGIC_MIN bytes or the end seen, from
 *  at most DP_FILE_WINDOW_BYTES of what is kept by then (libmagic: slow, allocates, loads its database
 *  once per worker: only where a signature or the configuration asks). NULL when unknown. */
const char *dp_file_magic(struct dp_ctx *c, struct dp_file *f);
/** At worker's end. */
void dp_file_magic_close(struct dp_ctx *c);

#endif
