/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Counters of each signature, always on, and the file through which a worker shows them to control.
 *
 * A worker counts with plain increments straight into a file that it has mapped shared (in the run
 * directory, so in memory): one file for each layer, image generation and slot, made when the worker
 * opens the image, never inside the packet path. A worker that takes the place of a dead one goes on
 * counting in the same file. Control maps it read-only; each 64-bit value is whole, the set of them
 * is not a snapshot. Control removes files of generations that no longer run.
 *
 * Writer: the worker that owns the slot. Readers: control, the command line.
 */
#ifndef DP_SIG_COUNTERS_H
#define DP_SIG_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/** One signature's; the index is that of the signature in its image. */
struct dp_sig_counters {
	uint64_t prefilter; /**< hits of its literal or expression in a search */
	uint64_t evaluated; /**< header fitted, its program was run */
	uint64_t matched;   /**< everything fitted, before thresholds thin alerts */
	uint64_t cycles;    /**< spent in `sampled` of the evaluations */
	uint64_t sampled;
	uint64_t last_ns;   /**< wall clock (a capture's time in replay) of the last match, 0: never */
};

#define DP_SIG_FILE_MAGIC UINT64_C(0x31544e4347495353)
#define DP_SIG_FILE_PREFIX "signatures."

struct dp_sig_file {
	uint64_t magic;
	uint64_t id;         /**< random: tells this file from a later one of the same name */
	uint64_t start_ns;   /**< wall clock, when it was made */
	uint32_t layer, generation, slot;
	uint32_t n;          /**< signatures */
	uint64_t pad[3];
	struct dp_sig_counters sig[];
};

/** Bytes of a file for n signatures. */
size_t dp_sig_file_bytes(uint32_t n);
/**
 * Worker: map the file of this layer, generation and slot in `dir`, made first unless there is one
 * of the same shape. 0 or -errno. Several system calls: not for the packet path.
 */
int dp_sig_file_open(const char *dir, unsigned layer, uint32_t generation, unsigned slot, uint32_t n,
	struct dp_sig_file **f);
/** Control: map a file read-only. -EBADMSG: it is none, or cut short. */
int dp_sig_file_read(const char *path, const struct dp_sig_file **f);
/** NULL is fine. */
void dp_sig_file_close(const struct dp_sig_file *f);

#endif
