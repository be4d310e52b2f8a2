/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A signature after parsing: what it says, typed and resolved, before anything is compiled.
 *
 * Every front end (Suricata, Snort 2.9, Snort 3) lowers to these structures and the compiler reads
 * nothing else. All pointers lead into the arena of the rule set that holds the rule: they live
 * until sig_ruleset_destroy(), are immutable after loading, and may be read from any thread.
 *
 * What the parser has already done, so that a reader need not:
 * - variables are substituted, address and port lists sorted, merged and negation resolved;
 * - equal address and port sets are one object (compare pointers);
 * - legacy modifiers (http_uri, http_header, ...) have moved their content to the buffer's list;
 * - startswith, endswith, fast_pattern and the like are folded into the content they modify;
 * - the application protocol implied by buffers is in `app`, directions in `dirs`;
 * - every regex has been compiled once with PCRE2 (and thrown away) to prove it valid.
 *
 * Its parts have headers of their own, which this one brings along: sig/rule_header.h,
 * sig/rule_list.h, sig/rule_bytes.h and sig/rule_option.h.
 */
#ifndef SIG_RULE_H
#define SIG_RULE_H

#include <sig/buffer.h>
#include <sig/proto.h>
#include <sig/rule_header.h>
#include <sig/rule_list.h>
#include <sig/rule_option.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sig_reference {
	const char *type, *prefix, *value; /**< prefix: URL head from reference.config, may be "" */
};
struct sig_metadata {
	const char *key, *value;
};
enum sig_target { SIG_TARGET_NONE, SIG_TARGET_SRC_IP, SIG_TARGET_DEST_IP };

/** Facts the compiler wants without walking the options. sig_rule.flags. */
#define SIG_R_NOALERT 0x0001u	  /**< acts and changes state, emits no alert */
#define SIG_R_SETS_STATE 0x0002u  /**< flowbits/flowint/xbits/hostbits/dataset writes */
#define SIG_R_PACKET_ONLY 0x0004u /**< has an option that needs one packet (dsize, flags, ttl..) */
#define SIG_R_STREAM_ONLY 0x0008u /**< flow:only_stream or tcp-stream */
#define SIG_R_IP_ONLY 0x0010u	  /**< addresses and nothing that looks at payload or state */
#define SIG_R_APP 0x0020u	  /**< needs an application protocol */
#define SIG_R_TX 0x0040u	  /**< inspects transaction buffers */
#define SIG_R_FILE 0x0080u	  /**< inspects files */
#define SIG_R_PAYLOAD 0x0100u	  /**< has options on the payload list */
#define SIG_R_ALERT 0x0400u	  /**< `alert` keyword: a pass rule that is reported */

struct sig_rule {
	enum sig_action action;
	enum sig_hdr hdr;
	enum sig_proto app; /**< by header or implied by keywords; SIG_PROTO_UNKNOWN: none */
	const char *hook;   /**< proto:hook form, or NULL */
	uint8_t transports; /**< SIG_T_* */
	uint8_t dirs;	    /**< SIG_BUF_TS | SIG_BUF_TC it can match in */
	enum sig_arrow arrow;
	bool enabled; /**< false: commented out, only kept when asked for */
	uint32_t flags;

	const struct sig_addrs *src, *dst;
	const struct sig_ports *sport, *dport;

	uint32_t sid, gid, rev;
	uint32_t priority; /**< 1 is highest; from classtype unless given; default 3 */
	const char *msg;
	const char *classtype;	    /**< "" when none */
	const char *classtype_text; /**< its description, "" when unknown */
	enum sig_target target;
	uint32_t references_n, metadata_n;
	const struct sig_reference *reference;
	const struct sig_metadata *metadata;

	uint16_t lists_n;
	uint16_t opts_n;
	uint8_t vars_n;
	const struct sig_list *list;
	const struct sig_opt *opt;
	const char *const *var_name;

	const char *file; /**< as given to the loader */
	uint32_t line;	  /**< first line of the rule, from 1 */
	uint32_t column;
	uint32_t sid_line, sid_column; /**< of its option sid */
	const char *text; /**< raw text, continuations joined, no line end */
};

#endif
