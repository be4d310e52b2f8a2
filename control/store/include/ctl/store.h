/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signature images on disk, by layer and generation:
 *
 *     STATE/images/LAYER/N.img      images, never changed once they have their name
 *     STATE/images/LAYER/current    "N PREVIOUS MODE": what runs, what `rollback` returns to
 *
 * A generation is a number that grows by one for each image ever stored in its layer. `current` is
 * replaced by rename, so a crash leaves the old or the new, never half of either. The last
 * CTL_STORE_KEEP images stay. One process; not thread-safe.
 */
#ifndef CTL_STORE_H
#define CTL_STORE_H

#include <stddef.h>
#include <stdint.h>

#define CTL_LAYERS 3u
#define CTL_STORE_KEEP 5u

/** Indexed by enum dp_layer_id. */
extern const char *const ctl_layer_name[CTL_LAYERS];
/** -1: no such layer. */
int ctl_layer_by_name(const char *name);

struct ctl_store_layer {
	uint32_t current;  /**< 0: none */
	uint32_t previous; /**< 0: none */
	uint32_t newest;   /**< highest number in use */
	uint32_t mode;     /**< enum dp_mode + 1; 0: the worker's default */
};

struct ctl_store {
	char dir[256];
	struct ctl_store_layer layer[CTL_LAYERS];
};

/** Makes the folders, reads what is there. 0 or -errno. */
int ctl_store_open(struct ctl_store *s, const char *state_dir);
/** Path of an image; out holds 320. */
void ctl_store_path(const struct ctl_store *s, unsigned layer, uint32_t generation, char out[320]);
/** Store bytes as a new generation (not current yet). 0 or -errno. */
int ctl_store_add(struct ctl_store *s, unsigned layer, const void *image, size_t n,
	uint32_t *generation);
/** The same by moving or copying a file. */
int ctl_store_add_file(struct ctl_store *s, unsigned layer, const char *path, uint32_t *generation);
/** Take away an image that was refused. */
void ctl_store_discard(struct ctl_store *s, unsigned layer, uint32_t generation);
/** This generation runs from now on (0: none); the former becomes previous. Deletes the oldest. */
int ctl_store_commit(struct ctl_store *s, unsigned layer, uint32_t generation, uint32_t mode);

#endif
