/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Application protocols: what a parser must provide, and what detection and logging may ask.
 *
 * A protocol is a folder under dataplane/app/ that registers one const descriptor (one line in
 * dataplane/app/registry.c). The room finds the protocol by content, feeds the parser with in-order
 * bytes (TCP) or datagrams (UDP), keeps its transactions, lets detection look at their buffers,
 * logs them when complete, and frees them.
 */
#ifndef DP_APP_H
#define DP_APP_H

#include <dp/stream.h>
#include <sig/app_event.h>
#include <sig/buffer.h>

struct dp_app_desc;

#define DP_TX_EVENTS_MAX 255u /**< records of events of one transaction, as the peer keeps them */

/** First member of every protocol's transaction struct. */
struct dp_tx {
	struct dp_tx *next, *prev; /**< the flow's list, in order of id */
	uint64_t id;               /**< 0-based in the flow */
	uint8_t progress[2];       /**< by enum sig_dir, the protocol's own scale, never falls */
	bool inspected[2];         /**< detection is done with that direction */
	bool logged;
	bool dropped;              /**< a signature dropped it */
	/** Belongs to one direction (1 << enum sig_dir): the other has nothing; 0: to both. */
	uint8_t only_dir;
	uint8_t detect_flags;
	uint8_t guessed;           /**< alerts of packet signatures that show it */
	uint64_t scanned[2];       /**< detection: bit per desc->buffers[] entry already scanned */
	struct dp_tx_detect *det[2]; /**< detection: signatures waiting for later buffers */
	uint64_t events[2];        /**< 128 bits by the protocol's event number, both directions */
	struct dp_file *files;     /**< dp/file.h; newest last; NULL */
	uint64_t grown[2];         /**< detection: bytes already inspected of the growing buffer */
	uint64_t ev_logged[2];     /**< events already reported as anomalies */
	/** Events since the last report, each time one came, in that order. Slab (DP_MEM_APP); NULL: none,
	 *  or no memory: the bits that are not reported yet are told then, once each. */
	uint8_t *ev_new;
	uint8_t ev_new_n, ev_new_cap;
	uint8_t ev_total;          /**< of all events, up to DP_TX_EVENTS_MAX */
	uint8_t held[2];           /**< files that are still being joined: not complete before */
	bool quiet;                /**< lent to another protocol's code, whose events are not its own */
	size_t size;               /**< of the whole struct, as given to dp_tx_add */
};

/** Hangs on dp_flow.app. */
struct dp_app_flow {
	const struct dp_app_desc *desc; /**< NULL: not known yet, or failed */
	uint16_t proto;                 /**< enum sig_proto; FAILED when nothing fits */
	uint16_t proto_dir[2];          /**< what each direction looked like */
	uint16_t proto_orig;            /**< before an upgrade (STARTTLS, h2c) */
	uint16_t proto_expected;
	void *state;                    /**< the parser's */
	struct dp_tx *tx_first, *tx_last;
	uint64_t tx_next_id;            /**< transactions ever opened */
	uint64_t tx_live;
	bool failed;                    /**< parser gave up: no further parsing */
	bool eof[2];
	bool left_alone;                /**< parser says: may be bypassed, if a site wants that */
	bool encrypted;                 /**< parser says: only ciphertext follows */
	uint64_t events[2];             /**< flow-level events (no transaction), 128 bits */
	uint64_t det_bytes[2];          /**< bytes tried by protocol detection */
	uint32_t need[2];               /**< parser will not progress before this many bytes */
	uint64_t proto_events;          /**< detection anomalies by enum sig_ev_applayer */
	uint64_t ev_logged[2], proto_ev_logged;
	bool pm_done[2], pp_done[2];    /**< patterns, probes can find nothing more there */
	bool logged_any, change_pending;
	bool changing;                  /**< changed over, and nothing of the new protocol was read yet */
	uint8_t first_dir;              /**< direction of the first data; 2: none yet */
	uint16_t change_to;
	/** What the protocol before a change hands to the next one, for its open() to take: pairs of
	 *  name and value, each as u32 and u32 lengths, then both. Slab (DP_MEM_APP); NULL: nothing. */
	uint8_t *carry;
	uint32_t carry_n, carry_cap;
	uint32_t file_ids;              /**< files ever opened */
	uint64_t ended_txs;             /**< freed so far */
	uint64_t probe_no[2];           /**< bit per registry entry: its probe said no */
	uint64_t fed[2];                /**< bytes handed to the parser */
	int64_t mem;                    /**< bytes of DP_MEM_APP it has, counted for `mem_proto` */
	uint16_t mem_proto;
	bool detect_done[2];            /**< protocol of that direction settled */
	/** 1 << enum sig_dir: what it speaks was just found, or given up; its next packet tells. */
	uint8_t proto_news;
	bool log_empty;                 /**< parser's log: write the record though it is empty */
	/** DNS: ids of questions whose answers are not logged either, the newest of them. */
	uint16_t quiet[8];
	uint8_t quiet_n;
	uint8_t store;                  /**< files to come are stored: 1 << enum sig_dir */
	bool flush[2];                  /**< parser: raw signatures should look now */
	struct dp_frames *frames;       /**< dp/frame.h; NULL: none yet */
};

struct dp_app_in {
	struct dp_span data;
	uint64_t off; /**< stream offset of the first byte; 0 for UDP */
	uint32_t gap; /**< bytes missing before it */
	struct dp_span head; /**< with a gap: what the parser had not consumed before it, gone otherwise */
	bool eof;     /**< this direction ends after these bytes */
	enum sig_dir dir;
	uint64_t ts_ns;
};

/** What a parser sees of its surroundings. */
struct dp_app_ctx {
	struct dp_ctx *c;
	struct dp_flow *f;
	struct dp_app_flow *a;
	struct dp_flow_table *table;
	const struct dp_pkt *p; /**< packet that brought the data; may be NULL at flow end */
};

enum dp_app_rc {
	DP_APP_OK = 0,
	DP_APP_ERROR = -1, /**< gives up on this flow */
};

enum dp_buf_state {
	DP_BUF_LATER,  /**< may still come */
	DP_BUF_ABSENT, /**< will never come in this transaction and direction */
	DP_BUF_PART,   /**< growing: more will follow */
	DP_BUF_FULL,
};

/** From which progress a buffer or number can be asked for. */
struct dp_app_buffer {
	uint16_t buf;     /**< enum sig_buffer */
	uint8_t dir;      /**< enum sig_dir */
	uint8_t progress; /**< present (or absent for good) once tx->progress[dir] >= this */
};
/** A step of a transaction by the peer's name (rule hooks). */
struct dp_app_state {
	const char *name;
	uint8_t dir, progress;
};
struct dp_app_number {
	uint16_t num; /**< enum sig_number */
	uint8_t dir, progress;
};

/** Literal that proves the protocol (checked first), at `off` from the start of the direction. */
struct dp_app_pattern {
	uint8_t dir; /**< enum sig_dir, or 2 for both */
	bool nocase;
	uint16_t off;   /**< earliest position */
	uint16_t depth; /**< search within the first `depth` bytes; 0: exactly at off */
	uint8_t len;
	const char *bytes;
};

struct sig_img_op;
/** What test() gets as `arg`: the instruction and its bytes (op->len of them; NUL after text). */
struct dp_test_arg {
	const struct sig_img_op *op;
	const void *data;
};

enum dp_probe { DP_PROBE_NO, DP_PROBE_MORE, DP_PROBE_YES, DP_PROBE_YES_REVERSE };

#define DP_APP_TESTS 4

struct dp_app_desc {
	uint16_t proto;          /**< enum sig_proto */
	const char *eve_type;    /**< event_type of its log record, NULL: none */
	const char *eve_object;  /**< name of the object in it; NULL: eve_type */
	/** event_type by transaction; NULL: always eve_type. */
	const char *(*eve_type_of)(const struct dp_tx *tx);
	bool tcp, udp;
	const struct dp_app_pattern *patterns;
	unsigned n_patterns;
	/** Looks at the first bytes of one direction; ports only as a hint. May be NULL. */
	enum dp_probe (*probe)(const struct dp_app_ctx *x, const struct dp_app_in *in);
	uint16_t ports[8];       /**< host order, 0 ends: where probe() is tried */
	bool probe_any_port;     /**< try probe() on every port */

	int (*open)(struct dp_app_ctx *x, void **state);
	void (*close)(struct dp_app_ctx *x, void *state);
	/** Consume a prefix of in->data; *consumed may be less (rest is offered again with more).
	 *  Opens transactions with dp_tx_add(). Set x->a->need[dir] to be called only with more. */
	int (*parse)(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
		uint32_t *consumed);
	/** A hole of in->gap bytes. NULL: the flow fails at a gap. */
	int (*gap)(struct dp_app_ctx *x, void *state, const struct dp_app_in *in);
	void (*tx_free)(struct dp_app_ctx *x, struct dp_tx *tx);
	uint8_t first_dir; /**< mask of 1 << enum sig_dir: who may speak first; 0: anyone */
	bool log_tx_id;    /**< its record carries tx_id */
	/** Source and destination of its record are those of the packet that completed it (on TCP
	 *  often the acknowledgement), not those of the transaction. */
	bool log_packet_dir;
	/** They are always those of the flow, also where a transaction belongs to the answering side. */
	bool log_flow_dir;
	/** Its last record before a change of protocol belongs to the packet that brought it. */
	bool log_change_packet;
	/** Progress at which its record is written; {0, 0}: when complete. */
	uint8_t log_at[2];
	/** Events of a transaction make no record once its own, and those of the ones before it, are written:
	 *  as with the peer, they then only drive signatures. Not of its first 64 events those (1 << number)
	 *  in late_events. */
	bool record_ends_events;
	uint64_t late_events;
	uint8_t complete[2]; /**< progress at which a direction of a transaction is complete */
	/** Its messages are no reason to show raw signatures a stream before a chunk is collected, as the
	 *  parser of the peer does not ask for it. */
	bool raw_waits;
	bool unidirectional; /**< a transaction belongs to one direction: the other is complete */

	const struct dp_app_buffer *buffers;
	unsigned n_buffers; /**< at most 64 */
	const struct dp_app_number *numbers;
	unsigned n_numbers;
	const struct dp_app_state *states; /**< ends with a NULL name; NULL: none */
	enum dp_buf_state (*buffer)(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_buffer b,
		enum sig_dir dir, uint32_t instance, struct dp_span *out);
	/** False: no such value (any more instances). */
	bool (*number)(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_number n,
		enum sig_dir dir, uint32_t instance, uint64_t *out);
	/** Keywords that are neither: `kind` is enum sig_opt_kind, arg a struct dp_test_arg.
	 *  -1 later, 0 no, 1 yes. Kind BYTE_TEST without arg: 1 when numbers in this transaction
	 *  are little endian (`dce`), 0 big, -1 does not say. */
	int (*test)(const struct dp_app_ctx *x, struct dp_tx *tx, unsigned kind, enum sig_dir dir,
		const void *arg, uint32_t arg_len);
	/** The kinds that test() knows, 0 ends; what is not here does not count as offered. */
	uint8_t tests[DP_APP_TESTS];
	/** Members of the record. The room has opened an object named eve_object and closes it. */
	void (*log)(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
	/** Objects of their own beside it, whenever the record is written (the peer's `rpc` of NFS). */
	void (*log_beside)(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
	/** Same, as it stands inside alerts; NULL: use log. */
	void (*log_alert)(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
	/** A signature has switched off the record of this transaction: what belongs to it? NULL: nothing. */
	void (*quiet)(struct dp_app_flow *a, const struct dp_tx *tx);
	/** Further members inside alerts: contents of messages, as the site asks for them. */
	void (*log_contents)(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
	/** Value of the header by which a proxy names the client (X-Forwarded-For). False: none. */
	bool (*forwarded)(const struct dp_app_ctx *x, struct dp_tx *tx, const char *header,
		struct dp_span *out);
	/* Frames (sticky buffer `frame`) need no member: parsers call dp_frame_add (dp/frame.h). */
};

/** All descriptors, NULL ends. */
extern const struct dp_app_desc *const dp_app_registry[];
const struct dp_app_desc *dp_app_by_proto(enum sig_proto proto);

/** Stage: hand new data of p's flow to detection of protocol and parser. After dp_stream_packet.
 *  A pseudo packet (flow end) also completes every transaction still open. */
void dp_app_packet(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_pkt *p);
/** Stage: after detection: log complete transactions, free those that everyone is done with:
 *  detection must set tx->inspected[] of complete ones, with or without signatures. */
void dp_app_settle(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_pkt *p);
/** Flow end: parsers see the end, the rest is logged and freed. */
void dp_app_flow_end(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_flow *f);

/** For alerts on a transaction: its protocol's object and its files, as members of the tree's top
 *  level. Nothing when the transaction is gone. */
/** What `header` (lower case) of the transaction says of the client behind a proxy; tx_id UINT64_MAX:
 *  of any transaction. */
bool dp_app_forwarded(struct dp_ctx *ctx, struct dp_flow_table *t, const struct dp_pkt *p,
	uint64_t tx_id, const char *header, struct dp_span *out);
void dp_app_alert_tree(struct dp_ctx *ctx, struct dp_flow_table *t, const struct dp_pkt *p,
	uint64_t tx_id, struct dp_rec *r);

/** For parsers. New transaction of `size` bytes (zeroed, struct dp_tx first), or NULL. */
void *dp_tx_add(struct dp_app_ctx *x, size_t size);
/** Anomaly of a transaction (NULL: of the flow). Each call makes a record, up to DP_TX_EVENTS_MAX and
 *  desc->record_ends_events. */
void dp_tx_event(struct dp_app_ctx *x, struct dp_tx *tx, enum sig_dir dir, unsigned event);
/** Signatures see the event from now on; a record of it is made only by dp_tx_event. */
void dp_tx_mark(struct dp_tx *tx, unsigned event);
void dp_app_event(struct dp_app_ctx *x, enum sig_dir dir, unsigned event);
/**
 * Replace the protocol from here on (STARTTLS, upgrade). False: the first bytes behind one change ask
 * for the next, which is not followed.
 */
bool dp_app_change(struct dp_app_ctx *x, enum sig_proto to);

static inline bool dp_tx_has_event(const struct dp_tx *tx, unsigned event)
{
	return event < 128 && (tx->events[event >> 6] >> (event & 63)) & 1;
}

static inline bool dp_app_has_event(const struct dp_app_flow *a, unsigned event)
{
	return event < 128 && (a->events[event >> 6] >> (event & 63)) & 1;
}

/** Numbers of events are the protocol's in sig/app_event.h. */
static inline bool dp_tx_complete(const struct dp_app_desc *d, const struct dp_tx *tx, int dir)
{
	return tx->progress[dir] >= d->complete[dir] && !tx->held[dir];
}

#endif
