/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_state.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "signature-state"
#define MAGIC UINT64_C(0x31657461747347) /* "Gstate1" */

static struct dp_shared_state *map(int fd)
{
	struct dp_shared_state *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_POPULATE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	return s == MAP_FAILED ? NULL : s;
}

static bool fits(int fd)
{
	struct dp_shared_head head;
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof(struct dp_shared_state) &&
		pread(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head) && head.magic == MAGIC &&
		head.bytes == sizeof(struct dp_shared_state) && head.version == SHARED_VERSION;
}

/** Complete before it has its name: who maps it finds it whole. */
static int make(const char *path)
{
	const struct dp_shared_head head = {
		.magic = MAGIC, .version = SHARED_VERSION, .bytes = sizeof(struct dp_shared_state)};
	char fresh[280];
	int fd, rc;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	unlink(fresh);
	fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	// Allocated now: a full tmpfs must be an error here, not a SIGBUS under a packet.
	rc = posix_fallocate(fd, 0, (off_t)sizeof(struct dp_shared_state));
	if (rc == 0 && pwrite(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head))
		rc = EIO;
	if (rc == 0 && rename(fresh, path))
		rc = errno;
	if (rc) {
		unlink(fresh);
		close(fd);
		return -rc;
	}
	return fd;
}

int dp_shared_state_open(const char *dir, struct dp_shared_state **out)
{
	char path[256];
	int fd;

	if (snprintf(path, sizeof(path), "%s/" NAME, dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && !fits(fd)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		fd = make(path);
	if (fd < 0)
		return fd;
	*out = map(fd);
	close(fd);
	return *out ? 0 : -ENOMEM;
}

struct dp_shared_state *dp_shared_state_anonymous(void)
{
	return map(-1);
}

void dp_shared_state_close(struct dp_shared_state *s)
{
	if (s)
		munmap(s, sizeof(*s));
}
