/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The file store: files by their SHA-256 as the peer lays them out, DIR/ab/abcdef..., and beside a
 * file, where wanted, its record as DIR/ab/SHA256.SECONDS.NUMBER.json. Fed with the same records
 * that EVE lines are made from, in their order, by the one thread that drains the rings.
 *
 * Pieces go to DIR/tmp/ as they come; no file stays open between them, so neither many files at a
 * time nor workers that die exhaust anything. What a dead worker left in tmp is removed at the next
 * open. A quota refuses further files; one that is already there is stored again at no cost.
 */
#ifndef CTL_FILESTORE_H
#define CTL_FILESTORE_H

#include <ctl/eve.h>

struct ctl_filestore {
	/* configuration, set by ctl_filestore_open */
	char *dir;
	bool fileinfo;
	uint64_t quota_bytes, quota_files; /**< 0: none */
	/* state and counters, read by anyone in the thread */
	uint64_t bytes, files;             /**< in the store now */
	uint64_t stored, duplicates, refused, errors;
	int error;                         /**< errno of the last failure */
	/* private */
	struct ctl_eve eve;
	bool expects;    /**< the next file record describes what was just stored */
	char name[65];
	uint64_t ts_ns, id;
};

/** Make the folders, remove what was left in tmp, count what is there. 0 or -errno. */
int ctl_filestore_open(struct ctl_filestore *s, const char *dir, bool fileinfo,
	uint64_t quota_bytes, uint64_t quota_files);
void ctl_filestore_close(struct ctl_filestore *s);
/** Any record; those that are not about files are passed over. */
void ctl_filestore_record(struct ctl_filestore *s, const struct dp_ev_head *rec);

#endif
