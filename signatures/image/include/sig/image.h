/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The signature image: what the compiler writes and the packet path maps.
 *
 * One file, position-independent, host byte order (the header says which): a header with magic,
 * version, size, checksum and a table of sections, then the sections, each 64-byte aligned. Every
 * reference between records is an index into a section or an offset into the byte pool, never an
 * address. sig_image_open() checks the checksum and every reference once, so that a reader of an
 * opened image may follow any of them without checking again. Pages are shared between processes.
 *
 * Strings are offsets into the pool, terminated by zero there; offset 0 is the empty string.
 *
 * Signatures stand in evaluation order: pass, drop, reject, alert; setters of state before its
 * readers; priority; order of the text. A lower index is therefore evaluated, and acts, first.
 */
#ifndef SIG_IMAGE_H
#define SIG_IMAGE_H

#include <sig/buffer.h>
#include <stddef.h>
#include <stdint.h>

#define SIG_IMG_MAGIC "\x93SKSIG\r\n"
#define SIG_IMG_VERSION 5u
#define SIG_IMG_ENDIAN 0x01020304u
#define SIG_IMG_NONE UINT32_MAX
#define SIG_IMG_ALIGN 64u
#define SIG_IMG_MAX_BYTES (UINT64_C(3) << 30)
#define SIG_IMG_MAX_ITEMS 64u     /**< lists and transaction tests of one signature: bits of a word */
#define SIG_IMG_MAX_LIST_OPS 512u /**< bounds the recursion over one list */
#define SIG_IMG_MAX_VARS 32u
#define SIG_IMG_MAX_GROUP_PORTS 512u /**< of a port set that a group is searched for alone */

enum sig_img_section {
	SIG_SEC_POOL,   /**< bytes and strings */
	SIG_SEC_SIG,    /**< struct sig_img_sig */
	SIG_SEC_LIST,   /**< struct sig_img_list */
	SIG_SEC_OP,     /**< struct sig_img_op */
	SIG_SEC_XF,     /**< struct sig_img_xf */
	SIG_SEC_REGEX,  /**< struct sig_img_regex */
	SIG_SEC_CAP,    /**< struct sig_img_cap */
	SIG_SEC_REF,    /**< struct sig_img_ref */
	SIG_SEC_META,   /**< struct sig_img_meta */
	SIG_SEC_ADDRS,  /**< struct sig_img_addrs */
	SIG_SEC_A4,     /**< struct sig_img_range4, sorted within a set */
	SIG_SEC_A6,     /**< struct sig_img_range6 */
	SIG_SEC_PORTS,  /**< struct sig_img_ports */
	SIG_SEC_PR,     /**< struct sig_img_port_range */
	SIG_SEC_SET,    /**< struct sig_img_set: datasets, reputation lists, file hash lists */
	SIG_SEC_GLOBAL, /**< struct sig_img_global: suppress, threshold, rate_filter */
	SIG_SEC_GREF,   /**< uint32_t: indices of globals, a run per signature */
	SIG_SEC_REP,    /**< struct sig_img_rep: IP reputation, IPv4, sorted by lo */
	SIG_SEC_REPCAT, /**< uint32_t: names of reputation categories */
	SIG_SEC_GROUP,  /**< struct sig_img_group */
	SIG_SEC_PAT,    /**< struct sig_img_pat */
	SIG_SEC_HIT,    /**< uint32_t: signature indices, a run per pattern */
	SIG_SEC_DB,     /**< serialized Hyperscan databases, each 64-byte aligned */
	SIG_SEC__COUNT
};

struct sig_img_sec {
	uint64_t off, size; /**< bytes from the start of the file */
	uint32_t count;     /**< records */
	uint32_t stride;    /**< bytes per record; 1 for pools */
};

struct sig_img_header {
	uint8_t magic[8];
	uint32_t version, endian;
	uint64_t size;       /**< whole file in bytes */
	uint64_t sum[4];     /**< over the whole file with this field as zeroes */
	char hs_version[32]; /**< hs_version() of the library that built the databases */
	uint64_t hs_cpu;     /**< hs_platform_info.cpu_features */
	uint32_t hs_tune;    /**< hs_platform_info.tune */
	uint32_t sections;   /**< SIG_SEC__COUNT */
	uint64_t content_id; /**< of the rules and options, not of the machine: names the build */
	uint64_t reserved[5];
	struct sig_img_sec sec[SIG_SEC__COUNT];
};

/** How a signature is run. */
enum sig_img_class {
	SIG_CLS_DECODE,  /**< decoder events only: also packets that do not parse */
	SIG_CLS_IPONLY,  /**< addresses only: once per flow and direction */
	SIG_CLS_PACKET,  /**< every packet */
	SIG_CLS_PKT_STREAM, /**< packet payload and stream */
	SIG_CLS_STREAM,  /**< stream; packet payload where it does not belong to one */
	SIG_CLS_PDONLY,  /**< when the protocol has just been detected */
	SIG_CLS_APP,     /**< every packet of a flow with that protocol */
	SIG_CLS_TX,      /**< transactions */
	SIG_CLS_FRAME,   /**< frames of a protocol's stream */
	SIG_CLS__COUNT
};

/* sig_img_sig.flags */
#define SIG_F_NOALERT 0x0001u
#define SIG_F_PREFILTER 0x0002u   /**< runs only after a hit of its pattern; else always a candidate */
#define SIG_F_NEED_PACKET 0x0004u /**< inspects packet payload */
#define SIG_F_NEED_STREAM 0x0008u /**< inspects the stream */
#define SIG_F_NEED_FLOW 0x0010u
#define SIG_F_PAYLOAD 0x0020u     /**< has a payload list */
#define SIG_F_FILE 0x0040u        /**< looks at files */
#define SIG_F_BYPASS 0x0080u
#define SIG_F_BOTH_WAYS 0x0100u   /**< also with source and destination exchanged */
#define SIG_F_TX_ARROW 0x0200u    /**< =>: needs both directions of one transaction */
#define SIG_F_SETS_STATE 0x0400u
#define SIG_F_DSIZE 0x0800u
#define SIG_F_FLOW_ACTION 0x2000u /**< drop and pass act on the flow, not only on the packet */
#define SIG_F_FLOW_IF_STATEFUL 0x4000u /**< they do when the match was in the stream or in state */
#define SIG_F_TAG 0x8000u
#define SIG_F_NEED_PAYLOAD 0x10000u /**< cannot match a packet without payload (nor stream) */
#define SIG_F_NEED_EST 0x20000u
#define SIG_F_ALERT 0x40000u      /**< a pass rule that is reported (`alert` keyword) */
#define SIG_F_NO_PAYLOAD 0x80000u /**< only packets without payload, and without new stream data */

struct sig_img_sig {
	/* read for each candidate */
	uint32_t flags;
	uint32_t src, dst;     /**< address sets, NONE: any */
	uint32_t sport, dport; /**< port sets, NONE: any */
	uint16_t flow;         /**< SIG_FLOW_* (sig/rule.h) */
	uint16_t app;          /**< enum sig_proto; UNKNOWN: does not matter */
	uint8_t cls;           /**< enum sig_img_class */
	uint8_t transports;    /**< SIG_T_* */
	uint8_t dirs;          /**< SIG_BUF_TS | SIG_BUF_TC */
	uint8_t action;        /**< enum sig_action */
	uint8_t hdr;           /**< enum sig_hdr */
	uint8_t lists_n;
	uint8_t vars_n;
	uint8_t target;        /**< enum sig_target */
	uint32_t list;         /**< first list */
	uint32_t match, tx, post; /**< first op of each run */
	uint16_t match_n;      /**< packet, flow and state tests */
	uint16_t tx_n;         /**< tests of a transaction that look at no buffer */
	uint16_t post_n;       /**< what a match does: flowbits:set and the like, in order */
	uint16_t thr_n;        /**< threshold, detection_filter: ops after post */
	/* read when it matched, or by people */
	uint32_t thr;
	uint32_t gref, gref_n; /**< globals that concern it */
	uint32_t sid, gid, rev, priority;
	uint32_t order;        /**< position in the text, from 0 */
	uint32_t msg, classtype, classtype_text, text, file, line;
	uint32_t ref, refs_n, meta, metas_n;
	uint32_t pf_list;      /**< list of the fast pattern, NONE without */
	uint32_t pf_op;        /**< its op, NONE without */
	uint32_t pf_off, pf_len; /**< part of the content that was taken */
	uint32_t pf_cost;      /**< of the cost model, in 1/1000 */
	uint32_t why_always;   /**< string: why it has no prefilter */
	uint32_t pf_text;      /**< string: the expression searched for in its place; empty: none */
	/** Of pf_text, where it begins with a place that contents count to: it ends here at the latest.
	 *  NONE: it fits wherever the bytes begin. */
	uint32_t pf_reach;
	uint32_t pad;
};

/* sig_img_list.flags */
#define SIG_L_PREFILTER 1u /**< holds the fast pattern */
#define SIG_L_ABSENT 2u    /**< absent: the buffer must not exist */
#define SIG_L_OR_ELSE 4u   /**< absent:or_else */
#define SIG_L_B64 8u       /**< base64_data: evaluated with the list that decodes */
#define SIG_L_LENGTH 16u   /**< bsize: min_len and max_len hold */

struct sig_img_list {
	uint16_t buffer;   /**< enum sig_buffer */
	uint16_t instance; /**< of a frame: enum sig_frame (sig/frame.h) */
	uint8_t dirs, flags, xf_n, pad;
	uint32_t xf;       /**< first transform; equal chains share their run */
	uint32_t op, ops_n;
	uint32_t name;
	uint32_t min_len, max_len; /**< bsize bounds, checked before the program */
};

/**
 * One instruction. `kind` is enum sig_opt_kind. What each member means follows the option's struct
 * in sig/rule.h:
 *  CONTENT       data/len pattern; flags SIG_C_*; num: depth (with offset added), offset, distance,
 *                within; flags SIG_IC_NEXT: the next content is relative
 *  PCRE          ref regex; flags SIG_P_*
 *  BYTE_TEST     num: nbytes, offset, value; sub enum sig_test_op; x bitmask; base in aux
 *  BYTE_JUMP     num: nbytes, offset, post_offset; x bitmask; len multiplier
 *  BYTE_EXTRACT  num: nbytes, offset, multiplier, align; out var
 *  BYTE_MATH     num: nbytes, offset, rvalue; sub enum sig_math_op; out var
 *  ISDATAAT      num: at
 *  BSIZE         sub enum sig_op; num a, b; data/len: set of uint64_t
 *  ENTROPY       num: offset, bytes; x, num[2]: a, b as bits of a double; sub op; ref buffer + 1,
 *                under which the flow shows the value; 0 the payload, not shown
 *  BASE64_DECODE num: bytes, offset; aux relative
 *  DATASET       ref set; sub enum sig_set_cmd; aux parent domains count too; data/len: key of the
 *                context in an alert, empty: none
 *  DATAREP       ref set; sub enum sig_op; num value
 *  NUMBER, VLAN_ID  ref enum sig_number; sub op; num a, b, index_at or count a, count b;
 *                aux enum sig_index; out count op; data/len set; flags SIG_BUF_TS, SIG_BUF_TC: the side of
 *                a transaction that => asks for, 0: whichever has it
 *  TCP_FLAGS, FRAGBITS  sub enum sig_bits_mode; num value, ignore
 *  text kinds    data: string
 *  CSUM          sub kind; num valid
 *  GEOIP         sub side; aux negated; data/len: two letters each
 *  FLOWBITS      sub enum sig_bit_cmd; data/len: uint64_t name hashes; ref name of the first
 *  FLOWINT       sub op; x name hash; num value, other's hash (aux 1)
 *  FLOWVAR, PKTVAR  x name hash; data/len; aux negated
 *  XBITS, HOSTBITS  sub cmd; x name hash; aux track; num expire_s
 *  STREAM_SIZE   aux side; sub op; num value
 *  APP_PROTOCOL  ref proto; aux negated; sub mode
 *  APP_EVENT     ref proto; data name
 *  APP_STATE     sub op; data name
 *  DECODE_EVENT, STREAM_EVENT  data name; ref number (SIG_IMG_NONE: unknown here)
 *  IPREP         aux side; sub op; num value; ref category
 *  file and certificate texts  data/len; aux negated
 *  FILEHASH      ref set; sub hash; aux negated
 *  FILESTORE     sub dir; aux scope
 *  SSL_*         num mask, not_mask
 *  DCE_IFACE     data/len: uuid 16 bytes; aux any_frag; out version set; sub op; num a, b
 *  KRB5_TICKET_ENC  sub op; data/len set
 *  keyed         num key; data text; sub op; num[1], num[2] a, b
 *  MODBUS, CIP_SERVICE, RPC  data/len: the struct of sig/rule.h without pointers
 *  THRESHOLD, DETECTION_FILTER  sub type; aux track; num count, seconds, multiplier, unique_on
 *  TAG           aux host; sub side; num count, metric
 *  CONFIG        data/len: four strings one after the other
 */
struct sig_img_op {
	uint8_t kind, sub, aux, out;
	uint8_t var[4]; /**< num[i] comes from this variable; SIG_VAR_NONE: constant */
	uint32_t flags;
	uint32_t ref;
	uint32_t data, len;
	uint64_t x;
	int64_t num[4];
};
/** CONFIG: sub says what is not logged any more. */
enum { SIG_CFG_TX, SIG_CFG_FLOW_TXS, SIG_CFG_FLOW };

#define SIG_IC_NEXT 0x80000000u

struct sig_img_xf {
	uint8_t kind, mode, bytes_set, truncate;
	int32_t offset, bytes;
	uint32_t data, len;
	uint32_t regex; /**< pcrexform; NONE else */
};
struct sig_img_regex {
	uint32_t data, len, options; /**< PCRE2 options */
	uint32_t cap, caps_n;
};
struct sig_img_cap {
	uint32_t scope; /**< enum sig_capture_scope */
	uint32_t name;
	uint64_t hash;
};
struct sig_img_ref {
	uint32_t type, prefix, value;
};
struct sig_img_meta {
	uint32_t key, value;
};
struct sig_img_addrs {
	uint32_t v4, n4, v6, n6;
};
struct sig_img_range4 {
	uint32_t lo, hi;
};
struct sig_img_range6 {
	uint8_t lo[16], hi[16];
};
struct sig_img_ports {
	uint32_t first, n;
};
struct sig_img_port_range {
	uint16_t lo, hi;
};
/** Token kinds of contexts: those of the trees of event records (dp/event.h). */
enum sig_img_tree { SIG_TREE_OBJ = 1, SIG_TREE_ARR, SIG_TREE_END, SIG_TREE_STR, SIG_TREE_I64 = 6,
	SIG_TREE_BOOL, SIG_TREE_F64 };
enum sig_img_set_kind { SIG_SETK_DATASET, SIG_SETK_REP, SIG_SETK_HASH };
struct sig_img_set {
	uint32_t name;
	uint8_t kind, type; /**< enum sig_set_type */
	uint8_t dynamic;    /**< has `save` or `state`: contents outlive the image */
	uint8_t pad;
	uint64_t hash;      /**< of the name: sets of several images with one name are one */
	uint32_t load, save;
	/** Entries: uint16_t value, uint16_t length, uint32_t context length, bytes, context; without
	 *  padding. The context is a token stream (SIG_TREE_*) of the members of an object. */
	uint32_t data, len, entries;
	uint32_t pad2;
};
enum sig_img_global_kind { SIG_IMG_SUPPRESS, SIG_IMG_THRESHOLD, SIG_IMG_RATE_FILTER };
struct sig_img_global {
	uint8_t kind;              /**< enum sig_img_global_kind */
	uint8_t type, track, side; /**< enum sig_threshold_type, sig_track, sig_side */
	uint8_t new_action;        /**< rate_filter: enum sig_action */
	uint8_t pad[3];
	uint32_t count, seconds, timeout_s;
	uint32_t addrs; /**< NONE: every address */
	uint32_t gid, sid;
};
struct sig_img_rep {
	uint32_t lo, hi;
	uint16_t cat;
	uint8_t value, pad;
};

/** What packets or buffers a prefilter database is scanned over. */
enum sig_img_scope {
	SIG_SCOPE_BUFFER,  /**< a transaction's buffer */
	SIG_SCOPE_TCP_PKT, /**< payload of TCP segments */
	SIG_SCOPE_STREAM,  /**< TCP stream */
	SIG_SCOPE_UDP,
	SIG_SCOPE_OTHER,   /**< payload of everything else */
	SIG_SCOPE__COUNT
};
#define SIG_G_REGEX 1u /**< regexes rather than literals */
/**
 * Expressions over what arrives in pieces stand in two groups: WHOLE for bytes that are searched once
 * and together, PARTS for a look that shows new bytes behind old ones. An expression of PARTS is a
 * bounded piece of the other, found in one look although the rest may come in another: who searches
 * with it remembers what it has found.
 */
#define SIG_G_WHOLE 2u
#define SIG_G_PARTS 4u

struct sig_img_group {
	uint16_t buffer; /**< for SCOPE_BUFFER */
	uint8_t scope, dir, flags, xf_n, pad[2];
	uint32_t xf;
	uint32_t pat, pats_n; /**< id of a match = index from pat */
	uint32_t max_len;     /**< longest literal; PARTS: longest match, NONE: any length, search all */
	/** Port sets of at most SIG_IMG_MAX_GROUP_PORTS: packets of other ports are not searched; NONE: any. */
	uint32_t sport, dport;
	uint64_t db, db_size; /**< within SEC_DB */
	uint64_t key;         /**< hash of the patterns: the cache's name of it */
};
struct sig_img_pat {
	uint32_t hit, hits_n;
	uint32_t data, len; /**< the literal or expression */
	uint32_t flags;     /**< literal: 1 in any case; expression: its PCRE2 options */
};

/** An opened image. Read-only; any thread. */
struct sig_image {
	const struct sig_img_header *h;
	const char *pool;
	const struct sig_img_sig *sig;
	const struct sig_img_list *list;
	const struct sig_img_op *op;
	const struct sig_img_xf *xf;
	const struct sig_img_regex *regex;
	const struct sig_img_cap *cap;
	const struct sig_img_ref *ref;
	const struct sig_img_meta *meta;
	const struct sig_img_addrs *addrs;
	const struct sig_img_range4 *a4;
	const struct sig_img_range6 *a6;
	const struct sig_img_ports *ports;
	const struct sig_img_port_range *pr;
	const struct sig_img_set *set;
	const struct sig_img_global *global;
	const uint32_t *gref;
	const struct sig_img_rep *rep;
	const uint32_t *repcat;
	const struct sig_img_group *group;
	const struct sig_img_pat *pat;
	const uint32_t *hit;
	const uint8_t *db;
	uint32_t sigs_n, lists_n, ops_n, xfs_n, regexes_n, sets_n, groups_n, pats_n, reps_n;
	uint32_t repcats_n, addrs_n, ports_n, globals_n;
	size_t size;
	int mapped;
};

/**
 * Map and check an image. 0, or -errno with a sentence in err naming the reason: -EBADMSG (not an
 * image, truncated, damaged, impossible contents), -EPROTO (another format version or byte order),
 * or what open(2) and mmap(2) say. The file may be unlinked or replaced (by rename) while mapped.
 */
int sig_image_open(const char *path, struct sig_image *img, char *err, size_t err_len);
int sig_image_open_fd(int fd, struct sig_image *img, char *err, size_t err_len);
/** The same over bytes the caller keeps (64-byte aligned). */
int sig_image_open_mem(const void *mem, size_t size, struct sig_image *img, char *err,
	size_t err_len);
void sig_image_close(struct sig_image *img);

/** Checksum over `size` bytes in which the header's sum counts as zero: four independent lanes. */
void sig_image_sum(const void *mem, size_t size, uint64_t sum[4]);
/** Stable 64-bit hash of a name or any bytes (state names, set names, pattern keys). */
uint64_t sig_hash64(const void *p, size_t n);

static inline const char *sig_img_str(const struct sig_image *img, uint32_t off)
{
	return img->pool + off;
}

/**
 * A literal of s that is found ending behind this byte, as contents count, is not where s wants it;
 * UINT32_MAX: it may lie anywhere, or s is not found by a literal.
 */
uint32_t sig_search_end(const struct sig_image *img, const struct sig_img_sig *s);

/** Index of the signature with this gid and sid, NONE without. gid 0: any. Linear. */
uint32_t sig_image_find(const struct sig_image *img, uint32_t gid, uint32_t sid);

#endif
