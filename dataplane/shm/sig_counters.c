/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/sig_counters.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

size_t dp_sig_file_bytes(uint32_t n)
{
	return sizeof(struct dp_sig_file) + n * sizeof(struct dp_sig_counters);
}

static uint64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/** Complete under a name of its own, then linked: whoever finds it finds it whole. */
static int make(const char *path, unsigned layer, uint32_t generation, unsigned slot, uint32_t n)
{
	struct dp_sig_file head = {.magic = DP_SIG_FILE_MAGIC, .layer = layer,
		.generation = generation, .slot = slot, .n = n, .start_ns = wall_ns()};
	char tmp[320];
	int fd, rc = 0;

	if (snprintf(tmp, sizeof(tmp), "%s.%d", path, getpid()) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	if (getrandom(&head.id, sizeof(head.id), 0) != sizeof(head.id))
		return -EAGAIN;
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	// Allocated now: a full file system must be an error here, not a SIGBUS on a packet.
	rc = -posix_fallocate(fd, 0, (off_t)dp_sig_file_bytes(n));
	if (rc == 0 && pwrite(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head))
		rc = -EIO;
	close(fd);
	if (rc == 0 && link(tmp, path) && errno != EEXIST)
		rc = -errno;
	unlink(tmp);
	return rc;
}

static int map(const char *path, int prot, struct dp_sig_file **out)
{
	int fd = open(path, (prot & PROT_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC), rc = 0;
	struct dp_sig_file *f;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(*f)) {
		close(fd);
		return -EBADMSG;
	}
	f = mmap(NULL, (size_t)st.st_size, prot, MAP_SHARED, fd, 0);
	rc = f == MAP_FAILED ? -errno : 0;
	close(fd);
	if (rc)
		return rc;
	if (f->magic != DP_SIG_FILE_MAGIC || dp_sig_file_bytes(f->n) != (size_t)st.st_size) {
		munmap(f, (size_t)st.st_size);
		return -EBADMSG;
	}
	*out = f;
	return 0;
}

int dp_sig_file_open(const char *dir, unsigned layer, uint32_t generation, unsigned slot, uint32_t n,
	struct dp_sig_file **out)
{
	char path[300];
	int rc = -EBADMSG;

	if (snprintf(path, sizeof(path), "%s/" DP_SIG_FILE_PREFIX "%u.%u.%u", dir, layer, generation,
			slot) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	for (unsigned turn = 0; turn < 2; turn++) {
		rc = map(path, PROT_READ | PROT_WRITE, out);
		if (rc == 0 && (*out)->n == n)
			return 0;
		if (rc == 0) {
			dp_sig_file_close(*out);
			rc = -EBADMSG;
		}
		if (rc == -EBADMSG)
			unlink(path); // of another image that once had this number
		rc = turn == 0 ? make(path, layer, generation, slot, n) : rc;
		if (rc)
			break;
	}
	*out = NULL;
	return rc ? rc : -EBADMSG;
}

int dp_sig_file_read(const char *path, const struct dp_sig_file **out)
{
	struct dp_sig_file *f = NULL;
	int rc = map(path, PROT_READ, &f);

	*out = rc ? NULL : f;
	return rc;
}

void dp_sig_file_close(const struct dp_sig_file *f)
{
	if (f)
		munmap((void *)f, dp_sig_file_bytes(f->n));
}
