/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the stream room: what hangs on dp_flow.tcp, and how the files share it. */
#ifndef STREAM_PRIV_H
#define STREAM_PRIV_H

#include <dp/slab.h>
#include <dp/stream.h>

enum { TH_FIN = 1, TH_SYN = 2, TH_RST = 4, TH_PSH = 8, TH_ACK = 16, TH_URG = 32 };

/* A run of received bytes without holes. Bytes [head, head + len) of data are live. */
struct blk {
	struct blk *next;
	uint64_t off; /* stream offset of data[head] */
	uint32_t head, len, cap;
	uint8_t data[];
};

enum half_flags {
	HF_FIN = 1 << 0,     /* FIN seen; fin_off is where data ends */
	HF_RST = 1 << 1,     /* this side sent a valid reset */
	HF_DEPTH = 1 << 2,   /* nothing behind the depth is kept */
	HF_APP_OFF = 1 << 3, /* no parser reads on */
	HF_RAW_OFF = 1 << 4,
	HF_GAP = 1 << 5,       /* a hole was reported */
	HF_TRIGGER = 1 << 6,   /* raw data is wanted before a chunk is full */
	HF_KEEPALIVE = 1 << 7, /* last packet from this side was a keep-alive */
	HF_APP_GAP = 1 << 8,   /* last app view reported app_gap bytes missing */
	HF_APP_EOF = 1 << 9,   /* reader was told of the end */
	HF_RAW_EOF = 1 << 10,
	HF_APP_DEPTH = 1 << 11,
	HF_TS = 1 << 12, /* last_ts is set */
	HF_ZERO_TS = 1 << 13,
	HF_MEMCAP = 1 << 14,    /* segments were lost to the memory limit */
	HF_RAW_STOP = 1 << 16,  /* raw readers see what is there, up to raw_stop, and no more */
	HF_UNHEARD = 1 << 17,   /* it sent something, and the other side nothing since */
	HF_RAW_FRESH = 1 << 15, /* raw_off was moved back: the window is to be seen again */
};

#define MAX_URGENT 4

struct places;

/* One direction: what its sender sends. */
struct half {
	uint32_t isn, next_seq; /* next_seq: behind the last byte seen, FIN included */
	uint32_t last_ack;      /* highest acknowledged by the other side */
	uint32_t window;        /* bytes that it may send, as the other side announced */
	uint32_t next_win;      /* last_ack + window: right edge */
	uint32_t max_window;    /* largest `window` so far */
	uint32_t last_ts;
	uint32_t flags;
	uint8_t wscale, tcp_flags;   /* wscale: of the windows that allow this side to send */
	uint8_t os;                  /* enum dp_os of the receiver */
	uint8_t n_urg;               /* urgent bytes left out of the stream, positions in urg_at */
	uint64_t urg_at[MAX_URGENT]; /* offsets counted with urgent bytes, rising */
	uint64_t last_ts_ns;
	/* data, in stream offsets */
	struct blk *first, *last;
	uint64_t ref_off; /* recent offset, to unwrap sequence numbers */
	uint64_t ack_off; /* acknowledged up to here */
	uint64_t fin_off;
	uint64_t sent_off; /* behind the last byte that a packet from this side stood for */
	uint64_t tail_off; /* the same, leaving out what stands alone beyond a hole: see follow_tail */
	uint64_t app_off, app_end; /* consumed; end of what was shown last */
	uint64_t raw_off, raw_stop;
	uint64_t raw_shown; /* highest raw_off that was moved back (HF_RAW_FRESH) */
	uint64_t hold_off; /* 1 + what somebody else still wants; 0: nothing */
	uint32_t app_gap;
	uint32_t aside_n; /* bytes of the packet in hand that were stored, at aside_off (conf.raw_again) */
	uint64_t aside_off;
	uint32_t raw_gap; /* hole before what raw readers are looking at */
	uint32_t held_bytes; /* capacity of all blocks */
	struct places *places; /* of the latest segments; overlap.c */
};

enum tcp_flags_ {
	TF_MIDSTREAM = 1 << 0,
	TF_TIMESTAMP = 1 << 1,
	TF_4WHS = 1 << 2,
	TF_3WHS_DONE = 1 << 3, /* SYN, SYN/ACK and ACK were seen, and one packet after them */
	TF_ASYNC = 1 << 4,
	TF_FLUSH = 1 << 5, /* flow ends: show everything, acknowledged or not */
	TF_TFO = 1 << 6,
	TF_EVASION = 1 << 7,
	TF_CLIENT_WSCALE = 1 << 8,
	TF_SERVER_WSCALE = 1 << 9,
	/* Inline only flow and log call it closed: `state` stays, as the receiver may have refused it. */
	TF_CLOSED_BY_RST = 1 << 10,
	TF_SIGNED = 1 << 11, /* opened with an MD5 or authentication option */
};

#define HS_MAX 12

/* Resent SYN or SYN/ACK packets with other numbers, until one of them is answered. */
struct hs_alt {
	uint32_t seq, ack, ts;
	uint16_t win;
	uint8_t wscale, has; /* has: 1 wscale, 2 timestamp */
};
struct hs {
	uint8_t n_syn, n_synack;
	struct hs_alt syn[HS_MAX], synack[HS_MAX];
};

struct dp_tcp {
	struct half half[2]; /* by enum sig_dir: [0] is the client's */
	uint32_t flags;
	uint32_t depth;        /* bytes; 0 without limit */
	uint8_t state;         /* enum dp_tcp_state */
	uint8_t before_rst;    /* state that a reset ended */
	uint8_t syn_win_scale; /* client's offer, until the SYN/ACK agrees */
	struct hs *hs;
	uint32_t blind; /* dp_ctx.blind when we last looked */
};

/* What a handler works on. `snd` sent this packet, `rcv` receives it. */
struct tcp_ctx {
	struct dp_ctx *c;
	struct dp_flow_table *t;
	struct dp_flow *f;
	struct dp_pkt *p;
	struct dp_tcp *s;
	struct half *snd, *rcv;
	bool counted; /* its payload is accounted for: data, or known to the receiver, or unwanted */
};

static inline bool seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}
static inline bool seq_leq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}
static inline bool seq_gt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}
static inline bool seq_geq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) >= 0;
}

/* Bytes since the first after the SYN, urgent ones included. */
static inline uint64_t half_wire_off(const struct half *h, uint32_t seq)
{
	// The offset nearest to a recent one: right as long as windows stay below 2^31.
	uint32_t ref_seq = h->isn + 1 + (uint32_t)h->ref_off;
	int64_t off = (int64_t)h->ref_off + (int32_t)(seq - ref_seq);

	return off < 0 ? 0 : (uint64_t)off;
}

/* The same in the stream that readers see. */
static inline uint64_t half_off(const struct half *h, uint32_t seq)
{
	uint64_t off = half_wire_off(h, seq);
	unsigned skip = 0;

	while (skip < h->n_urg && h->urg_at[skip] < off)
		skip++;
	return off - skip;
}

static inline void tcp_event(const struct tcp_ctx *x, enum sig_pkt_event ev)
{
	dp_pkt_set_event(x->p, ev);
	x->c->cnt->events[ev]++;
}

/* event and refusal in one: what a state says to a packet it does not take */
static inline int refuse(const struct tcp_ctx *x, enum sig_pkt_event ev)
{
	tcp_event(x, ev);
	return -1;
}

/* Inline a match may lie across packets that were judged one by one: a chunk is looked at again. */
static inline uint32_t raw_window(const struct dp_conf *c, int dir)
{
	uint32_t chunk = dir == SIG_DIR_TO_SERVER ? c->chunk_ts : c->chunk_tc;

	return c->inline_mode && chunk > c->raw_window_bytes ? chunk : c->raw_window_bytes;
}

/* session.c */
/* A valid reset from `snd`. */
void tcp_reset(struct tcp_ctx *x);
void tcp_set_state(struct tcp_ctx *x, enum dp_tcp_state state);
/* States: 0 accepted, -1 refused (an end host would not take it). */
int tcp_none(struct tcp_ctx *x);
int tcp_syn_sent(struct tcp_ctx *x);
int tcp_syn_recv(struct tcp_ctx *x);
int tcp_established(struct tcp_ctx *x);
int tcp_closing_states(struct tcp_ctx *x);
int tcp_close_by_rst(struct tcp_ctx *x);
/* Numbers, window and data of a packet that a state accepted. */
void tcp_accept(struct tcp_ctx *x);
void tcp_update_ack(struct tcp_ctx *x);

/* queue.c */
void half_set_window(struct half *h, uint32_t win);
int tcp_queue_syn(struct tcp_ctx *x);
int tcp_queue_synack(struct tcp_ctx *x);
/* The server answered another of the client's SYNs, the client another of the server's SYN/ACKs. */
void tcp_adopt_syn(struct tcp_ctx *x, uint32_t ack);
void tcp_adopt_synack(struct tcp_ctx *x);

/* check.c */
int tcp_check_ack(struct tcp_ctx *x);
int tcp_check_rst(struct tcp_ctx *x);
int tcp_check_timestamp(struct tcp_ctx *x);
bool tcp_is_keepalive(const struct tcp_ctx *x);
bool tcp_is_keepalive_ack(const struct tcp_ctx *x);
bool tcp_is_bad_window_update(const struct tcp_ctx *x);
bool tcp_is_outdated_ack(const struct tcp_ctx *x);
bool tcp_is_spurious(const struct tcp_ctx *x);
bool tcp_is_unseen(const struct tcp_ctx *x);
bool tcp_is_dubious(const struct tcp_ctx *x);
bool tcp_breaks_end(const struct tcp_ctx *x);

/* data.c */
void half_segment(struct tcp_ctx *x, uint32_t seq, const uint8_t *data, uint32_t n);
/* Change `n` bytes of the packet on the wire; false: these are not its bytes (reassembled). */
bool tcp_rewrite(struct dp_pkt *p, const uint8_t *at, const uint8_t *good, uint32_t n);
void half_prune(struct dp_ctx *c, const struct dp_tcp *s, struct half *h);
void half_free(struct dp_ctx *c, struct half *h);
/* The block that holds `off`, or the first behind it; NULL when there is none. */
struct blk *half_find(const struct half *h, uint64_t off);

/* overlap.c */
/* Bytes of the segment [seg_off, +seg_len) that differ from those in b at `off`: store what wins. */
void half_overlap(struct half *h, const struct blk *b, uint64_t seg_off, uint32_t seg_len,
	uint64_t off, const uint8_t *data, uint32_t n);
/* Remember where a segment was. */
void half_note_segment(struct tcp_ctx *x, struct half *h, uint64_t off, uint32_t n);
void half_forget_segments(struct dp_ctx *c, struct half *h);

/* view.c */
bool half_raw_ready(const struct dp_ctx *c, const struct dp_tcp *s, const struct half *h, int dir);

#endif
