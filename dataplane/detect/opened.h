/* SPDX-License-Identifier: Apache-2.0 */
/** Private to detection: an opened rule set, and what is built when it is opened. */
#ifndef DP_DETECT_OPENED_H
#define DP_DETECT_OPENED_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <dp/frame.h>
#include <hs/hs_common.h>
#include <hs/hs_runtime.h>
#include <pcre2.h>
#include <sig/image.h>
#include <sig/rule.h>

/** Which table of always-candidates a packet belongs to. */
enum port_class { PC_TCP, PC_UDP, PC_OTHER, PC_NONIP, PC__COUNT };

/** Signatures that need no hit, by destination port: `any` for every port, run[group[port]] else. */
struct port_table {
	uint32_t *any;
	uint32_t any_n;
	uint16_t *group; /**< 65536 entries, NULL: no signature names a port */
	struct {
		uint32_t *sig;
		uint32_t n;
	} *run;
	uint32_t runs_n;
};

struct dset; /* sets.c */

struct sig_run {
	uint32_t *sig;
	uint32_t n;
};

/** Pieces of IPv4 space: piece i begins at at[i] and holds pool.sig[first[i] .. first[i + 1]). */
struct addr_index {
	uint32_t *at, *first;
	uint32_t n;
	struct sig_run pool;
};

struct dp_ruleset {
	struct sig_image img;
	hs_database_t **db; /**< by group */
	void *db_mem;
	size_t db_bytes;
	pcre2_code **re; /**< by regex */
	bool *re_ahead;  /**< by regex: it may look at bytes behind its match */
	struct port_table always[PC__COUNT][2][2]; /**< by class, direction, whether payload is needed */
	struct sig_run iponly, decode, pdonly;
	struct addr_index by_addr[2]; /**< of iponly, for IPv4: by source, by destination ... */
	struct sig_run ip_wide;       /**< ... and those worth neither */
	struct sig_run tx_always[SIG_PROTO__COUNT][2];
	struct sig_run frame_always[SIG_PROTO__COUNT][2];
	uint64_t frame_types[2], frame_streams; /**< as dp_ctx has them, of this rule set */
	struct sig_run tx_event; /**< look at events only: run without a transaction too */
	/** Groups stand together by (scope, buffer, direction): first and number. */
	struct {
		uint32_t first, n;
	} scope[SIG_SCOPE__COUNT][2], buf[SIG_BUF__COUNT][2];
	/** Groups of payload for a few ports, which `scope` leaves out: sorted by port, one for each port
	 *  of their set. [0]: of destinations, [1]: of sources. */
	struct port_groups {
		struct port_group {
			uint32_t port, group;
		} *v;
		uint32_t n;
	} by_port[SIG_SCOPE__COUNT][2][2];
	/** By group: contents of anchored expressions end before this; 0: none is anchored. */
	uint32_t *reach;
	/** By hit: a literal ending behind this cannot be the content that the signature means. Hits
	 *  of one pattern come in order, so the first one beyond speaks for all. */
	uint32_t *hit_max;
	struct dset **set; /**< by image set */
	struct dp_shared_state *shared; /**< as the worker has it since adoption, and which that was: */
	uint64_t adopted_ns;
	uint32_t generation;
	struct state_name {
		uint64_t hash;
		uint32_t name;
	} *name; /**< sorted by hash */
	uint32_t names_n;
	uint8_t file_hashes; /**< DP_FILE_* that rules compare */
	struct run *run;   /**< made by dp_detect_prepare */
	bool has_raw;      /**< anything looks at raw stream data */
	bool stores;         /**< some rule has filestore */
};

/* ruleset.c */
/** Digests of files that rules ask for. */
uint8_t dp_ruleset_file_hashes(const struct dp_ruleset *rs);
/* names.c */
int dp_names_build(struct dp_ruleset *rs);
/* always.c */
int dp_run_append(struct sig_run *x, uint32_t sig);
int dp_tables_build(struct dp_ruleset *rs);
void dp_tables_free(struct dp_ruleset *rs);
/* addrs.c */
int dp_addrs_build(struct dp_ruleset *rs);
void dp_addrs_free(struct dp_ruleset *rs);
struct sig_run dp_addrs_find(const struct addr_index *x, const union dp_addr *a);
/* sets.c */
int dp_sets_open(struct dp_ruleset *rs, char *err, size_t err_len);
void dp_sets_close(struct dp_ruleset *rs);
bool dp_set_has(const struct dset *s, const uint8_t *p, uint32_t n, uint16_t *rep);
/** True: it was not there, and now is. */
bool dp_set_add(struct dset *s, const uint8_t *p, uint32_t n);
bool dp_set_remove(struct dset *s, const uint8_t *p, uint32_t n);
/** Some worker's rule took it out of this rule set's generation. Any thread. */
bool dp_set_forgotten(const struct dp_ruleset *rs, uint32_t set, const uint8_t *p, uint32_t n);
/** Take over what signatures of `old` added to sets of the same name. */
void dp_sets_inherit(struct dp_ruleset *rs, const struct dp_ruleset *old);

#endif
