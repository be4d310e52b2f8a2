/* SPDX-License-Identifier: Apache-2.0 */
/**
 * sekisho-guard: owns the ports and the buffers, and forwards whenever no worker does.
 *
 * One thread (another writes captures: evidence.c). Everything below is its own; what others see is in
 * the shared segment. Start:
 *
 *     gd_options > gd_eal > gd_ports_open > segment published > gd_loop > gd_ports_close
 *
 * After "ready" nothing that comes from the wire or the control socket ends it.
 */
#ifndef GUARD_H
#define GUARD_H

#include <dp/nic.h>
#include <dp/segment.h>
#include <stdbool.h>
#include <stdint.h>

#define GD_MAX_ARGS 32
#define GD_MTU_MAX 9216u
#define GD_MS UINT64_C(1000000)

struct gd_wire_opt {
	char name[32];
	char dev[2][32];
	bool fail_closed;
};

struct gd_options {
	struct gd_wire_opt wire[DP_MAX_WIRES];
	unsigned n_wires, n_slots;
	const char *vdev[GD_MAX_ARGS], *pci[GD_MAX_ARGS];
	unsigned n_vdev, n_pci;
	const char *run_dir, *state_dir, *file_prefix, *huge_dir;
	const char *cpu;          /**< CPU list for the guard's own thread, NULL: wherever it may run */
	const char *accept;       /**< a driver that the table does not know */
	uint32_t mtu, buffers, table_slots, ring_kib, file_ring_kib;
	uint64_t stall_ns;        /**< a worker that shows no sign of life for so long is stuck */
	uint64_t hang_ns;         /**< and after so long it is killed */
	uint64_t poison_ns;       /**< how long the flow of a packet that crashed inspection is marked */
	bool poison_drop;
	bool quiet;
};

/** One port of one wire. */
struct gd_port {
	uint16_t id;
	const struct dp_nic_driver *driver;
	int tap_fd;                              /**< -1 unless net_tap */
	struct dp_tap_queue tap[DP_MAX_SLOTS];
	bool link, carrier_off;
};

enum gd_mode {
	GD_FORWARDING, /**< the guard polls the slot's queues */
	GD_LENT,       /**< a worker does */
	GD_TAKING,     /**< owner word withdrawn; the worker has not come out of the driver yet */
};

enum gd_cause { GD_DEATH, GD_STALL, GD_REPLACED, GD_BYPASS, GD_STOP };

struct gd_slot {
	enum gd_mode mode;
	struct dp_pool pool;
	uint64_t worker;     /**< id of the process that has the slot, or had it last; 0 none */
	int pidfd;           /**< of that process; -1 */
	bool dead;           /**< that process is gone */
	bool flight_done;    /**< its flight record has been dealt with */
	bool hung;           /**< killed by us because it made no progress */
	bool killed;         /**< a kill is on its way */
	enum gd_cause cause;
	uint64_t noticed_ns; /**< when the reason for the takeover was seen */
	uint64_t died_ns;    /**< for the restart histogram; 0 none */
	/** Last sign of life, processor time then, and when its absence is looked at (again). */
	uint64_t beat_seen_ns, cpu_seen_ns, hang_at_ns;
	/** Copy of the packet under inspection when a worker stalled: it is gone once forwarded. */
	uint8_t suspect[16384];
	uint32_t suspect_len;
	uint8_t suspect_wire, suspect_side;
};

struct gd {
	struct gd_options opt;
	struct dp_seg *seg;
	struct dp_table *table;
	struct gd_port port[DP_MAX_WIRES][2];
	struct gd_slot slot[DP_MAX_SLOTS];
	int epoll, listen_fd;
	struct gd_client *clients;
	bool stop;
	uint64_t next_link_ns;
	bool urgent, not_urgent; /**< real-time priority now; cannot be had */
	uint64_t forwarding_ns;  /**< since when the guard forwards; 0: workers do */
	char stop_reason[48];
};

/** A reason to wake up: first member of what epoll carries. */
enum gd_wake { GD_WAKE_LISTEN = 1, GD_WAKE_CLIENT, GD_WAKE_WORKER, GD_WAKE_SIGNAL };
#define GD_WAKE(kind, n) ((uint64_t)(kind) << 32 | (uint32_t)(n))

/* options.c */
/** Command line, and the profile file it names. 0; 1: done (help, version); -EINVAL: said why. */
int gd_options_read(struct gd_options *o, int argc, char **argv);

/* log.c: one line on stderr, key=value, rate-limited by the caller's nature (never per packet). */
void gd_log(const char *level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** From here on lines are queued, and written by the thread of evidence.c; off: the last are waited for. */
void gd_log_queue(bool on);
/** That thread's: write what is queued; a line of its own. */
void gd_log_write(void);
void gd_log_now(const char *level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** A DP_EV_FAULT record in the guard's ring, and the same as a log line. */
void gd_fault(struct gd *g, unsigned wire, unsigned side, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* ports.c */
int gd_eal_init(const struct gd_options *o, const char *argv0);
/** Pools, ports, queues; fills the segment's wires. On failure says which port and why. */
int gd_ports_open(struct gd *g);
void gd_ports_close(struct gd *g);
/** Buffers that the drivers hold of a slot's pool. */
uint32_t gd_ports_held(const struct gd *g, unsigned slot, struct rte_mbuf **out, uint32_t max);
/** After a death inside a driver: queues of that slot in order, pool whole again. */
int gd_ports_repair(struct gd *g, unsigned slot);

/* link.c */
/** Look at every port's link and carry it to the twin. Some times a second. */
void gd_link_watch(struct gd *g, uint64_t now_ns);

/* forward.c */
/** One round on a slot's queues. Returns packets received. */
unsigned gd_forward(struct gd *g, unsigned slot);
/**
 * Send `n` packets that came in by `side` of `wire` out of its twin, in order, minus what is
 * condemned (and all of it on a wire that fails closed). Takes the buffers; counts rx and verdict.
 */
void gd_forward_burst(struct gd *g, unsigned slot, unsigned wire, unsigned side,
	struct rte_mbuf **pkts, unsigned n, enum dp_reason why);
/** Send what a dead worker was sending; no account: its own log has it. Takes the buffers. */
unsigned gd_send(struct gd *g, unsigned slot, unsigned wire, unsigned out_side,
	struct rte_mbuf **pkts, unsigned n);

/* recover.c */
/** Forward what the flight record of the slot's last worker still holds. */
void gd_recover_flight(struct gd *g, unsigned slot);
/** And what it held back (fragments, tails of files), once it is dead. */
void gd_recover_held(struct gd *g, unsigned slot);

/* evidence.c */
/** Start the thread that writes captures and the log. 0 or -errno. */
int gd_evidence_start(void);
/** There is something to write. */
void gd_evidence_wake(void);
/** Keep the packet under inspection of a stuck worker before it is forwarded and reused. */
void gd_suspect_note(struct gd *g, unsigned slot);
/** The suspect's flow goes into the table, its payload on the list, itself into a capture file. */
void gd_suspect_convict(struct gd *g, unsigned slot, int signo);

/* slot.c */
/** Advance every slot's ownership. Called each round; cheap. */
void gd_slots_watch(struct gd *g, uint64_t now_ns);
void gd_slot_died(struct gd *g, unsigned slot);
/** Withdraw the slot from its worker. */
void gd_slot_take(struct gd *g, unsigned slot, enum gd_cause cause, uint64_t now_ns);
bool gd_bypassed(const struct gd *g, uint64_t now_ns);

/* sched.c */
/** Real-time priority, except while the guard forwards for long. Each round. */
void gd_sched_watch(struct gd *g, bool forwarding, uint64_t now_ns);

/* status.c */
/** The status document; with `audit`, pools of slots that are ours are counted through. Length. */
int gd_status_json(struct gd *g, bool audit, char *out, size_t size);

/* control.c */
int gd_control_open(struct gd *g);
void gd_control_accept(struct gd *g);
void gd_control_read(struct gd *g, uint32_t index);
void gd_control_close(struct gd *g);

#endif
