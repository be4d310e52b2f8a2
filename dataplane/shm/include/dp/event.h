/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Event records: what a worker tells the control plane.
 *
 * A worker appends records to its own ring (single producer, single consumer, bytes in shared
 * memory); the control plane, or `sekisho replay` in the same process, reads them and writes EVE
 * JSON. A record that does not fit is dropped and counted in the ring; a packet never waits.
 *
 * A record is a fixed head, a fixed body chosen by `type`, and an optional tail: a compact tree of
 * key/value tokens (struct dp_rec) that carries what varies by protocol. The reader prints a tree
 * without knowing the protocol, so a new protocol needs no change outside its own folder.
 *
 * Integers are in host order unless the type says otherwise: both sides run on one machine.
 */
#ifndef DP_EVENT_H
#define DP_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DP_EV_VERSION 3
#define DP_EV_ALIGN 8u
#define DP_EV_MAX 65536u /**< longest record in bytes, tail included */

enum dp_ev_type {
	DP_EV_PAD = 0, /**< filler at the end of the ring's buffer; skip `len` bytes */
	DP_EV_ALERT,   /**< struct dp_ev_alert */
	DP_EV_DROP,    /**< struct dp_ev_drop */
	DP_EV_FLOW,    /**< struct dp_ev_flow, once when a flow ends */
	DP_EV_ANOMALY, /**< struct dp_ev_anomaly */
	DP_EV_APP,     /**< struct dp_ev_app + tree: http, dns, tls, fileinfo, smtp, ... */
	DP_EV_FAULT,   /**< struct dp_ev_fault: crash, bypass, refused image ... from guard or parent */
	DP_EV_PACKET,  /**< struct dp_ev_packet: one that the tag keyword asked for */
	DP_EV_FILE,    /**< struct dp_ev_file + bytes: content of a file for the file store */
	DP_EV__COUNT
};

/** First in every record. The producer writes `len` last (release); 0 means not written yet. */
struct dp_ev_head {
	uint32_t len; /**< whole record in bytes, multiple of DP_EV_ALIGN */
	uint16_t type;
	uint16_t version; /**< DP_EV_VERSION */
};

enum dp_ev_flags {
	DP_EVF_TO_SERVER = 1 << 0, /**< the packet went from client to server */
	DP_EVF_TO_CLIENT = 1 << 1,
	DP_EVF_IPV6 = 1 << 2,
	DP_EVF_HAS_PORTS = 1 << 3,
	DP_EVF_ICMP = 1 << 4,   /**< icmp_type and icmp_code are set */
	DP_EVF_STREAM = 1 << 5, /**< the match was in reassembled data */
	DP_EVF_PSEUDO = 1 << 6, /**< made by flow end or defragmentation, not a packet of the wire */
	DP_EVF_HAS_FLOW = 1 << 7,
	DP_EVF_TX = 1 << 8,     /**< tx_id is set */
	DP_EVF_TX_GUESSED = 1 << 10, /**< with TX: the only one open when a packet signature matched */
	DP_EVF_NO_PKT = 1 << 9, /**< pkt_num does not apply (flow ended by time) */
	DP_EVF_ETHER = 1 << 11, /**< src_mac and dst_mac are set */
};

/** Where the packet came from (EVE pkt_src). */
enum dp_ev_pkt_src {
	DP_SRC_WIRE,        /**< wire or capture */
	DP_SRC_GRE,         /**< inner packet of a tunnel, by its kind */
	DP_SRC_IPV4,
	DP_SRC_IPV6,
	DP_SRC_TEREDO,
	DP_SRC_DEFRAG,      /**< put together from fragments */
	DP_SRC_GENEVE,
	DP_SRC_VXLAN,
	DP_SRC_STREAM_LOG,  /**< made to let detection see data that had not been acknowledged */
	DP_SRC_STREAM_END,  /**< made at the end of a flow */
	DP_SRC__COUNT
};

/**
 * Second in every record: which packet and flow. Addresses as the packet had them.
 *
 * Members that few records have go into the tree: "tunnel" {src_ip, src_port, dest_ip, dest_port,
 * proto, depth, pcap_cnt, pkt_src} for an inner packet, "metadata" {flowbits, flowints, flowvars},
 * "files", "spi", "response_icmp_type", "parent_id" ... Alerts and application records say where
 * their tree is; a drop, flow or anomaly record that is longer than its struct has a tree behind it.
 */
struct dp_ev_common {
	uint64_t ts_ns;   /**< packet time, nanoseconds since the epoch */
	uint64_t flow_id; /**< 0 without a flow */
	uint64_t pkt_num; /**< 1-based number in the capture (EVE pcap_cnt); 0 on a wire */
	uint64_t tx_id;
	uint64_t flow_start_ns;
	uint8_t src[16], dst[16]; /**< network order; IPv4 in the first four bytes */
	uint16_t sport, dport;
	uint32_t flags; /**< enum dp_ev_flags */
	uint16_t vlan[3];
	uint8_t vlan_count;
	uint8_t ip_proto;
	uint8_t icmp_type, icmp_code;
	uint8_t wire;
	uint8_t side;       /**< port of the wire that it came in by, 0 or 1 */
	uint16_t app_proto; /**< enum sig_proto */
	uint16_t app_proto_ts, app_proto_tc, app_proto_orig, app_proto_expected;
	uint16_t worker;
	uint8_t pkt_src; /**< enum dp_ev_pkt_src */
	uint8_t pad;
	uint16_t ether_type; /**< of the packet, with DP_EVF_ETHER; 0: the addresses are the flow's */
	/** Flow counters so far, for the flow object in alerts and drops. */
	uint64_t pkts_ts, pkts_tc, bytes_ts, bytes_tc;
	uint8_t flow_src[16], flow_dst[16]; /**< client, server */
	uint16_t flow_sport, flow_dport;
	uint8_t src_mac[6], dst_mac[6]; /**< of the sides that src and dst name */
};

struct dp_ev_alert {
	struct dp_ev_head head;
	struct dp_ev_common c;
	uint32_t gid, sid, rev;
	uint32_t sig_index;  /**< in the image of `layer`: text, class, metadata are looked up there */
	uint32_t generation; /**< of that image */
	uint8_t layer;       /**< enum dp_layer_id */
	uint8_t action;      /**< enum sig_action of the signature after policy */
	uint8_t done;        /**< enum dp_ev_done: what was really done */
	uint8_t verdict;     /**< enum dp_verdict of the packet */
	uint8_t reject;      /**< bit 0 to sender, bit 1 to receiver (of the packet) */
	uint8_t reason;      /**< enum dp_reason of the packet */
	uint16_t payload_off, payload_len; /**< within the tail; 0 length when not kept */
	uint16_t packet_off, packet_len;
	uint16_t tree_off, tree_len; /**< tail: tree with the protocol's own fields */
	uint16_t linktype;
	uint16_t pad;
	/* tail follows */
};

enum dp_ev_done { DP_DONE_ALLOWED, DP_DONE_BLOCKED, DP_DONE_WOULD_BLOCK };

struct dp_ev_drop {
	struct dp_ev_head head;
	struct dp_ev_common c;
	uint8_t reason; /**< enum dp_reason */
	uint8_t reject; /**< as in struct dp_ev_alert */
	uint8_t has_alert;
	uint8_t layer;
	uint32_t gid, sid, rev, sig_index, generation; /**< valid when has_alert */
	/** Header fields the EVE drop object shows. */
	uint16_t ip_len, ip_id;
	uint8_t tos, ttl;
	uint8_t tcp_flags;
	uint8_t tcp_urp_set;
	uint32_t tcp_seq, tcp_ack;
	uint16_t tcp_win, tcp_res, tcp_urp;
	uint16_t udp_len;
	uint16_t icmp_id, icmp_seq;
	uint32_t flow_label;
};

enum dp_flow_end_reason { DP_FLOW_END_TIMEOUT, DP_FLOW_END_FORCED, DP_FLOW_END_SHUTDOWN,
	DP_FLOW_END_TCP_REUSE };
enum dp_flow_end_state { DP_FLOW_NEW, DP_FLOW_ESTABLISHED, DP_FLOW_CLOSED, DP_FLOW_LOCAL_BYPASSED };

struct dp_ev_flow {
	struct dp_ev_head head;
	struct dp_ev_common c; /**< src = client, dst = server */
	uint64_t start_ns, end_ns;
	uint8_t state, end_reason;
	uint8_t alerted, action; /**< action: 0 none, 1 pass, 2 drop */
	uint8_t tcp_flags_ts, tcp_flags_tc; /**< OR of all seen */
	uint8_t tcp_state;                  /**< enum dp_tcp_state (dp/flow.h) */
	uint8_t wrong_thread;
	uint8_t min_ttl_ts, max_ttl_ts, min_ttl_tc, max_ttl_tc;
	uint8_t tcp_gap_ts, tcp_gap_tc;
	uint8_t midstream;
	uint8_t exception; /**< enum dp_ev_exception bits: exception policies this flow met */
	uint32_t tx_count;
	uint8_t tcp_urgent[2]; /**< urgent bytes of client and server, left out of the stream */
	uint16_t pad;
	uint64_t tcp_regions; /**< most regions of reassembled data: low half client, high server */
};

enum dp_ev_exception {
	DP_EX_APP_ERROR = 1 << 0,
	DP_EX_MIDSTREAM = 1 << 1,
	DP_EX_STREAM_MEMCAP = 1 << 2,
	DP_EX_REASSEMBLY_MEMCAP = 1 << 3,
	DP_EX_DEFRAG_MEMCAP = 1 << 4,
	DP_EX_FLOW_MEMCAP = 1 << 5,
};

struct dp_ev_anomaly {
	struct dp_ev_head head;
	struct dp_ev_common c;
	uint8_t kind;    /**< 0 decode, 1 stream, 2 applayer */
	uint8_t layer;   /**< applayer: 0 proto_parser, 1 proto_detect */
	uint16_t event;  /**< index into the table that `kind` names */
	uint16_t linktype;     /**< of the packet whose first bytes are `header` */
	uint16_t header_bytes; /**< 0: not asked for */
	char name[64];   /**< e.g. "decoder.ipv4.trunc_pkt"; the EVE anomaly.event */
	uint8_t header[32]; /**< the peer shows so many */
};

struct dp_ev_app {
	struct dp_ev_head head;
	struct dp_ev_common c;
	char event_type[16]; /**< EVE event_type, NUL-terminated */
	uint32_t tree_off, tree_len; /**< within the record, from its start */
	/* tail: tree whose top-level members become members of the EVE record */
};

struct dp_ev_packet {
	struct dp_ev_head head;
	struct dp_ev_common c;
	uint16_t linktype;
	uint16_t len; /**< bytes that follow */
	uint32_t pad;
};

struct dp_ev_fault {
	struct dp_ev_head head;
	struct dp_ev_common c; /**< as far as known */
	char what[32];         /**< "worker_crash", "poison_packet", "breaker_open" ... */
	char detail[160];
};

enum dp_ev_file_what { DP_EV_FILE_DATA, DP_EV_FILE_KEEP, DP_EV_FILE_DISCARD };

/** Why a file that was wanted is not stored: member store_error of its record. */
#define DP_EV_FILE_LOST "ring full"

#define DP_EV_FILE_BYTES 32768u /**< most content in one record */

/**
 * A piece of a file that may be stored, in order, and at the end what becomes of it. On a wire pieces
 * have a ring of their own, so that contents never take the room of events; its reader catches up
 * with it when it meets the end of a file among the events. A piece that the ring had no room for
 * spoils the file: the worker then says DISCARD, counts it, and says so in the file's record.
 */
struct dp_ev_file {
	struct dp_ev_head head;
	uint64_t ts_ns;
	uint64_t id;     /**< of the file, unique in the worker's life */
	uint64_t offset; /**< of the piece in what was spooled; KEEP: bytes spooled */
	uint64_t upto;   /**< KEEP, DISCARD: the ring of contents up to there is about it; 0: this ring */
	uint16_t worker;
	uint8_t what;    /**< enum dp_ev_file_what */
	/** KEEP, DISCARD: slot of the worker whose ring and id these are, + 1; 0: `worker`, who says it. A
	 *  file in ranges is put together by one worker, and judged by that which saw its last part. */
	uint8_t source;
	uint32_t n;      /**< bytes that follow (DATA) */
	uint8_t sha256[32]; /**< KEEP: the name it is stored by */
};

/* --- trees ------------------------------------------------------------------------------- */

/**
 * Token stream: u8 kind, u8 key length, key bytes, then by kind
 *   OBJ, ARR, END: nothing      STR, HEX: u32 length, bytes     U64, I64: 8 bytes
 *   BOOL: 1 byte                B64: as STR, printed as base64   F64: 8 bytes
 *   PRINTABLE: as STR
 *   PAYLOAD: as STR, two members: `payload` in base64 and `payload_printable`
 * Inside an array keys have length 0. STR bytes need not be UTF-8: the reader escapes as the peer
 * does (\u00XX for bytes that are not printable ASCII).
 */
enum dp_rec_kind {
	DP_REC_OBJ = 1,
	DP_REC_ARR,
	DP_REC_END,
	DP_REC_STR,
	DP_REC_U64,
	DP_REC_I64,
	DP_REC_BOOL,
	DP_REC_F64,
	DP_REC_HEX, /**< bytes printed as lower-case hexadecimal without separators */
	DP_REC_B64,
	DP_REC_PAYLOAD, /**< printed twice: "payload" as base64, "payload_printable" */
	DP_REC_PRINTABLE, /**< bytes as text, a dot for each that cannot be printed */
};

/** A bounded writer. When it overflows `full` sticks and what was written stays a valid prefix. */
struct dp_rec {
	uint8_t *buf;
	uint32_t cap, len;
	uint16_t depth;   /**< objects and arrays open; room for their ends is kept in reserve */
	uint16_t skipped; /**< opened after the overflow and not written: their ends are not either */
	bool full;
};

void dp_rec_init(struct dp_rec *r, void *buf, uint32_t cap);
void dp_rec_obj(struct dp_rec *r, const char *key);
void dp_rec_arr(struct dp_rec *r, const char *key);
void dp_rec_end(struct dp_rec *r);
/** An object whose members are already tokens (whole and balanced). */
void dp_rec_raw(struct dp_rec *r, const char *key, const void *tokens, uint32_t n);
void dp_rec_str(struct dp_rec *r, const char *key, const void *p, size_t n);
/** Length (1 to 4) of the UTF-8 character at `p`, of which n bytes (at least 1) are there, or of the bytes
 *  that begin one and do not finish it (Unicode standard, table 3-7: what decoders replace by one U+FFFD). */
size_t dp_utf8_step(const uint8_t *p, size_t n, bool *good);
/** As dp_rec_str, with U+FFFD for what is not UTF-8, where the peer prints it so. */
void dp_rec_text(struct dp_rec *r, const char *key, const void *p, size_t n);
void dp_rec_cstr(struct dp_rec *r, const char *key, const char *s);
void dp_rec_hex(struct dp_rec *r, const char *key, const void *p, size_t n);
void dp_rec_b64(struct dp_rec *r, const char *key, const void *p, size_t n);
void dp_rec_payload(struct dp_rec *r, const void *p, size_t n);
void dp_rec_printable(struct dp_rec *r, const char *key, const void *p, size_t n);
void dp_rec_u64(struct dp_rec *r, const char *key, uint64_t v);
void dp_rec_i64(struct dp_rec *r, const char *key, int64_t v);
void dp_rec_bool(struct dp_rec *r, const char *key, bool v);
void dp_rec_f64(struct dp_rec *r, const char *key, double v);

/** Reader: the next token, or false at the end or when the bytes are not a tree. */
struct dp_rec_tok {
	enum dp_rec_kind kind;
	const char *key; /**< not NUL-terminated */
	uint8_t key_len;
	const uint8_t *p;
	uint32_t n;
	uint64_t u64;
	double f64;
};
bool dp_rec_next(const uint8_t *buf, uint32_t len, uint32_t *pos, struct dp_rec_tok *tok);

/* --- ring -------------------------------------------------------------------------------- */

/**
 * Lives in shared memory, `size` a power of two, followed by `size` bytes of buffer.
 * Producer: one worker. Consumer: control. A worker that died half-way leaves a record with
 * len 0; its successor starts again at `head`, so nothing half-written is ever read.
 */
struct dp_ev_ring {
	_Alignas(64) uint64_t head; /**< bytes ever written; producer writes, consumer reads */
	uint64_t lost;              /**< records that did not fit; producer writes */
	uint64_t lost_by_type[DP_EV__COUNT];
	_Alignas(64) uint64_t tail; /**< bytes ever consumed; consumer writes, producer reads */
	_Alignas(64) uint32_t size;
	uint32_t magic;
	_Alignas(64) uint8_t buf[];
};

#define DP_EV_RING_MAGIC 0x52455653u

/** Initialise in `mem` of `mem_size` bytes; the largest power of two that fits becomes `size`. */
int dp_ev_ring_init(void *mem, size_t mem_size, struct dp_ev_ring **ring);
/** Producer: copy the record (head.len bytes, padded up by this call). False: full, counted. */
bool dp_ev_ring_put(struct dp_ev_ring *ring, const struct dp_ev_head *rec, size_t len);
/** Consumer: the oldest record, in place, valid until dp_ev_ring_pop; NULL when empty. */
const struct dp_ev_head *dp_ev_ring_peek(struct dp_ev_ring *ring);
void dp_ev_ring_pop(struct dp_ev_ring *ring);

#endif
