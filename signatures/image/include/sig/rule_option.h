/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Part of sig/rule.h: the kinds of options, what each of those says that look at no buffer with a
 * cursor, and the option itself.
 */
#ifndef SIG_RULE_OPTION_H
#define SIG_RULE_OPTION_H

#include <sig/proto.h>
#include <sig/rule_bytes.h>

/** X(identifier). The member of sig_opt.u is in the comment; (none) when the kind says all. */
#define SIG_OPT_KINDS(X)                                                                           \
	X(CONTENT)	      /* content */                                                        \
	X(PCRE)		      /* pcre */                                                           \
	X(BYTE_TEST)	      /* byte_test */                                                      \
	X(BYTE_JUMP)	      /* byte_jump */                                                      \
	X(BYTE_EXTRACT)	      /* byte_extract */                                                   \
	X(BYTE_MATH)	      /* byte_math */                                                      \
	X(ISDATAAT)	      /* isdataat */                                                       \
	X(BSIZE)	      /* cmp: length of the list's buffer */                               \
	X(ABSENT)	      /* absent */                                                         \
	X(ENTROPY)	      /* entropy */                                                        \
	X(BASE64_DECODE)      /* base64: fills SIG_BUF_BASE64_DATA from this list */               \
	X(DATASET)	      /* dataset */                                                        \
	X(DATAREP)	      /* datarep */                                                        \
	X(NUMBER)	      /* number */                                                         \
	X(TCP_FLAGS)	      /* bits: (flags & ~ignore) against value, see mode */                \
	X(FRAGBITS)	      /* bits: value of 4=RF 2=DF 1=MF */                                  \
	X(IPOPTS)	      /* text: any, rr, eol, nop, ts, sec, esec, lsrr, ssrr, satid, qs */  \
	X(SAMEIP)	      /* (none) */                                                         \
	X(CSUM)		      /* csum */                                                           \
	X(GEOIP)	      /* geoip */                                                          \
	X(VLAN_ID)	      /* indexed */                                                        \
	X(FLOW)		      /* flow */                                                           \
	X(FLOWBITS)	      /* bits_named */                                                     \
	X(FLOWINT)	      /* flowint */                                                        \
	X(FLOWVAR)	      /* flowvar: per-flow captured string */                              \
	X(PKTVAR)	      /* flowvar: per-packet */                                            \
	X(XBITS)	      /* xbits */                                                          \
	X(HOSTBITS)	      /* xbits */                                                          \
	X(STREAM_SIZE)	      /* stream_size */                                                    \
	X(APP_PROTOCOL)	      /* app_protocol */                                                   \
	X(APP_EVENT)	      /* event: app-layer-event */                                         \
	X(APP_STATE)	      /* app_state */                                                      \
	X(DECODE_EVENT)	      /* event */                                                          \
	X(STREAM_EVENT)	      /* event */                                                          \
	X(IPREP)	      /* iprep */                                                          \
	X(FILENAME)	      /* filetext: case-insensitive substring */                           \
	X(FILEEXT)	      /* filetext: case-insensitive, whole extension */                    \
	X(FILEMAGIC)	      /* filetext: case-insensitive substring */                           \
	X(FILEHASH)	      /* filehash: filemd5, filesha1, filesha256 */                        \
	X(FILESTORE)	      /* filestore */                                                      \
	X(TLS_SUBJECT)	      /* filetext: legacy tls.subject, case-sensitive substring */         \
	X(TLS_ISSUERDN)	      /* filetext */                                                       \
	X(TLS_FINGERPRINT)    /* filetext: whole value */                                          \
	X(TLS_STORE)	      /* (none) */                                                         \
	X(TLS_CERT_EXPIRED)   /* (none) */                                                         \
	X(TLS_CERT_VALID)     /* (none) */                                                         \
	X(SSL_VERSION)	      /* mask: SIG_SSLV_* set; negated bits in not_mask */                 \
	X(SSL_STATE)	      /* mask: SIG_SSLS_* */                                               \
	X(DCE_IFACE)	      /* dce_iface */                                                      \
	X(FTPDATA_COMMAND)    /* text: retr, stor */                                               \
	X(FTPBOUNCE)	      /* (none) */                                                         \
	X(FTP_MODE)	      /* text: active, passive */                                          \
	X(FTP_REPLY_RECEIVED) /* text: true, false */                                              \
	X(KRB5_TICKET_ENC)    /* cmp (SIG_OP_SET / NSET of encryption types), text "weak" if so */ \
	X(HTTP2_SETTINGS)     /* keyed: key = setting id */                                        \
	X(IKE_SA_ATTRIBUTE)   /* keyed: text = attribute name */                                   \
	X(MODBUS)	      /* modbus */                                                         \
	X(DNP3_OBJ)	      /* keyed: key = group, cmp.a = variation */                          \
	X(CIP_SERVICE)	      /* cip */                                                            \
	X(RPC)		      /* rpc */                                                            \
	X(THRESHOLD)	      /* threshold */                                                      \
	X(DETECTION_FILTER)   /* threshold */                                                      \
	X(TAG)		      /* tag */                                                            \
	X(BYPASS)	      /* (none) */                                                         \
	X(PREFILTER)	      /* (none): applies to the option before it */                        \
	X(CONFIG)	      /* config */                                                         \
	X(NFQ_SET_MARK)	      /* mask */

enum sig_opt_kind {
#define X(id) SIG_OPT_##id,
	SIG_OPT_KINDS(X)
#undef X
		SIG_OPT__COUNT
};

enum sig_set_cmd { SIG_SET_ISSET, SIG_SET_ISNOTSET, SIG_SET_SET, SIG_SET_UNSET };
enum sig_set_type {
	SIG_SETT_NONE, /**< not named in this rule: defined elsewhere */
	SIG_SETT_STRING,
	SIG_SETT_MD5,
	SIG_SETT_SHA256,
	SIG_SETT_IPV4,
	SIG_SETT_IP
};
enum sig_set_format { SIG_SETF_CSV, SIG_SETF_JSON, SIG_SETF_NDJSON };
struct sig_dataset {
	enum sig_set_cmd cmd;
	const char *name;
	enum sig_set_type type;
	enum sig_set_format format;
	const char *load, *save; /**< path as resolved beside the rule file, or NULL; state = both */
	bool remove_key;
	bool subdomain; /**< `match subdomain`: an entry also stands for what lies below that domain */
	const char *value_key, *array_key, *context_key;
	uint64_t memcap_bytes;
	uint32_t hashsize;
};
struct sig_datarep {
	const char *name;
	enum sig_op op;
	uint16_t value;
	enum sig_set_type type;
	const char *load;
	uint64_t memcap_bytes;
	uint32_t hashsize;
};

/** How many of several values must satisfy the test. */
enum sig_index {
	SIG_IDX_ANY,
	SIG_IDX_ALL, /**< also of none, but for VLAN tags */
	SIG_IDX_AT,
	SIG_IDX_COUNT,
	SIG_IDX_ALL1,          /**< of one at least */
	SIG_IDX_ALL_OR_ABSENT, /**< also of none */
	SIG_IDX_OR_ABSENT,     /**< any, or there is none */
	SIG_IDX_AT_OR_OUT,     /**< as AT, or there is nothing at that position */
};
struct sig_number_opt {
	enum sig_number number;
	struct sig_cmp cmp;
	enum sig_index index; /**< only for SIG_BUF_MULTI numbers */
	int32_t index_at;     /**< SIG_IDX_AT, AT_OR_OUT: position, negative from the end */
	struct sig_cmp count; /**< SIG_IDX_COUNT: number of matching values */
	uint8_t dirs;	      /**< with =>: SIG_BUF_TS or SIG_BUF_TC asked for; 0: any */
};
struct sig_indexed {
	struct sig_cmp cmp;
	enum sig_index index;
	int32_t index_at;
	struct sig_cmp count;
};

enum sig_bits_mode {
	SIG_BITS_EXACT, /**< x == value */
	SIG_BITS_ALL,	/**< + : (x & value) == value */
	SIG_BITS_ANY,	/**< * : (x & value) != 0 */
	SIG_BITS_NOT	/**< ! : (x & value) != value for exact, none of them set */
};
struct sig_bits {
	enum sig_bits_mode mode;
	uint16_t value;
	uint16_t ignore; /**< tcp.flags second argument: these bits are cleared first */
};
struct sig_csum {
	enum sig_csum_kind { SIG_CSUM_IPV4, SIG_CSUM_TCPV4, SIG_CSUM_TCPV6, SIG_CSUM_UDPV4,
		SIG_CSUM_UDPV6, SIG_CSUM_ICMPV4, SIG_CSUM_ICMPV6 } kind;
	bool valid;
};
enum sig_side { SIG_SIDE_ANY, SIG_SIDE_SRC, SIG_SIDE_DST, SIG_SIDE_BOTH };
struct sig_geoip {
	enum sig_side side;
	bool negated;
	uint32_t n;
	const char *const *country; /**< ISO 3166 two letters, upper case */
};

#define SIG_FLOW_TO_SERVER 0x001u
#define SIG_FLOW_TO_CLIENT 0x002u
#define SIG_FLOW_ESTABLISHED 0x004u
#define SIG_FLOW_NOT_ESTABLISHED 0x008u
#define SIG_FLOW_STATELESS 0x010u
#define SIG_FLOW_ONLY_STREAM 0x020u
#define SIG_FLOW_NO_STREAM 0x040u
#define SIG_FLOW_ONLY_FRAG 0x080u
#define SIG_FLOW_NO_FRAG 0x100u
struct sig_flow {
	uint32_t mask;
};

enum sig_bit_cmd { SIG_BIT_SET, SIG_BIT_UNSET, SIG_BIT_TOGGLE, SIG_BIT_ISSET, SIG_BIT_ISNOTSET };
/** flowbits: set[..] of names; ISSET with n > 1 means any of them (a|b). */
struct sig_bits_named {
	enum sig_bit_cmd cmd;
	uint32_t n;
	const char *const *name;
};
enum sig_flowint_op {
	SIG_FI_ASSIGN, SIG_FI_ADD, SIG_FI_SUB, SIG_FI_EQ, SIG_FI_NE, SIG_FI_LT, SIG_FI_LE,
	SIG_FI_GT, SIG_FI_GE, SIG_FI_ISSET, SIG_FI_ISNOTSET
};
struct sig_flowint {
	const char *name;
	enum sig_flowint_op op;
	uint32_t value;
	const char *other; /**< compare or add another flowint; NULL: use value */
};
struct sig_flowvar {
	const char *name;
	struct sig_bytes content;
	bool negated;
};
enum sig_xbits_track { SIG_XB_IP_SRC, SIG_XB_IP_DST, SIG_XB_IP_PAIR, SIG_XB_TX };
struct sig_xbits {
	enum sig_bit_cmd cmd;
	const char *name;
	enum sig_xbits_track track;
	uint32_t expire_s; /**< Suricata's default is 30 */
};
enum sig_size_side { SIG_SS_CLIENT, SIG_SS_SERVER, SIG_SS_BOTH, SIG_SS_EITHER };
struct sig_stream_size {
	enum sig_size_side side;
	enum sig_op op;
	uint32_t value;
};
enum sig_app_mode { SIG_AP_DIRECTION, SIG_AP_FINAL, SIG_AP_EITHER, SIG_AP_TO_SERVER, SIG_AP_TO_CLIENT, SIG_AP_ORIGINAL };
struct sig_app_protocol {
	enum sig_proto proto;
	bool negated;
	enum sig_app_mode mode;
};
/** Event by name ("http.missing_host_header" is proto HTTP, name without prefix; else as written). */
struct sig_event {
	enum sig_proto proto;
	const char *name;
};
struct sig_app_state {
	enum sig_op op;
	const char *state;
};
struct sig_iprep {
	enum sig_side side;
	const char *category;
	enum sig_op op; /**< EQ LT GT LE GE ISSET ISNOTSET */
	uint8_t value;
};
struct sig_filetext {
	struct sig_bytes text;
	bool negated;
};
struct sig_filehash {
	enum sig_hash_kind { SIG_HASH_MD5, SIG_HASH_SHA1, SIG_HASH_SHA256 } hash;
	bool negated;
	const char *path; /**< resolved beside the rule file */
};
enum sig_store_dir { SIG_STORE_RULE, SIG_STORE_TO_SERVER, SIG_STORE_TO_CLIENT, SIG_STORE_BOTH };
enum sig_store_scope { SIG_STORE_FILE, SIG_STORE_TX, SIG_STORE_SSN };
struct sig_filestore {
	enum sig_store_dir dir;
	enum sig_store_scope scope;
};
#define SIG_SSLV_SSL2 1u
#define SIG_SSLV_SSL3 2u
#define SIG_SSLV_TLS10 4u
#define SIG_SSLV_TLS11 8u
#define SIG_SSLV_TLS12 16u
#define SIG_SSLV_TLS13 32u
#define SIG_SSLS_CLIENT_HELLO 1u
#define SIG_SSLS_SERVER_HELLO 2u
#define SIG_SSLS_CLIENT_KEYX 4u
#define SIG_SSLS_SERVER_KEYX 8u
#define SIG_SSLS_UNKNOWN 16u
struct sig_mask {
	uint32_t mask;	   /**< any of these */
	uint32_t not_mask; /**< and none of these */
};
struct sig_dce_iface {
	uint8_t uuid[16];
	bool any_frag;
	bool version_set;
	struct sig_cmp version;
};
struct sig_keyed {
	uint32_t key;
	const char *text;
	struct sig_cmp cmp;
};
struct sig_modbus {
	enum { SIG_MB_FUNCTION, SIG_MB_CATEGORY, SIG_MB_ACCESS } kind;
	bool unit_set, subfunction_set, address_set, value_set, negated;
	struct sig_cmp unit, address, value;
	uint16_t function, subfunction;
	uint32_t category; /**< SIG_MBC_* */
	bool write;
	enum { SIG_MBT_NONE, SIG_MBT_DISCRETES, SIG_MBT_COILS, SIG_MBT_INPUT, SIG_MBT_HOLDING } table;
};
#define SIG_MBC_PUBLIC_ASSIGNED 1u
#define SIG_MBC_PUBLIC_UNASSIGNED 2u
#define SIG_MBC_USER_DEFINED 4u
#define SIG_MBC_RESERVED 8u
#define SIG_MBC_ALL 15u
struct sig_cip {
	uint8_t service;
	bool class_set, attribute_set;
	uint16_t class_id, attribute;
	bool attribute_negated;
};
struct sig_rpc {
	uint32_t program;
	bool version_any, procedure_any;
	uint32_t version, procedure;
};
enum sig_threshold_type { SIG_TH_LIMIT, SIG_TH_THRESHOLD, SIG_TH_BOTH, SIG_TH_BACKOFF };
enum sig_track { SIG_BY_SRC, SIG_BY_DST, SIG_BY_BOTH, SIG_BY_RULE, SIG_BY_FLOW };
struct sig_threshold {
	enum sig_threshold_type type; /**< unused for detection_filter */
	enum sig_track track;
	uint32_t count, seconds;
	uint32_t multiplier; /**< backoff */
	enum { SIG_UNIQ_NONE, SIG_UNIQ_SRC_PORT, SIG_UNIQ_DST_PORT } unique_on;
};
struct sig_tag {
	bool host; /**< false: session */
	enum sig_side side;
	uint32_t count;
	enum { SIG_TAG_PACKETS, SIG_TAG_SECONDS, SIG_TAG_BYTES } metric;
};
/** "logging disable" of transactions or of the flow record, for the transaction or the flow. */
struct sig_config_opt {
	bool type_tx, scope_tx;
};

/** One option. Options keep their order in the text, except that modifiers are folded in. */
struct sig_opt {
	enum sig_opt_kind kind;
	uint16_t list;	/**< index into sig_rule.list, or SIG_LIST_NONE */
	uint16_t keyword; /**< index into the keyword table (sig/keyword.h) */
	uint32_t column; /**< of the keyword in the rule's text, from 1 */
	union {
		struct sig_content content;
		struct sig_pcre pcre;
		struct sig_byte_test byte_test;
		struct sig_byte_jump byte_jump;
		struct sig_byte_extract byte_extract;
		struct sig_byte_math byte_math;
		struct sig_isdataat isdataat;
		struct sig_cmp cmp;
		struct sig_absent absent;
		struct sig_entropy entropy;
		struct sig_base64 base64;
		struct sig_dataset dataset;
		struct sig_datarep datarep;
		struct sig_number_opt number;
		struct sig_indexed indexed;
		struct sig_bits bits;
		const char *text;
		struct sig_csum csum;
		struct sig_geoip geoip;
		struct sig_flow flow;
		struct sig_bits_named bits_named;
		struct sig_flowint flowint;
		struct sig_flowvar flowvar;
		struct sig_xbits xbits;
		struct sig_stream_size stream_size;
		struct sig_app_protocol app_protocol;
		struct sig_event event;
		struct sig_app_state app_state;
		struct sig_iprep iprep;
		struct sig_filetext filetext;
		struct sig_filehash filehash;
		struct sig_filestore filestore;
		struct sig_mask mask;
		struct sig_dce_iface dce_iface;
		struct sig_keyed keyed;
		struct sig_modbus modbus;
		struct sig_cip cip;
		struct sig_rpc rpc;
		struct sig_threshold threshold;
		struct sig_tag tag;
		struct sig_config_opt config;
	} u;
};

#endif
