/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every stage of one worker shares: configuration, memory, counters, the clock, the event
 * ring. First argument (or first member of the first argument) of every stage function.
 * One worker, one thread; nothing here is shared but the counters and the ring, whose readers
 * tolerate a writer.
 */
#ifndef DP_CTX_H
#define DP_CTX_H

#include <dp/app_conf.h>
#include <dp/counters.h>
#include <dp/event.h>
#include <dp/io.h>
#include <dp/os_policy.h>
#include <dp/packet.h>
#include <sig/event.h>
#include <stdbool.h>
#include <stdint.h>

struct dp_ctx;
struct dp_tx;   /* dp/app.h */
struct dp_ranges; /* dp/range.h */
struct dp_range_link; /* dp/range_link.h */
struct dp_slab; /* dp/slab.h: per-worker memory */

enum dp_layer_id { DP_LAYER_VENDOR, DP_LAYER_JSIG, DP_LAYER_VERDICT, DP_LAYER__COUNT };

/** Per layer, and later per signature and wire: what a match may do. */
enum dp_mode { DP_MODE_OFF, DP_MODE_SHADOW, DP_MODE_ALERT, DP_MODE_PREVENT };

/** The peer's exception policies (suricata.yaml names in dp_policy_name). */
enum dp_policy {
	DP_POL_IGNORE,
	DP_POL_DROP_FLOW,
	DP_POL_DROP_PACKET,
	DP_POL_REJECT,
	DP_POL_REJECT_BOTH,
	DP_POL_BYPASS,
	DP_POL_PASS_FLOW,
	DP_POL_PASS_PACKET,
};

/** What may be switched off of a protocol: everything, or all but recognising it. */
enum dp_app_off { DP_APP_ON, DP_APP_OFF, DP_APP_DETECT_ONLY };

/** Records that may say whom a proxy speaks for. */
enum dp_xff { DP_XFF_ALERT, DP_XFF_HTTP, DP_XFF_FILE, DP_XFF__COUNT };

/**
 * Bits of dp_conf.app_want and dp_ctx.app_want: what event records show beyond the ordinary.
 * Buffers offer fingerprints always; records show them when configuration or a loaded signature
 * asks for them (dp_conf.app_unwanted: configuration forbids it).
 */
enum dp_app_want {
	DP_APP_WANT_HASSH = 1 << 0,
	DP_APP_WANT_JA3 = 1 << 1,
	DP_APP_WANT_JA4 = 1 << 2,
	DP_APP_WANT_TLS_DER = 1 << 3,   /**< certificates themselves */
	DP_APP_WANT_TLS_HELLO = 1 << 4, /**< what the hellos offer: ciphers, extensions, algorithms */
	DP_APP_WANT_PASSWORDS = 1 << 5, /**< of PostgreSQL sessions */
	DP_APP_WANT_DHCP_EXTENDED = 1 << 6, /**< every DHCP message, with all it says */
	DP_APP_WANT_IKE_EXTENDED = 1 << 7,  /**< names beside numbers in IKE records */
	DP_APP_WANT_BODY_MD5 = 1 << 8, /**< digests of mails, for a signature that asks for them */
};

/**
 * Faults to simulate, for tests of exception policies (replay only): numbers of the packets, counted
 * from 1, that find no memory; stream offsets at which a parser gives up, plus 1. 0: never.
 */
struct dp_simulate {
	uint64_t flow_memcap, ssn_memcap, reassembly_memcap, defrag_memcap;
	uint64_t app_error[2]; /**< by enum sig_dir */
};

/**
 * Limits and switches. Defaults (dp_conf_default) equal the peer's stock configuration for replay;
 * dp_conf_wire() then changes what differs on a wire. Plain data, copied into the worker.
 */
struct dp_conf {
	bool inline_mode;    /**< judge data on arrival; false: once acknowledged (passive) */
	bool simulate_ips;   /**< replay: drop and reject are real */
	bool checksum_check; /**< ignore segments with a bad checksum (-k none: false) */
	bool on_wire;
	bool midstream;      /**< pick up sessions without their handshake */
	bool async_oneside;
	bool vxlan, geneve, teredo, erspan1;
	uint16_t vxlan_ports[4], geneve_ports[4], teredo_ports[4]; /**< 0 ends */
	uint8_t decode_max_layers;
	bool vlan_use_for_tracking;
	bool recursion_use_for_tracking; /**< flows inside a tunnel are others than the same outside */
	uint16_t max_alerts;     /**< per packet (packet-alert-max, 15) */
	/** Place of pass, drop, reject, alert in the order of actions (action-order): 0 first. */
	uint8_t action_rank[4];
	uint32_t max_flows;      /**< per worker */
	uint64_t memory_bytes;   /**< arena of one worker, address space: touched as used */
	uint64_t stream_memcap, reassembly_memcap, defrag_memcap, flow_memcap;
	uint32_t stream_depth;   /**< bytes per direction inspected; 0 without limit */
	/** The same by enum sig_proto, once that is known; 0 without limit. */
	uint32_t app_depth[64];
	bool app_depth_set[64];
	uint32_t chunk_ts, chunk_tc; /**< raw inspection chunk in passive mode (2560) */
	uint32_t max_synack_queued, max_syn_queued;
	bool stream_drop_invalid;
	bool stream_bypass; /**< a flow is not inspected further once a side reached the depth */
	uint8_t urgent_policy; /**< enum dp_urgent */
	uint32_t http_request_body_limit, http_response_body_limit; /**< bytes (100 KiB) */
	uint32_t http_request_inspect_min, http_request_inspect_window;
	uint32_t http_response_inspect_min, http_response_inspect_window;
	uint32_t to_new_s[4], to_est_s[4], to_closed_s[4], to_bypassed_s[4]; /**< tcp udp icmp other */
	uint8_t pol_stream_memcap, pol_reassembly_memcap, pol_midstream, pol_flow_memcap;
	uint8_t pol_defrag_memcap, pol_app_error; /**< enum dp_policy */
	uint8_t mode[DP_LAYER__COUNT];            /**< enum dp_mode */
	/** By 0 TCP, 1 UDP and enum sig_proto: server ports where a protocol is looked for instead of
	 *  its descriptor's (detection-ports); 0 ends, all 0: the descriptor's. */
	uint16_t app_ports[2][64][8];
	uint32_t app_want, app_unwanted; /**< masks of enum dp_app_want */
	uint8_t app_off[2][64];  /**< TCP, UDP; by enum sig_proto: enum dp_app_off */
	bool guess_tx;           /**< alerts of packet signatures name the only open transaction */
	uint8_t guess_tx_max;    /**< at most so many alerts for one transaction (255) */
	uint32_t pcre_match_limit, pcre_recursion_limit;
	uint32_t log_payload_bytes; /**< of packet payload kept with an alert; 0 none */
	bool log_packet;
	uint32_t max_resets_per_s;
	/** Bytes before new data that raw signatures see again, so that a match may lie across a
	 *  chunk boundary. 0 in passive mode, as the peer does it. */
	uint32_t raw_window_bytes;
	uint32_t defrag_timeout_s, defrag_max_datagrams;
	bool log_anomaly_decode, log_anomaly_stream; /**< records for decoder and stream events */
	bool log_flow, log_drop, log_app; /**< make records of these kinds at all */
	bool log_tagged;     /**< a record for each packet that the tag keyword asks for */
	/** By enum dp_xff: lower case name of the header whose value goes with records; empty: none. */
	char xff_header[DP_XFF__COUNT][48];
	bool log_frame;      /**< a record for every frame of every protocol */
	uint32_t log_frame_bytes; /**< of a frame's contents in records, at most 4095 (4095) */
	bool log_anomaly_header; /**< decoder and stream events carry the packet's first bytes */
	bool log_arp; /**< records of ARP packets */
	bool encrypt_bypass[64]; /**< by enum sig_proto: leave a flow alone once it is encrypted */
	bool log_drop_all; /**< a record for each dropped packet; false: the first of a flow and way */
	/** Inline, as the peer: raw signatures match for every packet whose surroundings hold the match,
	 *  also behind a hole and in data sent again. Else each byte is matched once, in order. */
	bool raw_again;
	bool retransmission_replace; /**< inline: rewrite a differing retransmission; else drop it */
	/** Passive: systems of hosts by address (dp/os_policy.h; borrowed), and of all others by version. */
	const struct dp_os_net *os_net;
	uint32_t os_nets;
	uint8_t os_default[2]; /**< enum dp_os for IPv4, IPv6 */
	struct dp_simulate simulate;
	uint32_t replay_seed; /**< of the flow hash; 0: random */
	/** MQTT: a longer message is skipped; open exchanges of a flow; bytes of a text that events
	 *  show; leave passwords out of them. */
	uint32_t mqtt_max_msg_bytes, mqtt_max_tx, mqtt_log_bytes;
	uint32_t nfs_max_tx;
	bool mqtt_no_passwords;
	const char *geoip_path; /**< MaxMind country database; NULL: the usual places. Borrowed */
	uint32_t ws_max_payload_bytes; /**< of one WebSocket frame or message that is kept */
	uint32_t expect_max; /**< expected flows at a time */
	struct dp_app_conf app;
};

/** Urgent data: out of the stream, part of it, dropped, a gap (the peer's four), or made part of it on
 *  the wire too, by clearing flag and pointer. */
enum dp_urgent { DP_URG_OOB, DP_URG_INLINE, DP_URG_DROP, DP_URG_GAP, DP_URG_CLEAR };

/** Name as in the peer's configuration: "drop-flow", "pass-packet", ... */
extern const char *const dp_policy_name[DP_POL_PASS_PACKET + 1];

void dp_conf_default(struct dp_conf *c);
void dp_conf_wire(struct dp_conf *c);

struct dp_ctx {
	const struct dp_conf *conf;
	struct dp_slab *slab;
	struct dp_counters *cnt;
	struct dp_ev_ring *ring;
	struct dp_ev_ring *file_ring; /**< contents of files; NULL: in `ring` */
	struct dp_io *io;
	uint64_t now_ns; /**< packet time: capture time in replay, wall clock on a wire */
	uint16_t worker;
	/** How often packets passed that this worker did not see (dp_worker_blind). */
	uint32_t blind;
	/** Scratch for building one event record (DP_EV_MAX bytes). */
	uint8_t *ev_buf;
	/** Detection's part of a transaction, released as it goes. Set by dp_detect_create. */
	void (*tx_free)(struct dp_ctx *ctx, struct dp_tx *tx);
	/** What detection remembers of a flow (flowbits, variables), as members of a record, and whose
	 *  detection it is. Set by dp_detect_create; NULL: nothing. */
	void (*flow_tree)(struct dp_ctx *ctx, const struct dp_flow *f, struct dp_rec *r);
	void *detect;
	uint8_t file_hash; /**< mask of enum dp_file_hash: computed for every file (detect sets it) */
	/** Frames that loaded signatures look into: bit per enum sig_frame; and for the whole stream
	 *  bit per enum sig_proto. Set by detect. */
	uint64_t frame_types[2], frame_streams;
	uint32_t app_want; /**< mask of enum dp_app_want: configuration and signatures (detect sets it) */
	bool file_spool;   /**< content of files goes into the ring: some may be stored (detect sets it) */
	uint64_t file_serial; /**< files spooled so far */
	/** What signatures remember for all workers (dp/shared_state.h); NULL: this one is alone. */
	struct dp_shared_state *shared;
	struct dp_range_link *range_link; /**< dp/range_link.h; NULL: no other worker joins files */
	uint32_t range_life;      /**< of this worker in it */
	struct dp_ranges *ranges; /**< file room: files that come in ranges; NULL: none yet */
	void *magic;       /**< file room: libmagic's cookie, opened at first use */
	bool magic_tried;  /**< it was opened, or cannot be: then nobody looks for the database again */
};

#endif
