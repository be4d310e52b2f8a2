/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_mbuf.h>

/** Captures kept; the oldest names are not looked for: beyond this none is written. */
#define EVIDENCE_MAX 1000

void gd_suspect_note(struct gd *g, unsigned slot)
{
	const struct dp_flight *f = &g->seg->slot[slot].flight;
	struct gd_slot *s = &g->slot[slot];
	uint64_t i = (uint64_t)f->base + f->inspecting;
	const struct rte_mbuf *m;
	const uint8_t *p;

	s->suspect_len = 0;
	if (f->phase != DP_PHASE_INSPECT || f->inspecting >= DP_FLIGHT_MAX || i >= f->n_rx ||
			i >= DP_FLIGHT_MAX ||
			f->wire >= g->opt.n_wires || f->side > 1)
		return;
	m = f->rx[i];
	if (m == NULL || m->pkt_len > sizeof(s->suspect))
		return;
	p = rte_pktmbuf_read(m, 0, m->pkt_len, s->suspect);
	if (p == NULL)
		return;
	if (p != s->suspect)
		memcpy(s->suspect, p, m->pkt_len);
	s->suspect_len = m->pkt_len;
	s->suspect_wire = f->wire;
	s->suspect_side = f->side;
}

/** Packets to be written. A disk may take its time, and the guard has none: a thread. */
#define JOBS 16u
struct job {
	char path[256];
	uint64_t wall_ns;
	uint32_t len;
	uint8_t data[sizeof(((struct gd_slot *)0)->suspect)];
};
static struct job jobs[JOBS];
static uint32_t jobs_given, jobs_done; /**< guard, thread */
static sem_t go;

/** A capture file of one packet (pcap 2.4, nanoseconds, Ethernet). */
static int write_job(struct job *j)
{
	const struct { uint32_t magic; uint16_t major, minor; uint32_t zone, figs, snap, link; } head = {
		0xa1b23c4d, 2, 4, 0, 0, 262144, 1};
	const uint32_t rec[4] = {(uint32_t)(j->wall_ns / DP_NS_PER_S),
		(uint32_t)(j->wall_ns % DP_NS_PER_S), j->len, j->len};
	const struct iovec iov[3] = {{(void *)&head, sizeof(head)}, {(void *)rec, sizeof(rec)},
		{j->data, j->len}};
	ssize_t want = (ssize_t)(sizeof(head) + sizeof(rec) + j->len);
	char *slash = strrchr(j->path, '/');
	int fd, rc;

	*slash = 0;
	rc = mkdir(j->path, 0750) < 0 && errno != EEXIST ? -errno : 0;
	*slash = '/';
	if (rc < 0)
		return rc;
	fd = open(j->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	rc = writev(fd, iov, 3) == want ? 0 : -EIO;
	close(fd);
	return rc;
}

static void *writer(void *arg)
{
	(void)arg;
	setpriority(PRIO_PROCESS, (id_t)gettid(), 0);
	for (;;) {
		struct job *j = &jobs[jobs_done % JOBS];
		int rc;

		if (sem_wait(&go) < 0)
			continue;
		gd_log_write();
		if (jobs_done == __atomic_load_n(&jobs_given, __ATOMIC_ACQUIRE))
			continue;
		rc = write_job(j);
		if (rc < 0)
			gd_log_now("warning", "evidence_lost", "path=%s error=\"%s\"", j->path,
					strerror(-rc));
		__atomic_store_n(&jobs_done, jobs_done + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

void gd_evidence_wake(void)
{
	sem_post(&go);
}

int gd_evidence_start(void)
{
	pthread_t t;

	return sem_init(&go, 0, 0) < 0 ? -errno : -pthread_create(&t, NULL, writer, NULL);
}

/** Hand the suspect over for writing; `path` says where it will be. */
static int save(struct gd *g, const struct gd_slot *s, uint64_t wall_ns, char *path, size_t size)
{
	struct job *j = &jobs[jobs_given % JOBS];

	if (g->seg->poison_pkts > EVIDENCE_MAX)
		return -EDQUOT;
	if (jobs_given - __atomic_load_n(&jobs_done, __ATOMIC_ACQUIRE) == JOBS)
		return -EBUSY;
	snprintf(path, size, "%s/evidence/fault-%llu.pcap", g->opt.state_dir,
			(unsigned long long)wall_ns);
	snprintf(j->path, sizeof(j->path), "%s", path);
	j->wall_ns = wall_ns;
	j->len = s->suspect_len;
	memcpy(j->data, s->suspect, s->suspect_len);
	__atomic_store_n(&jobs_given, jobs_given + 1, __ATOMIC_RELEASE);
	gd_evidence_wake();
	return 0;
}

void gd_suspect_convict(struct gd *g, unsigned slot, int signo)
{
	struct gd_slot *s = &g->slot[slot];
	uint64_t wall_ns = dp_wall_ns();
	struct dp_table_entry e = {
			.act = g->opt.poison_drop ? DP_ACT_DROP : DP_ACT_BYPASS,
			.reason = g->opt.poison_drop ? DP_R_CONDEMNED : DP_R_FLOW_BYPASSED,
			.writer = 1,
			.expires_ns = wall_ns + g->opt.poison_ns,
	};
	char path[256] = "";
	const char *flow = "none";
	uint64_t n = g->seg->n_digests;
	int rc;

	if (s->suspect_len == 0) {
		gd_fault(g, 0, 0, "worker_crash", "slot %u: signal %d with no packet under inspection",
				slot, signo);
		return;
	}
	g->seg->digest[n % DP_DIGESTS] = dp_payload_digest(s->suspect, s->suspect_len);
	__atomic_store_n(&g->seg->n_digests, n + 1, __ATOMIC_RELEASE);
	g->seg->poison_pkts++;
	if (dp_key_of_frame(&e.key, s->suspect, s->suspect_len, NULL) == 0)
		flow = dp_table_put(g->table, &e, wall_ns) < 0 ? "table_full"
			: g->opt.poison_drop			? "blocked"
								: "bypassed";
	rc = save(g, s, wall_ns, path, sizeof(path));
	gd_fault(g, s->suspect_wire, s->suspect_side, "poison_packet",
			"slot=%u signal=%d bytes=%u flow=%s %s%s", slot, signo, s->suspect_len, flow,
			rc < 0 ? "not_saved=" : "saved=", rc < 0 ? strerror(-rc) : path);
	s->suspect_len = 0;
}
