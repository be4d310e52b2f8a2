/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Private to detection: what a worker's detection state and one evaluation consist of.
 *
 * A packet's way: packet.c gathers candidates (always.c tables, prefilter.c hits), runs them in
 * order; tx.c does the same for transactions; alert.c sorts, thins (threshold.c) and acts.
 * inspect.c runs the program of one buffer, test.c single tests, fetch.c finds buffers.
 */
#ifndef DP_DETECT_INNER_H
#define DP_DETECT_INNER_H

#include "opened.h"
#include <dp/detect.h>
#include <dp/file.h>
#include <dp/frame.h>
#include <dp/slab.h>

/* ---- per worker ----------------------------------------------------------------------------- */

/** What a hit asks of a signature before the signature itself is read: side by side. */
struct gate {
	uint16_t seen;         /**< epoch in which it became a candidate */
	uint16_t place;        /**< index, PLACE_ASK: too many, ask the signature */
	uint32_t forbids : 20; /**< GATE_* (gate.c): what a packet must not be */
	uint32_t app : 12;     /**< enum sig_proto, UNKNOWN: any */
	uint32_t hits;         /**< of its literal, not yet in its counters */
};
#define PLACE_ASK UINT16_MAX

/** Addresses and ports; thousands of signatures share a few. */
struct place {
	uint32_t src, dst, sport, dport; /**< sets, NONE: any */
	uint32_t both_ways;
};

/** Signatures that need no hit and fit the addresses and ports of the last packet of a direction:
 *  packets of one conversation come in runs, so that the next one mostly asks for the same. */
#define NEAR_MAX 62u
struct near {
	union dp_addr src, dst;
	uint16_t sp, dp;
	uint8_t ip_ver, pc;
	bool filled, whole; /**< whole: they are not more than NEAR_MAX */
	bool bytes;	    /**< those that need payload are there, too */
	uint8_t bare_n, n; /**< the first bare_n need no payload */
	uint32_t sig[NEAR_MAX];
};

/** Memory that one worker needs for one rule set. */
struct run {
	hs_scratch_t *scratch;
	struct gate *gate; /**< by signature */
	struct place *place;
	uint32_t *place_memo; /**< by place: memo_epoch << 1 | inside */
	uint32_t places_n;
	struct near near[2]; /**< by direction */
	uint32_t swept; /**< up to where hits were last counted, see dp_detect_idle */
	uint32_t have; /**< GATE_* of this packet */
	uint16_t epoch;
	uint32_t *cand;
	uint32_t cand_n, cand_cap;
	/** Signatures of transactions whose payload this packet shows: for the looks that follow it. */
	uint32_t *woken;
	uint32_t woken_n;
	/** Answers for this packet: epoch << 1 | inside. */
	uint32_t *src_memo, *dst_memo, *sp_memo, *dp_memo;
	uint32_t memo_epoch;
	struct dp_sig_counters *cnt; /**< where to count: `own`, or what the caller gave */
	struct dp_sig_counters *own;
	struct dp_geo *geo; /**< NULL: no rule asks, or there is no database */
};

struct layer {
	struct dp_ruleset *rs;
	uint32_t generation;
	uint64_t since_ns; /**< when it was adopted */
	uint64_t off_ns, on_ns; /**< when the layer was last switched; on_ns 0: never on again */
	uint32_t want; /**< enum dp_app_want of its signatures */
};

/** A transformed buffer, valid while the packet is handled. */
struct cached {
	const void *owner; /**< transaction or packet */
	uint16_t buffer;
	uint8_t dir, xf_n;
	uint8_t layer, state;
	uint32_t xf, instance;
	struct dp_span out;
};
#define CACHE_MAX 128
#define ARENA_BYTES (4u << 20)

struct thresholds;
struct marks;
struct tags;
struct tag;
struct recall;
#define REPLACE_MAX 16

struct dp_detect {
	struct dp_ctx *ctx;
	struct layer layer[DP_LAYER__COUNT];
	pcre2_match_data *md;
	pcre2_match_context *mc;
	pcre2_jit_stack *jit;
	uint8_t *arena; /**< transforms; reset per packet */
	uint32_t arena_n;
	struct cached cache[CACHE_MAX];
	uint32_t cache_n;
	struct dp_alert *queue;
	uint32_t queue_n, queue_lost, queue_cap;
	uint32_t eval_num;
	struct thresholds *th;
	struct marks *bits;   /**< of this worker alone: by transaction, or all where nothing is shared */
	struct tags *tags;
	struct hashers *hashers;
	struct var_store *pktvars;
	uint64_t swap_ns;         /**< when a layer last got another image or was switched on; 0 never */
	/** Contents with `replace` found by the signature under evaluation, in the packet's payload. */
	bool repl_on;
	uint32_t repl_n;
	struct {
		const struct sig_img_op *op;
		uint32_t at;
	} repl[REPLACE_MAX];
	struct dp_stream_view sv; /**< raw stream data of this packet */
	bool sv_live;
};

/** Hangs on dp_flow.det; only flows that need it have one. */
struct named {
	uint64_t name;
	uint32_t value;
	uint8_t kind; /**< enum named_kind */
	uint8_t pad[3];
	union {
		uint8_t *data; /**< NAMED_VAR: value bytes */
		double number; /**< NAMED_ENTROPY; name is the buffer */
	};
};
enum named_kind { NAMED_BIT, NAMED_INT, NAMED_VAR, NAMED_ENTROPY };

struct dp_flow_detect {
	struct named *named;
	uint16_t named_n, named_cap;
	uint8_t flags;
	uint64_t events_seen[2];  /**< flow-level parser events already shown to signatures */
	uint64_t proto_events_seen;
	uint32_t ip_gen[2];       /**< generation that address-only signatures last saw */
	struct tag *tags;         /**< tags_n of the tag keyword */
	uint32_t tags_n;
	struct recall *recall[2]; /**< by direction: NULL, nothing */
	uint64_t rescanned_ns;    /**< last swap since when what is kept of the stream was shown again */
	uint8_t unshown[2];       /**< by direction: layers, a bit each, that have not seen that yet */
};

struct wait {
	uint32_t sig;
	uint32_t generation;
	uint64_t matched;
	uint8_t layer, done, pad[6];
};
#define GROW_MAX 8
struct dp_tx_detect {
	uint32_t cap, n;
	uint8_t grow_n, pad[3];
	uint32_t looks;
	uint64_t stamp; /**< what the transaction looked like at the last look */
	struct {
		uint16_t buffer;
		uint16_t instance;
		uint32_t pad;
		uint64_t off;
	} grow[GROW_MAX];
	struct wait w[];
};

/* ---- one evaluation -------------------------------------------------------------------------- */

/** Everything a test may look at. */
struct eval {
	struct dp_detect *d;
	struct dp_ruleset *rs;
	const struct sig_image *img;
	uint8_t layer, dir;
	struct dp_flow_table *t;
	struct dp_pkt *p;
	struct dp_flow *f;
	struct dp_app_flow *a;
	struct dp_tx *tx;
	const struct dp_frame *frame; /**< being looked at, NULL: none */
	bool tx_final; /**< nothing more will come in this direction of the transaction */
	const struct sig_img_sig *s;
	const struct dp_stream_view *sv; /**< raw stream data, NULL: none now */
	uint32_t sv_fresh; /**< bytes of sv that this packet is not the first to show */
	uint32_t sv_old;   /**< bytes of sv that were searched with earlier packets */
	bool recalls;      /**< what is found in sv now may be needed with the next packets */
	uint32_t past;     /**< a program may say yes only to what it has to look behind this for */
	bool state; /**< became whole over several packets */
	bool in_stream;
	bool by_all;       /**< the last program that said yes did so for what its bytes are or lack as a whole */
	bool thin;         /**< what has matched in the stream is not to be told with each segment */
	struct dp_app_ctx ax;
	uint64_t new_proto_events;
	int64_t vars[SIG_IMG_MAX_VARS]; /**< of e->s; zeroed for signatures that have any */
};

enum { V_NO = 0, V_YES = 1, V_LATER = 2 };

/* inspect.c */
struct insp {
	struct eval *e;
	const struct sig_img_op *op;
	uint32_t n;
	const uint8_t *buf;
	uint32_t len;
	uint64_t start; /**< offset of buf[0] in what it is a window of */
	bool end;       /**< buf ends where the whole ends */
	uint32_t pos;   /**< cursor of relative tests */
	uint32_t far; /**< where the bytes end that the answer depends on, of the branch being tried */
	uint32_t steps;
	bool whole;     /**< a test was asked that any byte may decide */
};
static inline void dp_looked(struct insp *x, int64_t upto)
{
	if (upto > (int64_t)x->far)
		x->far = (uint32_t)upto;
}
/** Run one buffer's program. */
bool dp_inspect(struct eval *e, const struct sig_img_list *l, const uint8_t *buf, uint32_t len,
	uint64_t start, bool end);
/* bytes.c: true: goes on (cursor and variables are set). */
bool dp_byte_test(struct insp *x, const struct sig_img_op *o);
bool dp_byte_jump(struct insp *x, const struct sig_img_op *o);
bool dp_byte_extract(struct insp *x, const struct sig_img_op *o);
bool dp_byte_math(struct insp *x, const struct sig_img_op *o);
bool dp_entropy(struct insp *x, const struct sig_img_op *o);
int64_t dp_num(const struct insp *x, const struct sig_img_op *o, unsigned i);
/** base64 as mail does it: whitespace is skipped, ends at the first foreign byte. */
uint32_t dp_base64(const uint8_t *in, uint32_t n, uint8_t *out, uint32_t cap, unsigned mode);
/* compare.c */
bool dp_compare(const struct sig_image *img, const struct sig_img_op *o, uint64_t v);
/** number.c: enough of n values for the index of a multi-integer (`hits` satisfy the test)? */
bool dp_index_holds(const struct sig_img_op *o, uint32_t hits, uint32_t n);

/* fetch.c */
/**
 * Bytes of a list's buffer, transformed. State says whether they exist and are whole. *start is the
 * offset of the first byte in the whole thing.
 */
enum dp_buf_state dp_fetch(struct eval *e, uint16_t buffer, uint8_t dir, uint32_t instance,
	uint32_t xf, uint8_t xf_n, struct dp_span *out, uint64_t *start);
/** The same without transforms. */
enum dp_buf_state dp_fetch_raw(struct eval *e, uint16_t buffer, uint8_t dir, uint32_t instance,
	struct dp_span *out, uint64_t *start);
/** A buffer that packets have; false: this packet has none. */
bool dp_fetch_packet(const struct dp_pkt *p, uint16_t buffer, uint32_t instance,
	struct dp_span *out);
uint8_t *dp_arena(struct dp_detect *d, uint32_t n);
/* transform.c: one transform of `in`; false: no room or impossible, the buffer does not exist. */
bool dp_transform(struct eval *e, const struct sig_img_xf *x, struct dp_span in,
	struct dp_span *out);
struct hashers *dp_hashers_create(void);
void dp_hashers_destroy(struct hashers *h);

/* test.c: tests that need no buffer. */
int dp_test_match(struct eval *e, const struct sig_img_op *o);
int dp_test_tx(struct eval *e, const struct sig_img_op *o);
/* number.c */
/** Payload as dsize counts it. */
uint32_t dp_dsize(const struct dp_pkt *p);
int dp_test_number(struct eval *e, const struct sig_img_op *o);
/* header.c */
bool dp_header_ok(struct eval *e, struct run *r);
bool dp_place_ok(const struct eval *e, struct run *r, const struct place *x);
uint8_t dp_transport_of(const struct dp_pkt *p);
bool dp_addr_in(const struct sig_image *img, uint32_t set, uint8_t ip_ver, const union dp_addr *a);
bool dp_app_matches(uint16_t want, const struct dp_app_flow *a);
/* geoip.c */
/** -ENOENT: no such database. path NULL: where distributions put one. */
int dp_geo_open(const char *path, struct dp_geo **g);
void dp_geo_close(struct dp_geo *g);
int dp_test_geoip(struct eval *e, const struct sig_img_op *o);
/* replace.c */
/** Could bytes of this packet be changed at all? */
bool dp_replace_possible(const struct eval *e);
/** Change what the signature that matched has found. */
void dp_replace(struct eval *e);
/* csum.c */
int dp_test_csum(const struct dp_pkt *p, unsigned kind, bool valid);

/* state.c: names that signatures set and test. */
struct dp_flow_detect *dp_flow_state(struct eval *e, bool make);
bool dp_bit_get(const struct dp_flow *f, uint64_t name);
int dp_test_state(struct eval *e, const struct sig_img_op *o);
void dp_post(struct eval *e, const struct sig_img_op *o);
/** The flow remembers the entropy of a buffer, whether it was what a signature wanted or not. */
void dp_entropy_note(struct eval *e, uint32_t buffer, double bits);
void dp_flowvar_set(struct eval *e, uint64_t name, const uint8_t *p, uint32_t n);
/* bits.c: xbits and hostbits. */
struct marks *dp_marks_create(void);
void dp_marks_destroy(struct marks *t);
void dp_marks_reset(struct marks *t);
bool dp_bits_test(const struct eval *e, const struct sig_img_op *o);
void dp_bits_change(struct eval *e, const struct sig_img_op *o);
/* vars.c: what is taken out of matched bytes. */
struct var_store *dp_pktvars_create(void);
void dp_pktvars_reset(struct dp_detect *d);
/** The next signature is asked: what an unmatched one took is forgotten. */
void dp_vars_begin(struct dp_detect *d);
/** It has matched. */
void dp_vars_keep(struct eval *e);
void dp_var_set(struct eval *e, const struct sig_img_cap *cap, const uint8_t *p, uint32_t n);
/** Context of a list entry for the alert; key and tree stand in the image. */
void dp_context_set(struct eval *e, const char *key, const uint8_t *tree, uint32_t n);
bool dp_pktvar_test(const struct dp_detect *d, uint64_t name, const uint8_t *want, uint32_t n,
	bool *seen);
bool dp_pktvars_any(const struct dp_detect *d);
void dp_pktvars_tree(const struct dp_detect *d, struct dp_rec *tree);
void dp_context_tree(const struct dp_detect *d, const struct dp_alert *a, struct dp_rec *tree);
/* sets.c */
int dp_test_set(struct eval *e, const struct sig_img_op *o, const uint8_t *p, uint32_t n);
int dp_rep_lookup(const struct sig_image *img, uint32_t cat, uint8_t ip_ver,
	const union dp_addr *a);

/* gate.c */
int dp_gates_build(struct run *r, const struct sig_image *img);
/** A new set of candidates. tx: of a transaction, whose signatures need no payload. */
void dp_candidates_begin(struct eval *e, bool tx);
/** Takes it, unless it was taken already or its gate says that the packet cannot concern it. */
void dp_candidate(struct eval *e, uint32_t sig);
/** May a packet of this flow and direction concern it? */
bool dp_could_concern(struct eval *e, uint32_t sig);
/** A signature of transactions whose search is in payload: candidate of the packet's transactions. */
void dp_wake(struct eval *e, uint32_t sig);
/** Those that no search finds: by class, direction and destination port. */
void dp_candidates_always(struct eval *e, enum port_class pc);
/** It passed its header once and waits for a later part. */
void dp_candidate_again(struct run *r, uint32_t sig);
void dp_candidates_sort(struct run *r);

#ifdef SEKISHO_NO_RULE_COUNTERS
enum { COUNTING = 0 };
#else
enum { COUNTING = 1 };
#endif
/** Add one to a counter of a signature. */
static inline void dp_sig_count(uint64_t *c)
{
	if (COUNTING)
		++*c;
}
/** Hits of its literal, kept beside what a hit touches anyway, become part of the counters. */
static inline void dp_sig_settle(struct run *r, uint32_t sig)
{
	if (!r->gate[sig].hits)
		return;
	r->cnt[sig].prefilter += r->gate[sig].hits;
	r->gate[sig].hits = 0;
}
/** Is this look (packet or transaction) one whose programs are timed? One in 64. */
static inline bool dp_sampled(const struct run *r)
{
	return COUNTING && (r->epoch & 63) == 0;
}

/* packet.c, tx.c */
void dp_detect_txs(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p, uint8_t dir,
	bool final);
bool dp_tests_ok(struct eval *e);
/* frame.c: frames of the packet's direction. */
void dp_detect_frames(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p, bool final);
/** What the loaded layers want, into the context that parsers look at. */
void dp_frames_wanted(struct dp_detect *d);
void dp_eval_init(struct eval *e, struct dp_detect *d, unsigned layer, struct dp_flow_table *t,
	struct dp_pkt *p);

/* alert.c */
void dp_matched(struct eval *e, uint8_t flags);
void dp_alerts_finish(struct dp_detect *d, struct dp_pkt *p);
/* tag.c */
struct tags *dp_tags_create(void);
void dp_tags_destroy(struct tags *t);
void dp_tags_reset(struct tags *t);
void dp_tags_flow_free(struct dp_detect *d, struct dp_flow_detect *fd);
/** s has matched p: begin or renew what its tag options ask for. */
void dp_tag_add(struct dp_detect *d, struct dp_pkt *p, const struct sig_image *img,
	const struct sig_img_sig *s);
/** Count p for the tags it falls under; true: it is to be recorded. */
bool dp_tags_packet(struct dp_detect *d, const struct dp_pkt *p);
/* threshold.c */
struct thresholds *dp_thresholds_create(void);
void dp_thresholds_destroy(struct thresholds *t);
void dp_thresholds_reset(struct thresholds *t);
enum { TH_DENY, TH_ALERT, TH_SILENT };
/** May change *action (rate_filter); p has an IP header. */
int dp_threshold(struct dp_detect *d, const struct sig_image *img, const struct sig_img_sig *s,
	unsigned layer, const struct dp_pkt *p, uint8_t *action);

#endif
