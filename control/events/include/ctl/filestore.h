/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The file store: files by their SHA-256 as the peer lays them out, DIR/ab/abcdef..., and beside a
 * file, where wanted, its record as DIR/ab/SHA256.SECONDS.NUMBER.json. Fed with the same records
 * that EVE lines are made from, in their order, by the one thread that drains the rings.
 *
 * Pieces go to DIR/tmp/ as they come; one file at most stays open between them, so neither many
 * files at a time nor workers that die exhaust anything. What a dead worker left in tmp is removed at the next
 * open, and by ctl_filestore_tidy. A file becomes part of the store by a rename when all of it is
 * there, so a crash leaves no half of one. A quota refuses further files; one that is already there
 * is stored again at no cost. Somebody may remove files at any time: a store that is full counts
 * again, at most once a minute, before it refuses.
 */
#ifndef CTL_FILESTORE_H
#define CTL_FILESTORE_H

#include <ctl/eve.h>
#include <dp/segment.h>

struct ctl_filestore {
	/* configuration, set by ctl_filestore_open */
	char *dir;
	bool fileinfo;
	uint64_t quota_bytes, quota_files; /**< 0: none */
	/* state and counters, read by anyone in the thread */
	uint64_t bytes, files;             /**< in the store now */
	uint64_t stored, duplicates, refused, incomplete, errors;
	int error;                         /**< errno of the last failure */
	/** Of each worker's last file that was to be kept: rings are drained in turn. */
	struct ctl_filestore_last {
		uint64_t id, ts_ns;
		const char *why; /**< why it was not kept; NULL: it was */
		bool expects;    /**< the worker's next file record describes what was just stored */
		char name[65];
	} last[DP_MAX_SLOTS];
	/* private */
	struct ctl_eve eve;
	int fd;          /**< of the file written to last, or -1 */
	uint16_t fd_worker;
	uint64_t fd_id, fd_size;
	bool over;       /**< a file was refused for a quota: count again what is there */
	unsigned folder; /**< the next of 256 to be counted, with what is in those before */
	uint64_t found_files, found_bytes;
};

/** Make the folders, remove what was left in tmp, count what is there. 0 or -errno. */
int ctl_filestore_open(struct ctl_filestore *s, const char *dir, bool fileinfo,
	uint64_t quota_bytes, uint64_t quota_files);
void ctl_filestore_close(struct ctl_filestore *s);
/** Remove from tmp what got no piece for `age_s` seconds: its worker is dead. */
void ctl_filestore_tidy(struct ctl_filestore *s, unsigned age_s);
/**
 * Somebody may have cleared up a store that is full: count one of its 256 folders. To be called some
 * times a second; does nothing while no file is refused.
 */
void ctl_filestore_recount(struct ctl_filestore *s);
/** Any record; those that are not about files are passed over. */
void ctl_filestore_record(struct ctl_filestore *s, const struct dp_ev_head *rec);

#endif
