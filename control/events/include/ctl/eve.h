/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Event records to EVE JSON, one line each, with the field names and nesting of Suricata 8.
 *
 * One writer per output, used by one thread. Records are trusted in their fixed parts only as far
 * as their length goes: a record that is cut short, or whose tree or offsets lie outside it, is
 * counted in `bad` and prints nothing or what could be read; the line is valid JSON in any case.
 */
#ifndef CTL_EVE_H
#define CTL_EVE_H

#include <ctl/json.h>
#include <dp/counters.h>
#include <dp/event.h>

/** EVE types by what produces them; application types are open-ended and go by name. */
enum ctl_eve_type {
	CTL_EVE_ALERT,
	CTL_EVE_DROP,
	CTL_EVE_FLOW,
	CTL_EVE_NETFLOW,
	CTL_EVE_ANOMALY,
	CTL_EVE_STATS,
	CTL_EVE_FAULT, /**< ours: crashes, bypass, refused images */
	CTL_EVE_APP,   /**< any other */
};
#define CTL_EVE_BIT(t) (1u << (t))

#define CTL_EVE_MAX_TYPES 48

/** Records that may name the client behind a proxy; ANY stands for those that do not say otherwise. */
enum ctl_xff_kind { CTL_XFF_ANY, CTL_XFF_ALERT, CTL_XFF_HTTP, CTL_XFF_FILE, CTL_XFF__COUNT };

struct ctl_xff {
	bool said;       /**< it has settings of its own */
	bool on;
	bool overwrite;  /**< in place of the client's address; false: as a member beside it */
	bool forward;    /**< the first address of the chain counts; false: the last */
	char header[48]; /**< lower case; empty: x-forwarded-for */
};

struct ctl_eve_options {
	unsigned types;    /**< CTL_EVE_BIT() of enum ctl_eve_type */
	bool app_listed;   /**< true: only application types named in app_on */
	char app_on[CTL_EVE_MAX_TYPES][16];
	unsigned app_n;
	bool payload, payload_printable, packet, alert_metadata, alert_flow, alert_app, verdict;
	bool alert_raw, alert_references;
	bool tagged;              /**< packets that the tag keyword asked for, as type "packet" */
	bool ethernet;            /**< Ethernet addresses in every record */
	struct ctl_xff xff[CTL_XFF__COUNT];
	bool payload_length;
	uint32_t payload_max;     /**< bytes of payload printed (payload-buffer-size, 4 KiB) */
	bool community_id;
	uint16_t community_seed;
	bool metadata;            /**< flowbits, flowints, flowvars */
	bool stats_no_decoder, stats_stream; /**< decoder events left out; stream events too */
	char stats_decoder_prefix[24]; /**< "decoder.event" when empty */
	uint32_t smb_types;       /**< bits of ctl_smb_type[]; 0: all */
	bool pcap_file;           /**< the capture's name in every record */
	bool anomaly_decode, anomaly_stream, anomaly_app;
	bool anomaly_header;      /**< with decoder and stream events: the packet's first bytes */
	uint8_t alert_http_body, alert_ws_payload; /**< enum dp_log_form bits */
	uint32_t frame_max;       /**< bytes of a frame's contents (4095) */
	bool drop_alerts, drop_verdict, drop_flow_start;
	bool flow_exception;
	bool tls_extended, dns_v2;
	bool pgsql_passwords, dhcp_extended, ike_extended;
	uint32_t tls_fields;      /**< bits of ctl_tls_field[]; 0: basic or extended ones */
	bool tls_said;            /**< it has options at all */
	bool tls_no_resumption;   /**< no records of sessions resumed without a certificate */
	bool dns_no_requests, dns_no_responses, dns_no_detailed, dns_no_grouped;
	bool dns_formats;         /**< the formats were listed */
	char dns_types[256];      /**< ",A,MX,": only messages that ask for these; empty: all */
	bool stats_totals, stats_no_zeroes;
	bool stats_deltas;        /**< NAME_delta beside each counter */
	char host[64];            /**< host member when not empty (sensor-name) */
	char version[32];         /**< suricata_version member when not empty */
	const char *in_iface;     /**< borrowed; NULL: none */
	const char *(*wire_iface)(void *arg, unsigned wire, unsigned side); /**< may be NULL */
	void *wire_arg;
	const char *capture;      /**< borrowed path, for pcap_file */
	uint8_t policy[6];        /**< enum dp_policy by bit of enum dp_ev_exception */
};

#define CTL_SIG_META 64
#define CTL_SIG_REFS 16

/** Two strings: a metadata key and its value, or a reference's address in two parts. */
struct ctl_sig_pair {
	const char *a, *b;
};

/** What a signature says about itself. Strings are borrowed and may be NULL. */
struct ctl_sig_text {
	const char *msg, *category;
	const char *raw; /**< whole text of the rule */
	uint32_t severity;
	int target; /**< 0 none, 1 source is the target, 2 destination */
	unsigned metas, refs;
	struct ctl_sig_pair meta[CTL_SIG_META], ref[CTL_SIG_REFS];
};

/** Looks a signature up: layer, generation, index from the record. False: unknown. */
typedef bool ctl_sig_lookup_fn(void *arg, unsigned layer, uint32_t generation, uint32_t index,
	struct ctl_sig_text *text);

struct sig_image;
/** That of signature `index` of an image. False: there is no such signature, or no image. */
bool ctl_sig_text_read(const struct sig_image *img, uint32_t index, struct ctl_sig_text *t);

struct ctl_filestore; /* ctl/filestore.h */

struct ctl_eve {
	struct ctl_json out; /**< finished lines; the owner takes and resets them */
	struct ctl_eve_options opt;
	ctl_sig_lookup_fn *lookup;
	void *lookup_arg;
	const struct ctl_filestore *store; /**< gets each record before; NULL: files are not stored */
	uint64_t lines, bad;
	uint64_t by_type[CTL_EVE_APP + 1];
	/* private */
	int64_t ts_s;       /**< second whose text is in ts_text */
	char ts_text[24];
	char client[46];    /**< in place of the client's address in the record at hand, or empty */
	struct ctl_stats *last_stats; /**< for deltas; NULL: none yet */
	struct ctl_dropped *dropped; /**< flows whose first drop was printed */
};

/** Names in `types` lists of SMB outputs, NULL ends. */
extern const char *const ctl_smb_type[];
/** Names in `custom` lists of TLS outputs, NULL ends; bit of tls_fields by position. */
extern const char *const ctl_tls_field[];
#define CTL_TLS_NEED_DER(fields) ((fields) >> 17 & 15) /* certificate, chain, and the client's */
#define CTL_TLS_NEED_HELLO(fields) ((fields) >> 21 & 3)

/** The stock behaviour of the peer, and the verdict object. */
void ctl_eve_options_default(struct ctl_eve_options *o);
/** Only these types from now on: "alert,http,flow". Names of protocols are not checked: they grow. */
void ctl_eve_options_only(struct ctl_eve_options *o, const char *list);
/** Does anything of these types come from protocols (else the engine need not make such records)? */
bool ctl_eve_options_app(const struct ctl_eve_options *o);
/** Is this application type listed by name (those that are not made unless asked for)? */
bool ctl_eve_options_names(const struct ctl_eve_options *o, const char *type);
void ctl_eve_init(struct ctl_eve *e, const struct ctl_eve_options *o, ctl_sig_lookup_fn *fn,
	void *arg);
void ctl_eve_fini(struct ctl_eve *e);
/** New capture: forget what belongs to the flows of the last one. */
void ctl_eve_restart(struct ctl_eve *e, const char *capture);

/** What holds for records of that kind. */
const struct ctl_xff *ctl_eve_xff(const struct ctl_eve_options *o, enum ctl_xff_kind kind);

/** Append the line or lines of one record to e->out. */
void ctl_eve_record(struct ctl_eve *e, const struct dp_ev_head *rec);

/** What the stats record adds to the counters. */
struct ctl_eve_stats {
	uint64_t ts_ns, uptime_s;
	const struct dp_counters *counters;
	uint32_t rules_loaded, rules_failed, rules_skipped;
	const struct ctl_filestore *store; /**< NULL: files are not stored */
	bool ips; /**< with stats.ips: accepted, blocked, rejected, drop_reason */
};
/** Name of the counter for a bit number of enum dp_ev_exception and an enum dp_policy. */
void ctl_eve_exception_name(char *out, size_t len, unsigned cause, unsigned policy);
void ctl_eve_stats_line(struct ctl_eve *e, const struct ctl_eve_stats *s);

/* Pieces, each on its own for tests. */
/** "2019-08-27T17:26:43.348257+0000": always UTC, microseconds; 31 characters, no NUL. */
void ctl_eve_time(struct ctl_eve *e, char out[31], uint64_t ts_ns);
/** Dotted quad, or eight full groups of lower-case hex. out holds 40. Returns the length. */
size_t ctl_eve_addr(char *out, const uint8_t *a, bool v6);
/**
 * Community ID 1 (corelight/community-id-spec): "1:" and base64 of SHA-1 over seed, endpoints in
 * order, protocol, ports. out holds 31 and a NUL. False: no ID for it.
 */
bool ctl_community_id(char out[32], const struct dp_ev_common *c, uint16_t seed);
/** Members of a token tree, into the object that is open. False: the bytes are not a tree. */
bool ctl_eve_tree(struct ctl_json *j, const uint8_t *tree, uint32_t len);
/** As the peer's EVE proto member: a name, or the number. */
const char *ctl_eve_proto(uint8_t proto, char tmp[8]);

#endif
