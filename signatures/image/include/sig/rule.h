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
 */
#ifndef SIG_RULE_H
#define SIG_RULE_H

#include <sig/buffer.h>
#include <sig/proto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes in the arena; not terminated, may contain zeroes. */
struct sig_bytes {
	const uint8_t *data;
	uint32_t len;
};

/* ---- header ------------------------------------------------------------------------------- */

/** The protocol word of the header. */
enum sig_hdr {
	SIG_HDR_IP,	    /**< any IP packet (also an application protocol by keyword) */
	SIG_HDR_IPV4,	    /**< ipv4, ip4 */
	SIG_HDR_IPV6,	    /**< ipv6, ip6 */
	SIG_HDR_TCP,	    /**< packets and reassembled stream */
	SIG_HDR_TCP_PKT,    /**< packet payloads only, never the stream */
	SIG_HDR_TCP_STREAM, /**< the stream only */
	SIG_HDR_UDP,
	SIG_HDR_ICMP, /**< ICMPv4 and ICMPv6 */
	SIG_HDR_ICMPV4,
	SIG_HDR_ICMPV6,
	SIG_HDR_SCTP,
	SIG_HDR_IGMP,
	SIG_HDR_PKTHDR, /**< any packet, also those whose headers do not decode */
	SIG_HDR_ARP,
	SIG_HDR_ETHER,
	SIG_HDR_APP, /**< an application protocol by name: see sig_rule.app */
	SIG_HDR__COUNT
};

/** Transports a rule can meet, bit mask (sig_rule.transports). */
#define SIG_T_TCP 1u
#define SIG_T_UDP 2u
#define SIG_T_ICMP4 4u
#define SIG_T_ICMP6 8u
#define SIG_T_SCTP 16u
#define SIG_T_OTHER 32u /**< any other IP protocol */
#define SIG_T_NONIP 64u /**< ARP, undecodable, plain Ethernet */
#define SIG_T_ALL_IP 63u

/** Closed ranges, sorted, disjoint, not adjacent. IPv4 in host byte order. */
struct sig_range4 {
	uint32_t lo, hi;
};
/** IPv6 as it stands on the wire; memcmp() orders it. */
struct sig_range6 {
	uint8_t lo[16], hi[16];
};

struct sig_addrs {
	bool any; /**< every address of both families; the ranges then say the same */
	bool negated; /**< written with a ! somewhere, variables included */
	uint32_t n4, n6;
	const struct sig_range4 *v4;
	const struct sig_range6 *v6;
};

/** Closed port ranges in host byte order. */
struct sig_port_range {
	uint16_t lo, hi;
};
struct sig_ports {
	bool any; /**< 0..65535, and protocols without ports */
	uint32_t n;
	const struct sig_port_range *range;
};

enum sig_arrow {
	SIG_ARROW_TO,	/**< -> */
	SIG_ARROW_BOTH, /**< <> : also with source and destination exchanged */
	SIG_ARROW_TX	/**< => : both sides of one transaction, lists carry their direction */
};

/* ---- lists: where options look ------------------------------------------------------------ */

enum sig_transform_kind {
	SIG_XF_TO_MD5,
	SIG_XF_TO_SHA1,
	SIG_XF_TO_SHA256,
	SIG_XF_TO_LOWERCASE,
	SIG_XF_TO_UPPERCASE,
	SIG_XF_STRIP_WHITESPACE,
	SIG_XF_COMPRESS_WHITESPACE,
	SIG_XF_DOTPREFIX,
	SIG_XF_DOMAIN,
	SIG_XF_TLD,
	SIG_XF_URL_DECODE,
	SIG_XF_XOR,	    /**< arg = key bytes */
	SIG_XF_FROM_BASE64, /**< mode, offset, bytes */
	SIG_XF_PCREXFORM,   /**< arg = pattern; the buffer becomes its first capture */
	SIG_XF_HEADER_LOWERCASE,
	SIG_XF_STRIP_PSEUDO_HEADERS,
	SIG_XF_GUNZIP,	     /**< bytes = output limit */
	SIG_XF_ZLIB_DEFLATE, /**< bytes = output limit */
	SIG_XF_SUBSLICE,     /**< offset, bytes, may be negative: see from_end, truncate */
	SIG_XF__COUNT
};

enum sig_base64_mode { SIG_B64_RFC4648, SIG_B64_RFC2045, SIG_B64_STRICT };

struct sig_transform {
	enum sig_transform_kind kind;
	enum sig_base64_mode mode;
	int32_t offset;
	int32_t bytes; /**< 0 = no limit */
	bool bytes_set;
	bool truncate;
	struct sig_bytes arg;
};

/**
 * One thing that options look at: a buffer, which instance of it, and what is done to it first.
 * Options of one list are evaluated in order against the same bytes; the cursor ("relative") is
 * per list. Two lists on the same buffer with instances 0 and 1 need not match the same value:
 * each must match some instance.
 */
struct sig_list {
	enum sig_buffer buffer;
	uint16_t instance; /**< how often this (buffer, transforms) was opened before */
	uint8_t dirs;	   /**< SIG_BUF_TS | SIG_BUF_TC this list may match in */
	uint8_t transforms_n;
	const struct sig_transform *transform;
	const char *name; /**< frame name for SIG_BUF_FRAME; header name for Snort field forms */
	uint32_t opts_n;  /**< options that belong to it */
};
#define SIG_LIST_NONE UINT16_MAX

/* ---- values shared by options ------------------------------------------------------------- */

/** Index into sig_rule.var_name, or none. */
#define SIG_VAR_NONE UINT8_MAX

/** A number or a byte_extract / byte_math variable. */
struct sig_value {
	int64_t num;
	uint8_t var; /**< SIG_VAR_NONE: use num */
};

enum sig_op {
	SIG_OP_EQ,
	SIG_OP_NE,
	SIG_OP_LT,
	SIG_OP_LE,
	SIG_OP_GT,
	SIG_OP_GE,
	SIG_OP_RANGE,  /**< a < x < b (ends excluded) */
	SIG_OP_NRANGE, /**< x <= a or x >= b */
	SIG_OP_MASK,   /**< (x & a) == b */
	SIG_OP_NMASK,  /**< (x & a) != b */
	SIG_OP_SET,    /**< x is one of set[] */
	SIG_OP_NSET,   /**< x is none of set[] */
	SIG_OP_ISSET,  /**< a value exists (iprep, flowint) */
	SIG_OP_ISNOTSET
};

/** One test of an unsigned number. */
struct sig_cmp {
	enum sig_op op;
	uint64_t a, b;
	const uint64_t *set;
	uint32_t set_n;
};

/* ---- options ------------------------------------------------------------------------------ */

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

#define SIG_C_NEGATED 0x0001u
#define SIG_C_NOCASE 0x0002u
#define SIG_C_DEPTH 0x0004u    /**< depth given: the whole pattern lies in [offset, offset+depth) */
#define SIG_C_OFFSET 0x0008u
#define SIG_C_DISTANCE 0x0010u
#define SIG_C_WITHIN 0x0020u
#define SIG_C_RELATIVE 0x0030u /**< either of the two: relative to the cursor */
#define SIG_C_STARTSWITH 0x0040u
#define SIG_C_ENDSWITH 0x0080u
#define SIG_C_FAST_PATTERN 0x0100u
#define SIG_C_FAST_ONLY 0x0200u
#define SIG_C_FAST_CHOP 0x0400u
#define SIG_C_RAWBYTES 0x0800u
#define SIG_C_REPLACE 0x1000u

/**
 * content. depth counts from the buffer start plus offset (Suricata: match must end at or before
 * offset + depth when depth is a constant). distance and within count from the cursor: match
 * start >= cursor + distance, match end <= cursor + distance + within (distance 0 if not given).
 */
struct sig_content {
	struct sig_bytes pattern;
	uint32_t flags;
	struct sig_value depth, offset, distance, within;
	uint16_t chop_offset, chop_len;
	struct sig_bytes replace;
};

#define SIG_P_RELATIVE 1u
#define SIG_P_NEGATED 2u
#define SIG_P_RAWBYTES 4u
#define SIG_P_HYPERSCAN 8u /**< from Snort 3 `regex:` */

enum sig_capture_scope { SIG_CAP_PKT, SIG_CAP_FLOW, SIG_CAP_ALERT };
struct sig_capture {
	enum sig_capture_scope scope;
	const char *name;
};
struct sig_pcre {
	const char *pattern; /**< zero-terminated; delimiters and flags removed */
	uint32_t pattern_len;
	uint32_t pcre2_options; /**< PCRE2_CASELESS ... as for pcre2_compile */
	uint32_t flags;
	uint32_t captures_n;
	const struct sig_capture *capture; /**< capture[i] receives group i + 1 */
};

/*
 * nbytes of 0: with SIG_B_STRING as many digits as follow; byte_jump: read nothing, value 0.
 */
#define SIG_B_RELATIVE 1u
#define SIG_B_LITTLE 2u
#define SIG_B_STRING 4u
#define SIG_B_DCE 8u	    /**< byte order from the DCERPC header */
#define SIG_B_NEGATED 16u
#define SIG_B_ALIGN 32u
#define SIG_B_FROM_BEGINNING 64u
#define SIG_B_FROM_END 128u
#define SIG_B_BITMASK 256u
#define SIG_B_END 512u	    /**< byte_math/extract offset counts from the end */

/** byte_test operators. AND: (x & value) != 0; XOR: (x ^ value) != 0. */
enum sig_test_op {
	SIG_BT_EQ,
	SIG_BT_LT,
	SIG_BT_GT,
	SIG_BT_LE,
	SIG_BT_GE,
	SIG_BT_AND,
	SIG_BT_XOR
};
struct sig_byte_test {
	struct sig_value nbytes;
	enum sig_test_op op; /**< SIG_B_NEGATED inverts the result */
	struct sig_value value, offset;
	uint32_t flags;
	uint8_t base; /**< for SIG_B_STRING: 8, 10, 16, or 0 = by prefix */
	uint64_t bitmask; /**< applied, then shifted right by its trailing zeroes */
};
struct sig_byte_jump {
	struct sig_value nbytes, offset;
	uint32_t flags;
	uint8_t base;
	uint32_t multiplier; /**< 1 when not given */
	struct sig_value post_offset;
	uint64_t bitmask;
};
struct sig_byte_extract {
	struct sig_value nbytes, offset;
	uint32_t flags;
	uint8_t base;
	uint8_t var; /**< result */
	uint32_t multiplier; /**< 1 when not given */
	uint16_t align;	     /**< 0, 2 or 4 */
	uint64_t bitmask;
};
enum sig_math_op { SIG_MATH_ADD, SIG_MATH_SUB, SIG_MATH_MUL, SIG_MATH_DIV, SIG_MATH_SHL, SIG_MATH_SHR };
struct sig_byte_math {
	struct sig_value nbytes, offset, rvalue;
	enum sig_math_op op;
	uint32_t flags;
	uint8_t base;
	uint8_t var;
	uint64_t bitmask;
};
/** Data exist at position value (relative: cursor + value; equality with the end counts). */
struct sig_isdataat {
	struct sig_value at;
	uint32_t flags; /**< SIG_B_RELATIVE, SIG_B_NEGATED */
	bool rawbytes;
};
struct sig_absent {
	bool or_else; /**< true: absent, or the list's other options match */
};
/** Shannon entropy in bits per byte (0..8) of `bytes` bytes from `offset`, against a (and b). */
struct sig_entropy {
	struct sig_value offset;
	uint32_t bytes; /**< 0 = all */
	enum sig_op op;
	double a, b;
};
struct sig_base64 {
	uint32_t bytes; /**< 0 = not limited */
	uint32_t offset;
	bool relative;
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
enum sig_index { SIG_IDX_ANY, SIG_IDX_ALL, SIG_IDX_AT, SIG_IDX_COUNT, SIG_IDX_ALL1 };
struct sig_number_opt {
	enum sig_number number;
	struct sig_cmp cmp;
	enum sig_index index; /**< only for SIG_BUF_MULTI numbers */
	int32_t index_at;     /**< SIG_IDX_AT: position, negative from the end */
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

/* ---- the rule ----------------------------------------------------------------------------- */

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
