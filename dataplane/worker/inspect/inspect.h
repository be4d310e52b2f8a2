/* SPDX-License-Identifier: Apache-2.0 */
/**
 * sekisho-inspect: a parent that attaches to the guard's ports once, and one forked worker per slot.
 *
 * The parent touches no packet. For each slot it keeps an engine ready (struct in_worker, rule sets
 * included) that a fork inherits copy-on-write: a worker that dies is back in about a millisecond.
 *
 * Everything in struct in_worker belongs to the worker's poll loop once it is forked, except what
 * is marked for the opener thread.
 */
#ifndef INSPECT_H
#define INSPECT_H

#include <dp/nic.h>
#include <dp/range_link.h>
#include <dp/segment.h>
#include <dp/worker.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

struct rte_mbuf;

#define IN_FRAME_MAX 9728u /**< one contiguous frame: 9,216 and its headers */
#define IN_FAULTS_MAX 64u
#define IN_PENDING_MAX DP_OWN_MAX /**< packets queued for sending outside of a burst */

struct in_options {
	const char *run_dir;
	const char *cpus; /**< CPUs of the workers, one after the other; NULL: no pinning */
	bool replace;     /**< take over from a parent that runs */
	bool quiet;
	uint32_t max_flows, memory_mib;
	uint32_t faults; /**< own faults of a worker within PA_WINDOW_NS that pause it; 0: never */
	bool midstream_off;
	const char *geoip;
};

/** A rule set on its way from the opener thread to the loop, or back to be closed. */
struct in_image {
	struct dp_ruleset *rs; /**< NULL: no signatures in this layer */
	uint64_t generation;   /**< of the mailbox */
	uint32_t image_generation, mode;
	struct dp_sig_file *counters; /**< where its signatures count; NULL: in memory of their own */
};

/** A packet that the engine gave to dp_io.send. */
struct in_pending {
	struct rte_mbuf *m;
	uint8_t wire, side;
	bool own;   /**< made by us, else a held one */
	uint8_t in_side;
	uint32_t bytes;
};

struct in_worker {
	struct dp_seg *seg;
	struct dp_slot *slot;
	struct dp_flight *flight;
	struct dp_proc *proc;
	struct dp_table *table;
	uint64_t id;
	const char *run_dir;
	unsigned index; /**< slot number */
	unsigned n_wires;
	uint16_t port[DP_MAX_WIRES][2];
	bool bypassed[DP_MAX_WIRES];     /**< by the operator, in the last burst */
	bool renewed[DP_MAX_WIRES][2];   /**< a new link means new memory to map: net_memif */
	uint32_t epoch[DP_MAX_WIRES][2]; /**< of the link at the fork */
	struct rte_mempool *pool;
	int wait_fd[2 * DP_MAX_WIRES]; /**< descriptors that tell of packets; only when all ports are taps */
	unsigned n_wait;

	struct dp_worker *engine;
	struct dp_range_link *link;  /**< NULL: there is no other worker */
	struct dp_io io;
	struct dp_conf conf;
	struct dp_counters counters; /**< the engine's, private; published between bursts */
	struct dp_counters base;     /**< what former incarnations had counted */
	uint64_t published_ns;
	struct dp_pkt *pkts;         /**< slot->desk: the guard reads verdicts there */
	uint8_t skip[DP_BURST];      /**< not for the engine; verdict is set */
	uint8_t *scratch;            /**< DP_BURST frames of several segments, made contiguous */

	struct in_pending pending[IN_PENDING_MAX];
	unsigned n_pending;
	uint32_t tx_bytes[2][DP_FLIGHT_TX_MAX];
	int8_t tx_in_side[2][DP_FLIGHT_TX_MAX]; /**< side it came in by, -1: our own */
	uint8_t tx_reason[2][DP_FLIGHT_TX_MAX];
	uint32_t next_held;

	/* mailbox: loop > opener by `wake`; opener > loop by `ready`; loop > opener by `retired` */
	sem_t wake;
	uint64_t conf_seq;               /**< of the settings looked at last */
	uint64_t settings;               /**< ... and of those in force; 0: those of the program */
	bool midstream_off;              /**< of the command line: no setting undoes it */
	uint64_t asked[DP_LAYER__COUNT]; /**< generation the opener was last woken for */
	struct in_image *ready[DP_LAYER__COUNT];
	struct in_image *retired[DP_LAYER__COUNT];
	struct in_image current[DP_LAYER__COUNT];
};

/* log.c */
void in_log(const char *level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* options.c */
int in_options_read(struct in_options *o, int argc, char **argv);

/* attach.c */
/** Join the guard's EAL. Exits the program by exec when addresses collide, at most three times. */
int in_attach(const struct dp_seg *seg, const struct in_options *o, char **argv);
/**
 * In a fork: let go of the parent's end of DPDK's request socket. No thread answers on it here, and
 * once the parent is dead an open but silent socket costs every other process 5 s per request.
 */
void in_leave_ipc(void);
/** Map what ports of this kind share (net_memif regions). */
void in_ports_map(struct dp_seg *seg);

/* prepare.c: in the parent */
int in_worker_prepare(struct in_worker *w, struct dp_seg *seg, unsigned slot,
	const struct in_options *o, struct dp_shared_state *shared);
/** The prepared engine takes an image that the parent has opened. */
void in_worker_take(struct in_worker *w, enum dp_layer_id layer, const struct in_image *image);

/* loop.c: in the worker; never returns */
void in_worker_run(struct in_worker *w, const struct in_options *o) __attribute__((noreturn));

/* burst.c */
enum in_result { IN_NOTHING, IN_SOME, IN_LOST };
/** Receive, inspect and send one burst of one side. IN_LOST: the slot is no longer ours. */
enum in_result in_burst(struct in_worker *w, unsigned wire, unsigned side);
/** Send what the engine asked to be sent outside of a burst; fill the stock of buffers. */
enum in_result in_flush(struct in_worker *w);
bool in_owner(const struct in_worker *w);

/* account.c: the flight record's log, see dp/segment.h */
void in_log_begin(struct in_worker *w);
void in_log_add(struct in_worker *w, uint64_t *counter, int64_t delta);
void in_log_commit(struct in_worker *w);

/* packet.c */
void in_packet_fill(struct in_worker *w, unsigned i, struct rte_mbuf *m, unsigned wire, unsigned side,
	uint64_t wall_ns);
/** Bytes that the engine changed go back into a packet of several segments. */
void in_packet_write_back(struct in_worker *w, unsigned i);
void in_io_init(struct in_worker *w);

/* opener.c */
int in_opener_start(struct in_worker *w);
/**
 * Settings that control has posted: a copy of a few kilobytes, when it does. Between bursts; in the
 * parent, for the engines that forks inherit.
 */
void in_settings(struct in_worker *w);
/** Between bursts: has an image become ready, has the mailbox something new? */
void in_opener_poll(struct in_worker *w);
/** Open an image as the mailbox names it. 0; else a sentence in err. */
int in_image_open(const struct dp_mail *mail, struct in_image *image, char *err, size_t err_len);

/** Write what signatures learnt to the sets' files. */
void in_image_save(struct in_image *image);
/** In the worker: its signatures count where control can see it, from now on. */
void in_image_count(const struct in_worker *w, unsigned layer, struct in_image *image);

/* stats.c */
void in_stats_begin(struct in_worker *w);
void in_stats_publish(struct in_worker *w, uint64_t now_ns);

/* fault.c */
void in_fault_handlers(struct in_worker *w);
/** The kernel is to mark this thread's death in its entry (dp_proc.life). */
void in_life_begin(struct in_worker *w);
#ifdef SEKISHO_FAULT_INJECTION
void in_fault_inject(struct in_worker *w, unsigned n);
#endif

#endif
