/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/segment.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NEW_NAME DP_SEG_NAME ".new"

uint64_t dp_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * DP_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t dp_wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * DP_NS_PER_S + (uint64_t)ts.tv_nsec;
}

static uint64_t page_up(uint64_t n)
{
	return (n + 4095) & ~UINT64_C(4095);
}

/** Offsets of what follows the header; returns the size of the whole. */
static uint64_t lay_out(struct dp_seg *seg, const struct dp_seg_shape *shape)
{
	uint64_t at = page_up(sizeof(*seg));

	seg->ring_bytes = page_up(sizeof(struct dp_ev_ring)) + shape->ring_bytes;
	for (unsigned i = 0; i < shape->n_slots; i++) {
		seg->ring_off[i] = at;
		at += seg->ring_bytes;
	}
	seg->guard_ring_off = at;
	at += seg->ring_bytes;
	seg->parent_ring_off = at;
	at += seg->ring_bytes;
	if (shape->file_ring_bytes)
		seg->file_ring_bytes = page_up(sizeof(struct dp_ev_ring)) + shape->file_ring_bytes;
	for (unsigned i = 0; i < shape->n_slots; i++) {
		seg->file_ring_off[i] = at;
		at += seg->file_ring_bytes;
	}
	seg->table_off = at;
	seg->table_bytes = page_up(dp_table_bytes(shape->table_slots));
	return at + seg->table_bytes;
}

static int format(struct dp_seg *seg, const struct dp_seg_shape *shape, uint64_t bytes)
{
	uint8_t *base = (uint8_t *)seg;
	struct dp_ev_ring *ring;
	struct dp_table *table;
	int rc;

	lay_out(seg, shape);
	seg->version = DP_SEG_VERSION;
	seg->header_bytes = sizeof(*seg);
	seg->bytes = bytes;
	seg->n_wires = shape->n_wires;
	seg->n_slots = shape->n_slots;
	for (uint64_t off = page_up(sizeof(*seg)); off < seg->file_ring_off[0]; off += seg->ring_bytes) {
		rc = dp_ev_ring_init(base + off, seg->ring_bytes, &ring);
		if (rc < 0)
			return rc;
	}
	for (unsigned i = 0; seg->file_ring_bytes && i < seg->n_slots; i++) {
		rc = dp_ev_ring_init(base + seg->file_ring_off[i], seg->file_ring_bytes, &ring);
		if (rc < 0)
			return rc;
	}
	rc = dp_table_init(base + seg->table_off, shape->table_slots, &table);
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < shape->n_slots; i++)
		seg->slot[i].flight.inspecting = DP_FLIGHT_MAX;
	__atomic_store_n(&seg->magic, DP_SEG_MAGIC, __ATOMIC_RELEASE);
	return 0;
}

int dp_seg_create(const char *dir, const struct dp_seg_shape *shape, struct dp_seg **out)
{
	struct dp_seg probe = {0}, *seg;
	uint64_t bytes;
	char path[256];
	int fd, rc = 0;

	if (shape->n_wires == 0 || shape->n_wires > DP_MAX_WIRES || shape->n_slots == 0 ||
			shape->n_slots > DP_MAX_SLOTS)
		return -EINVAL;
	bytes = lay_out(&probe, shape);
	if (snprintf(path, sizeof(path), "%s/" NEW_NAME, dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	if (fd < 0)
		return -errno;
	// Allocated now: a full tmpfs must be an error here, not a SIGBUS on the first packet.
	rc = posix_fallocate(fd, 0, (off_t)bytes);
	if (rc != 0) {
		close(fd);
		unlink(path);
		return -rc;
	}
	seg = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	rc = seg == MAP_FAILED ? -errno : 0;
	close(fd);
	if (rc < 0)
		return rc;
	rc = format(seg, shape, bytes);
	if (rc < 0)
		munmap(seg, bytes);
	else
		*out = seg;
	return rc;
}

int dp_seg_publish(const char *dir)
{
	char from[256], to[256];

	snprintf(from, sizeof(from), "%s/" NEW_NAME, dir);
	snprintf(to, sizeof(to), "%s/" DP_SEG_NAME, dir);
	return rename(from, to) < 0 ? -errno : 0;
}

static bool inside(const struct dp_seg *seg, uint64_t off, uint64_t bytes)
{
	return off >= sizeof(*seg) && off <= seg->bytes && bytes <= seg->bytes - off &&
			off % 64 == 0;
}

static int check(const struct dp_seg *seg, uint64_t bytes)
{
	if (seg->magic != DP_SEG_MAGIC)
		return -EBADMSG;
	if (seg->version != DP_SEG_VERSION || seg->header_bytes != sizeof(*seg))
		return -EPROTO;
	if (seg->bytes != bytes || seg->n_wires > DP_MAX_WIRES || seg->n_slots > DP_MAX_SLOTS)
		return -EBADMSG;
	for (unsigned i = 0; i < seg->n_slots; i++)
		if (!inside(seg, seg->ring_off[i], seg->ring_bytes) ||
				!inside(seg, seg->file_ring_off[i], seg->file_ring_bytes))
			return -EBADMSG;
	if (!inside(seg, seg->guard_ring_off, seg->ring_bytes) ||
			!inside(seg, seg->parent_ring_off, seg->ring_bytes) ||
			!inside(seg, seg->table_off, seg->table_bytes))
		return -EBADMSG;
	return 0;
}

int dp_seg_open(const char *dir, struct dp_seg **out)
{
	struct dp_seg *seg;
	struct stat st;
	char path[256];
	int fd, rc;

	if (snprintf(path, sizeof(path), "%s/" DP_SEG_NAME, dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(*seg)) {
		close(fd);
		return -EBADMSG;
	}
	seg = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	rc = seg == MAP_FAILED ? -errno : 0;
	close(fd);
	if (rc < 0)
		return rc;
	rc = check(seg, (uint64_t)st.st_size);
	if (rc < 0)
		munmap(seg, (size_t)st.st_size);
	else
		*out = seg;
	return rc;
}

void dp_seg_close(struct dp_seg *seg)
{
	if (seg != NULL)
		munmap(seg, seg->bytes);
}

struct dp_ev_ring *dp_seg_ring(struct dp_seg *seg, unsigned slot)
{
	return (struct dp_ev_ring *)((uint8_t *)seg + seg->ring_off[slot]);
}

struct dp_ev_ring *dp_seg_file_ring(struct dp_seg *seg, unsigned slot)
{
	if (seg->file_ring_bytes == 0)
		return NULL;
	return (struct dp_ev_ring *)((uint8_t *)seg + seg->file_ring_off[slot]);
}

struct dp_ev_ring *dp_seg_guard_ring(struct dp_seg *seg)
{
	return (struct dp_ev_ring *)((uint8_t *)seg + seg->guard_ring_off);
}

struct dp_ev_ring *dp_seg_parent_ring(struct dp_seg *seg)
{
	return (struct dp_ev_ring *)((uint8_t *)seg + seg->parent_ring_off);
}

struct dp_table *dp_seg_table(struct dp_seg *seg)
{
	return dp_table_at((uint8_t *)seg + seg->table_off, seg->table_bytes);
}

struct dp_proc *dp_seg_proc(struct dp_seg *seg, uint64_t id)
{
	unsigned i = (unsigned)(id & 0xff);

	if (i == 0 || i > DP_MAX_PROCS ||
			__atomic_load_n(&seg->proc[i - 1].id, __ATOMIC_ACQUIRE) != id)
		return NULL;
	return &seg->proc[i - 1];
}

static struct dp_proc *claim_free(struct dp_seg *seg, uint64_t count)
{
	for (unsigned i = 0; i < DP_MAX_PROCS; i++) {
		uint64_t none = 0;

		if (__atomic_compare_exchange_n(&seg->proc[i].id, &none, count << 8 | (i + 1), false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return &seg->proc[i];
	}
	return NULL;
}

/** Entries of processes that nobody was left to clear: killed parents, workers never granted. */
static void free_dead(struct dp_seg *seg)
{
	uint64_t now = dp_mono_ns();

	for (unsigned i = 0; i < DP_MAX_PROCS; i++) {
		struct dp_proc *p = &seg->proc[i];
		uint64_t id = __atomic_load_n(&p->id, __ATOMIC_ACQUIRE);
		int pid = p->pid;
		bool gone = pid > 0 ? kill(pid, 0) < 0 && errno == ESRCH
				    : now - p->started_ns > 10 * DP_NS_PER_S;

		if (id != 0 && gone)
			__atomic_compare_exchange_n(&p->id, &id, 0, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED);
	}
}

struct dp_proc *dp_seg_proc_claim(struct dp_seg *seg, enum dp_role role, uint32_t slot)
{
	uint64_t count = __atomic_add_fetch(&seg->next_id, 1, __ATOMIC_RELAXED);
	struct dp_proc *p = claim_free(seg, count);

	if (p == NULL) {
		free_dead(seg);
		p = claim_free(seg, count);
	}
	if (p == NULL)
		return NULL;
	memset((uint8_t *)p + sizeof(p->id), 0, sizeof(*p) - sizeof(p->id));
	p->slot = slot;
	p->started_ns = p->beat_ns = dp_mono_ns();
	snprintf(p->version, sizeof(p->version), "%s", SEKISHO_VERSION);
	__atomic_store_n(&p->role, role, __ATOMIC_RELEASE);
	return p;
}

uint64_t dp_mail_post(struct dp_seg *seg, unsigned layer, const char *path,
		uint32_t image_generation, uint32_t mode_plus_1)
{
	struct dp_mail *m = &seg->mail[layer];
	uint64_t seq = m->seq | 1;

	__atomic_store_n(&m->seq, seq, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	m->generation++;
	m->image_generation = image_generation;
	m->mode = mode_plus_1;
	snprintf(m->path, sizeof(m->path), "%s", path);
	__atomic_store_n(&m->seq, seq + 1, __ATOMIC_RELEASE);
	return m->generation;
}

int dp_mail_read(const struct dp_seg *seg, unsigned layer, struct dp_mail *copy)
{
	const struct dp_mail *m = &seg->mail[layer];
	uint64_t seq = __atomic_load_n(&m->seq, __ATOMIC_ACQUIRE);

	if (seq & 1)
		return -EAGAIN;
	*copy = *m;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&m->seq, __ATOMIC_RELAXED) != seq)
		return -EAGAIN;
	copy->path[sizeof(copy->path) - 1] = 0;
	return 0;
}

int dp_seg_conf_post(struct dp_seg *seg, const void *conf, uint32_t bytes, uint64_t *seq)
{
	struct dp_seg_conf *c = &seg->conf;
	uint64_t odd = c->seq | 1;

	if (bytes > sizeof(c->data))
		return -E2BIG;
	__atomic_store_n(&c->seq, odd, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	c->bytes = bytes;
	snprintf(c->version, sizeof(c->version), "%s", SEKISHO_VERSION);
	memcpy(c->data, conf, bytes);
	*seq = odd + 1;
	__atomic_store_n(&c->seq, *seq, __ATOMIC_RELEASE);
	return 0;
}

int dp_seg_conf_read(const struct dp_seg *seg, void *conf, uint32_t bytes, uint64_t *seq)
{
	const struct dp_seg_conf *c = &seg->conf;
	bool ours;

	*seq = __atomic_load_n(&c->seq, __ATOMIC_ACQUIRE);
	if (*seq & 1)
		return -EAGAIN;
	if (*seq == 0)
		return -ENOENT;
	ours = c->bytes == bytes && bytes <= sizeof(c->data) &&
		strncmp(c->version, SEKISHO_VERSION, sizeof(c->version)) == 0;
	if (ours)
		memcpy(conf, c->data, bytes);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&c->seq, __ATOMIC_RELAXED) != *seq)
		return -EAGAIN;
	return ours ? 0 : -EPROTO;
}

int dp_seg_poisoned(const struct dp_seg *seg, uint64_t digest)
{
	uint64_t n = __atomic_load_n(&seg->n_digests, __ATOMIC_ACQUIRE);

	for (uint64_t i = 0; i < n && i < DP_DIGESTS; i++)
		if (seg->digest[i] == digest)
			return 1;
	return 0;
}
