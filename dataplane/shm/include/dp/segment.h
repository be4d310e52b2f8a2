/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The shared segment: the whole contract between guard, inspection workers and control.
 *
 * A plain file (`segment` in the run directory, /run/sekisho by default) that the guard makes and
 * everybody maps: control and the command line need no DPDK for it. The guard writes it under
 * another name and renames it, so whoever finds it finds it complete. A guard that starts again
 * makes a new one; mappings of the old stay valid and lead nowhere.
 *
 * Fields are marked (writer > readers). G guard, W worker of the slot, P inspection parent,
 * C control. Words are 64 bits, aligned, and stored whole; what must be seen in order is stored
 * with release and loaded with acquire. Times are CLOCK_MONOTONIC nanoseconds unless they say wall.
 *
 * Ownership of a slot (queue number s of every port) is a Dekker handshake. The worker, around every
 * driver or pool call:    phase = RX; fence; if (owner != me) { phase = IDLE; stand back; } ...
 * The guard, to take it:  owner = 0; fence; wait while phase says in-driver and the worker lives.
 * Whichever store comes second is followed by a load that sees the first, so never both are inside.
 */
#ifndef DP_SEGMENT_H
#define DP_SEGMENT_H

#include <dp/condemned.h>
#include <dp/counters.h>
#include <dp/event.h>
#include <dp/hist.h>
#include <dp/verdict.h>
#include <stddef.h>
#include <stdint.h>

#define DP_SEG_MAGIC UINT64_C(0x314f48534b455331)
#define DP_SEG_VERSION 4u
#define DP_SEG_NAME "segment"
#define DP_RUN_DIR "/run/sekisho"
#define DP_STATE_DIR "/var/lib/sekisho"

#define DP_MAX_WIRES 8u
#define DP_MAX_SLOTS 8u
#define DP_MAX_PROCS 32u
#define DP_MAX_LAYERS 4u
#define DP_FLIGHT_MAX 32u   /**< packets of one burst (DP_BURST) */
#define DP_FLIGHT_TX_MAX 96u /**< per side: a burst, released packets and our own */
#define DP_HELD_MAX 2048u   /**< packets a worker may hold */
#define DP_STOCK_MAX 64u     /**< buffers a worker keeps at hand for packets it makes */
#define DP_TRASH_MAX 256u    /**< buffers it will free when next inside */
#define DP_OWN_MAX 512u      /**< packets it made that wait to be sent outside of a burst */
#define DP_DESK_BYTES 65536u /**< room for the worker's struct dp_pkt array */
#define DP_DIGESTS 64u
#define DP_NS_PER_S UINT64_C(1000000000)

/* --- ports and wires ---------------------------------------------------------------------- */

struct dp_seg_port { /* G > all */
	char name[32];   /**< DPDK device name, e.g. net_tap0 */
	char driver[32];
	char iface[32];  /**< kernel interface behind it, or empty */
	uint8_t mac[6];
	uint16_t port_id;
	uint32_t mtu;
	uint32_t link_up;
	uint32_t speed_mbps;
	uint32_t epoch;      /**< grows when the link comes up: a worker forked before must be renewed */
	uint32_t held_down;  /**< 1: we took this link down because the twin's is */
	uint64_t link_changes;
};

struct dp_seg_wire {
	char name[32];                /* G > all */
	struct dp_seg_port port[2];
	uint32_t fail_closed;         /**< G > all: without a worker packets are dropped (SHED) */
	uint32_t pad;
	uint64_t bypass_until_ns;     /**< G > all: 0 off, UINT64_MAX until switched off */
};

/* --- accounts ----------------------------------------------------------------------------- */

/** Packets received on one side of one wire and what became of them. One writer. */
struct dp_lane {
	uint64_t rx_pkts, rx_bytes;
	uint64_t tx_pkts, tx_bytes;   /**< sent out of the twin port, own packets not included */
	uint64_t own_pkts, own_bytes; /**< made by us (resets, ...) and sent out of this side */
	uint64_t reason_pkts[DP_R__COUNT];
	uint64_t reason_bytes[DP_R__COUNT];
};

/* --- flight record -------------------------------------------------------------------------- */

enum dp_phase {
	DP_PHASE_IDLE = 0,
	DP_PHASE_INSPECT = 1,  /**< burst in rx[], verdicts arriving; the worker is outside the driver */
	DP_PHASE_LEFT = 2,     /**< judged, but the slot is gone: the guard forwards by verdict */
	DP_PHASE_DRIVER = 8,   /**< values from here on: inside driver or pool, queue cannot be taken */
	DP_PHASE_RX = 8,
	DP_PHASE_TX = 9,       /**< tx[] is complete: send all of it (again) */
	DP_PHASE_COMMIT = 10,  /**< all sent; log[] says what the counters become */
	DP_PHASE_POOL = 11,    /**< allocating or freeing, no packet in flight */
};

struct dp_flight_log { /**< one counter's new value: doing it twice does no harm */
	uint64_t at_off;   /**< offset of the counter from the start of the segment */
	uint64_t value;
};

/** Buffers are struct rte_mbuf *; the same address in every DPDK process. */
struct dp_flight {
	_Alignas(64) uint32_t phase; /**< enum dp_phase (W > G) */
	uint32_t inspecting;         /**< index of the packet under inspection, DP_FLIGHT_MAX: none */
	uint32_t base;               /**< added to `inspecting`: index in rx[] */
	uint32_t n_rx;
	uint8_t wire, side;          /**< of the burst in rx[] */
	uint16_t pad;
	uint32_t pad3;
	uint32_t n_tx[2];
	uint32_t n_log, pad2;
	void *rx[DP_FLIGHT_MAX];     /**< cleared, then filled by the driver itself */
	/** Verdicts stand in the worker's own packet array: byte desk[verdict_off + i * stride]. */
	uint32_t verdict_off, verdict_stride;
	void *tx[2][DP_FLIGHT_TX_MAX];  /**< by side to send out of, in order */
	uint8_t tx_segs[2][DP_FLIGHT_TX_MAX]; /**< a packet that has fewer by now was sent and freed */
	struct dp_flight_log log[2 * DP_R__COUNT + 16];
	/** Buffers out of the pool that are in no burst: for audits while the worker stands back. */
	uint32_t n_stock, n_trash, n_own, pad4;
	void *stock[DP_STOCK_MAX];
	void *trash[DP_TRASH_MAX];
	void *own[DP_OWN_MAX];
};

/** Packets that the engine holds. A dead worker's are forwarded by the guard. */
struct dp_held {
	uint64_t count;
	struct {
		void *buf;
		uint32_t bytes;
		uint8_t wire, side, pad[2];
	} pkt[DP_HELD_MAX];
};

/* --- processes ------------------------------------------------------------------------------ */

enum dp_role { DP_ROLE_FREE, DP_ROLE_PARENT, DP_ROLE_WORKER };

#define DP_LIFE_ENDED 0x40000000u /**< FUTEX_OWNER_DIED */

enum dp_worker_state {
	DP_WS_STARTING,
	DP_WS_READY,    /**< may be given its slot */
	DP_WS_RETIRING, /**< goes on as long as it owns its slot, then leaves */
};

struct dp_proc_layer { /* W or P > C */
	uint64_t adopted;  /**< mailbox generation in force; 0 none */
	uint64_t failed;   /**< last generation refused */
	uint64_t adopted_ns;
	char error[160];   /**< why it was refused */
};

/** One process. Its id, used in owner words, is (count << 8) | (index + 1): never reused. */
struct dp_proc {
	_Alignas(64) uint64_t id; /**< P claims with CAS 0 > id; guard or P clears after death */
	uint32_t role;            /**< enum dp_role */
	uint32_t slot;            /**< of a worker */
	int32_t pid;              /**< 0 until known */
	uint32_t state;           /**< enum dp_worker_state (W > G, C) */
	uint64_t parent;          /**< id of the parent process */
	uint64_t started_ns;
	char version[32];
	_Alignas(64) uint64_t beat_ns; /**< last sign of life (W > G) */
	uint64_t loops;                /**< poll rounds; idle_ns of them spent asleep */
	uint64_t idle_ns;
	uint32_t fault_signal; /**< W's signal handler > G, P: what it died of; 0: not by its own fault */
	/**
	 * Thread id of a worker's poll loop (W > G). It is the futex word of that thread's robust list, so
	 * the kernel itself adds DP_LIFE_ENDED when the thread has executed its last instruction: long
	 * before the process is gone, which takes its other thread and the end of all its mappings.
	 */
	uint32_t life;
	_Alignas(64) struct dp_proc_layer layer[DP_MAX_LAYERS];
	uint64_t settings; /**< dp_seg_conf.seq in force (W > C) */
};

/* --- slots ---------------------------------------------------------------------------------- */

struct dp_slot {
	/* G > W, C */
	_Alignas(64) uint64_t owner; /**< id of the worker that polls, 0: the guard does */
	uint64_t granted_ns, taken_ns;
	uint64_t polled_ns;          /**< the guard's first poll after it took the slot last */
	uint64_t grants;
	uint64_t takeovers;          /**< all, for whatever cause; by cause: */
	uint64_t deaths, stalls, replacements, bypasses, kills;
	uint64_t recovered_pkts;     /**< forwarded out of flight records */
	uint64_t resent_pkts;        /**< of these, in the transmit phase: may arrive twice */
	uint64_t rebuilds;
	uint64_t pool_size, pool_free, pool_driver; /**< buffers, at the last rebuild */
	uint64_t pool_missing;       /**< could not be accounted for: must stay 0 */
	/* W > G: the worker that would like the slot */
	_Alignas(64) uint64_t candidate; /**< W: CAS 0 > own id; G clears when granted */
	struct dp_flight flight;     /* W (the owner) > G */
	struct dp_held held;         /* W (the owner) > G */
	struct dp_lane worker[DP_MAX_WIRES][2]; /* W (the owner) > all; exact: written through log[] */
	struct dp_lane guard[DP_MAX_WIRES][2];  /* G > all */
	/** Engine statistics over all incarnations: snapshots between bursts, current at stats[turn]. */
	_Alignas(64) uint64_t stats_turn; /* W > all; turn & 1 is the one to read */
	struct dp_counters stats[2];
	_Alignas(64) uint8_t desk[DP_DESK_BYTES]; /* W */
};

/* --- mailbox -------------------------------------------------------------------------------- */

/**
 * Image to run in a layer. C > P, W. C: seq odd; path, generation; seq even (release). A reader
 * that finds seq odd or changed looks again later. An empty path means none. When some worker
 * refuses a generation the others still run it: control publishes the former path again.
 */
struct dp_mail {
	_Alignas(64) uint64_t seq;
	uint64_t generation; /**< grows by each publication */
	uint32_t image_generation; /**< what events carry as generation */
	uint32_t mode;             /**< enum dp_mode of the layer, +1; 0 leaves it */
	char path[512];
};

#define DP_SEG_CONF_MAX 8192u

/**
 * Settings of the site. C > P, W: written like a mail. The bytes are a struct dp_conf (dp/ctx.h),
 * read and checked by control, of which workers take what may change while they run
 * (dp_worker_reconfigure). Another version or size: nothing, they keep what they have. seq 0: never
 * written. A worker says in dp_proc.settings which seq it has in force.
 */
struct dp_seg_conf {
	_Alignas(64) uint64_t seq;
	uint32_t bytes, pad;
	char version[32]; /**< of the program that wrote them: the layout is that of a build */
	_Alignas(16) uint8_t data[DP_SEG_CONF_MAX];
};

/* --- the segment ---------------------------------------------------------------------------- */

struct dp_seg {
	uint64_t magic;
	uint32_t version, header_bytes;
	uint64_t bytes;            /**< of the whole file */
	/* set once by G */
	int32_t guard_pid;
	uint32_t n_wires, n_slots, first_lcore;
	uint64_t guard_start_ns, guard_start_wall_ns;
	char guard_version[32];
	char file_prefix[64];      /**< for the secondary's rte_eal_init */
	char huge_dir[128];
	char pci[DP_MAX_WIRES * 2][32]; /**< devices that the EAL may touch; none: virtual ones only */
	uint32_t n_pci, pad0;
	uint64_t ring_off[DP_MAX_SLOTS]; /**< event ring of each slot, from the segment's start */
	uint64_t ring_bytes;
	uint64_t guard_ring_off, parent_ring_off;
	uint64_t file_ring_off[DP_MAX_SLOTS]; /**< contents of files, per slot */
	uint64_t file_ring_bytes;             /**< 0: there are none, no file is stored */
	uint64_t table_off, table_bytes; /**< condemned table */
	uint32_t poison_drop;      /**< 1: the flow of a packet that crashed inspection is blocked */
	uint32_t pad;

	_Alignas(64) uint64_t guard_beat_ns; /* G > C */
	uint64_t bypass_until_ns;            /**< G > all: operator bypass of all wires; as in a wire */
	uint64_t bypass_since_ns;

	_Alignas(64) uint64_t next_id;       /**< P: fetch-add */
	uint64_t active_parent;              /**< P > W, P: id of the parent whose workers count */
	uint64_t crashes;                    /* P > all: workers that died by a signal */
	uint64_t restarts;                   /* P > all */
	uint64_t breaker_until_ns;           /**< P > all: no restart before; 0 closed */
	uint64_t breaker_trips;

	_Alignas(64) uint64_t n_digests;     /**< G > W: ever written; the last DP_DIGESTS count */
	uint64_t digest[DP_DIGESTS];         /**< payloads that crashed inspection */
	uint64_t poison_pkts;                /**< G: packets saved as evidence */

	_Alignas(64) struct dp_hist takeover; /**< G: cause noticed > packets forwarded again */
	struct dp_hist rebuild;               /**< G: pool put in order after a death */
	struct dp_hist restart;               /**< G: death noticed > slot granted to a worker again */
	struct dp_hist swap;                  /**< spare: image published > in force (control fills) */

	struct dp_mail mail[DP_MAX_LAYERS];
	struct dp_seg_conf conf;
	struct dp_seg_wire wire[DP_MAX_WIRES];
	struct dp_proc proc[DP_MAX_PROCS];
	struct dp_slot slot[DP_MAX_SLOTS];
	/* rings and table follow at their offsets */
};

struct dp_seg_shape {
	uint32_t n_wires, n_slots;
	uint32_t table_slots; /**< power of two */
	uint32_t ring_bytes;  /**< per event ring */
	uint32_t file_ring_bytes; /**< per ring of file contents; 0: none */
};

/** Make `dir`/segment (mode 0660), mapped read-write. The guard only. 0 or -errno. */
int dp_seg_create(const char *dir, const struct dp_seg_shape *shape, struct dp_seg **seg);
/** Make it visible under its name. */
int dp_seg_publish(const char *dir);
/**
 * Map an existing one. -ENOENT: no guard has made one; -EPROTO: another version; -EBADMSG: not a
 * segment, or cut short.
 */
int dp_seg_open(const char *dir, struct dp_seg **seg);
void dp_seg_close(struct dp_seg *seg);

struct dp_ev_ring *dp_seg_ring(struct dp_seg *seg, unsigned slot);
/** NULL: the guard made none. Records are DP_EV_FILE with DP_EV_FILE_DATA. */
struct dp_ev_ring *dp_seg_file_ring(struct dp_seg *seg, unsigned slot);
struct dp_ev_ring *dp_seg_guard_ring(struct dp_seg *seg);
struct dp_ev_ring *dp_seg_parent_ring(struct dp_seg *seg);
struct dp_table *dp_seg_table(struct dp_seg *seg);
/** The process of an owner word, or NULL when that id is gone. */
struct dp_proc *dp_seg_proc(struct dp_seg *seg, uint64_t id);
/** Claim a process entry. NULL: all in use. */
struct dp_proc *dp_seg_proc_claim(struct dp_seg *seg, enum dp_role role, uint32_t slot);

uint64_t dp_mono_ns(void);
uint64_t dp_wall_ns(void);

/* --- mailbox -------------------------------------------------------------------------------- */

/** Control: publish. Returns the generation that workers will report as adopted or failed. */
uint64_t dp_mail_post(struct dp_seg *seg, unsigned layer, const char *path,
	uint32_t image_generation, uint32_t mode_plus_1);
/** Readers: a consistent copy. -EAGAIN: being written, look again. */
int dp_mail_read(const struct dp_seg *seg, unsigned layer, struct dp_mail *copy);

/** Control: publish `bytes` (at most DP_SEG_CONF_MAX) of settings. -E2BIG. *seq: which they are. */
int dp_seg_conf_post(struct dp_seg *seg, const void *conf, uint32_t bytes, uint64_t *seq);
/**
 * A consistent copy. -EAGAIN: being written, look again; -ENOENT: none; -EPROTO: of another version
 * or size.
 */
int dp_seg_conf_read(const struct dp_seg *seg, void *conf, uint32_t bytes, uint64_t *seq);

/** A worker's payload-digest list. */
int dp_seg_poisoned(const struct dp_seg *seg, uint64_t digest);

#endif
