/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files seen in transactions: tracked, hashed and (when asked) stored, whatever protocol carried
 * them. The hooks the verdict stage needs: state, and "last segment" known before it is forwarded.
 */
#ifndef DP_FILE_H
#define DP_FILE_H

#include <dp/app.h>

enum dp_file_state { DP_FILE_OPEN, DP_FILE_CLOSED, DP_FILE_TRUNCATED, DP_FILE_ERROR };

struct dp_file {
	struct dp_file *next;
	uint32_t id;     /**< within the flow */
	uint8_t dir;     /**< enum sig_dir */
	uint8_t state;   /**< enum dp_file_state */
	bool gaps, logged, stored, want_store, no_store;
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
	void *hash; /**< running state */
	char *magic;
};

#endif
