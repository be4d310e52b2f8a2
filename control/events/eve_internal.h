/* SPDX-License-Identifier: Apache-2.0 */
/** Between the files of this folder. */
#ifndef CTL_EVE_INTERNAL_H
#define CTL_EVE_INTERNAL_H

#include <ctl/eve.h>
#include <netinet/in.h>

struct eve_tree {
	const uint8_t *p;
	uint32_t n;
};

/** Opens the record and writes what all types share, up to pkt_src and community_id. */
void eve_begin(struct ctl_eve *e, const struct dp_ev_common *c, const char *event_type);
/** Closes the record and counts it; a record that ran out of memory is taken back. */
void eve_finish(struct ctl_eve *e, size_t start, enum ctl_eve_type type);

/**
 * Before eve_begin: the address that a proxy's header in the record's tree names, as configured: in
 * `extra`, to be written beside the rest (empty: nothing), or in place of the client's address.
 */
void eve_xff(struct ctl_eve *e, enum ctl_xff_kind kind, struct eve_tree tree,
	char extra[INET6_ADDRSTRLEN]);

void eve_pkt_src(struct ctl_json *j, const struct dp_ev_common *c);
/** "drop" object: header fields and reason. */
void eve_drop_object(struct ctl_json *j, const struct dp_ev_drop *d);
void eve_flow_counters(struct ctl_json *j, const struct dp_ev_common *c);
/** "flow" object of alerts. */
void eve_flow_brief(struct ctl_eve *e, const struct dp_ev_common *c);
/** Only what the flow is now, nothing of its directions or its past. */
void eve_app_proto_one(struct ctl_json *j, const struct dp_ev_common *c);
void eve_app_proto(struct ctl_json *j, const struct dp_ev_common *c);
void eve_verdict(struct ctl_json *j, unsigned verdict, unsigned reason, unsigned reject,
	unsigned ip_proto);
/** Top-level members of the tree that `keep` (may be NULL: all) wants. */
bool eve_tree_members(struct ctl_json *j, struct eve_tree t,
	bool (*keep)(const struct ctl_eve *e, const char *key, size_t n), const struct ctl_eve *e);
/** One member of a tree: its tokens with the key, and what an object or array holds. */
struct eve_member {
	struct dp_rec_tok tok;
	struct eve_tree whole, inside;
};
/** The member at *pos, which moves behind it. False at the end, and where the bytes are no tree. */
bool eve_tree_next(struct eve_tree t, uint32_t *pos, struct eve_member *m);
/** The member called `key`, or false. */
bool eve_tree_find(struct eve_tree t, const char *key, struct eve_member *m);
bool eve_tok_is(const struct dp_rec_tok *t, const char *text);
/** Does not want "metadata" when the options say so, nor "xff" as it came. */
bool eve_keep_member(const struct ctl_eve *e, const char *key, size_t n);
/** Bytes of a packet and what kind of link they came from. */
void eve_packet_members(struct ctl_json *j, const uint8_t *p, size_t n, uint16_t linktype);
void eve_time_member(struct ctl_eve *e, const char *key, uint64_t ts_ns);
void eve_alert_object(struct ctl_eve *e, const struct dp_ev_common *c,
	const struct ctl_sig_text *text, const uint32_t id[3], const char *action, bool would_block,
	struct eve_tree extra, const char *xff);

void eve_alert(struct ctl_eve *e, const struct dp_ev_alert *a);
void eve_packet(struct ctl_eve *e, const struct dp_ev_packet *p);
void eve_drop(struct ctl_eve *e, const struct dp_ev_drop *d);
void eve_flow(struct ctl_eve *e, const struct dp_ev_flow *f);
void eve_anomaly(struct ctl_eve *e, const struct dp_ev_anomaly *a);
void eve_app(struct ctl_eve *e, const struct dp_ev_app *a);
/** Is a record of DNS wanted, by direction and by type of record asked for? */
bool eve_dns_wanted(const struct ctl_eve *e, struct eve_tree t);
/** The lines of version 2 for one message. */
void eve_dns_v2(struct ctl_eve *e, const struct dp_ev_app *a, struct eve_tree t);
/** The same for TLS: resumed sessions, and the members that the output lists. */
bool eve_tls_wanted(const struct ctl_eve *e, struct eve_tree t);
bool eve_tls_members(struct ctl_eve *e, struct eve_tree t);
/** Is an SMB record of a kind that the output lists? */
bool eve_smb_wanted(const struct ctl_eve *e, struct eve_tree t);
/** Members of a message in version 3, without the formats that are off. */
bool eve_dns_members(struct ctl_eve *e, struct eve_tree t);
/** Members of a file's record; `stored` is what the file store says. */
bool eve_file_members(struct ctl_eve *e, const struct dp_ev_app *a, struct eve_tree t);
/** Is the record about the file that was to be kept last? */
bool eve_file_is_last(const struct ctl_filestore *s, const struct dp_ev_app *a, struct eve_tree t);
/** The tree of an application record. */
struct eve_tree eve_app_tree(const struct dp_ev_app *a);
void eve_fault(struct ctl_eve *e, const struct dp_ev_fault *f);

#endif
