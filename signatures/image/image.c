/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(struct sig_img_header) % 32 == 0, "the checksum runs in 32-byte steps");
_Static_assert(sizeof(struct sig_img_op) == 64, "one cache line per instruction");
_Static_assert(offsetof(struct sig_img_sig, match_n) <= 64, "hot members in the first line");

#define STRIDE(type) ((uint32_t)sizeof(type))

static const uint32_t strides[SIG_SEC__COUNT] = {
	[SIG_SEC_POOL] = 1,
	[SIG_SEC_SIG] = STRIDE(struct sig_img_sig),
	[SIG_SEC_LIST] = STRIDE(struct sig_img_list),
	[SIG_SEC_OP] = STRIDE(struct sig_img_op),
	[SIG_SEC_XF] = STRIDE(struct sig_img_xf),
	[SIG_SEC_REGEX] = STRIDE(struct sig_img_regex),
	[SIG_SEC_CAP] = STRIDE(struct sig_img_cap),
	[SIG_SEC_REF] = STRIDE(struct sig_img_ref),
	[SIG_SEC_META] = STRIDE(struct sig_img_meta),
	[SIG_SEC_ADDRS] = STRIDE(struct sig_img_addrs),
	[SIG_SEC_A4] = STRIDE(struct sig_img_range4),
	[SIG_SEC_A6] = STRIDE(struct sig_img_range6),
	[SIG_SEC_PORTS] = STRIDE(struct sig_img_ports),
	[SIG_SEC_PR] = STRIDE(struct sig_img_port_range),
	[SIG_SEC_SET] = STRIDE(struct sig_img_set),
	[SIG_SEC_GLOBAL] = STRIDE(struct sig_img_global),
	[SIG_SEC_GREF] = STRIDE(uint32_t),
	[SIG_SEC_REP] = STRIDE(struct sig_img_rep),
	[SIG_SEC_REPCAT] = STRIDE(uint32_t),
	[SIG_SEC_GROUP] = STRIDE(struct sig_img_group),
	[SIG_SEC_PAT] = STRIDE(struct sig_img_pat),
	[SIG_SEC_HIT] = STRIDE(uint32_t),
	[SIG_SEC_DB] = 1,
};

int sig_image_refuse(char *err, size_t err_len, int code, const char *fmt, ...)
{
	va_list ap;

	if (err && err_len) {
		va_start(ap, fmt);
		vsnprintf(err, err_len, fmt, ap);
		va_end(ap);
	}
	return code;
}

static int check_header(const struct sig_img_header *h, size_t size, char *err, size_t err_len)
{
	if (memcmp(h->magic, SIG_IMG_MAGIC, sizeof(h->magic)) != 0)
		return sig_image_refuse(err, err_len, -EBADMSG, "not a signature image");
	if (h->endian != SIG_IMG_ENDIAN)
		return sig_image_refuse(
			err, err_len, -EPROTO, "written on a machine of the other byte order");
	if (h->version != SIG_IMG_VERSION)
		return sig_image_refuse(err, err_len, -EPROTO,
			"image format version %u, this program reads version %u; compile the rules again",
			h->version, SIG_IMG_VERSION);
	if (h->size != size)
		return sig_image_refuse(err, err_len, -EBADMSG,
			"truncated or padded: %zu bytes where the header says %llu", size,
			(unsigned long long)h->size);
	if (h->sections != SIG_SEC__COUNT)
		return sig_image_refuse(err, err_len, -EPROTO, "unknown number of sections");
	return 0;
}

static int check_sections(const struct sig_img_header *h, char *err, size_t err_len)
{
	uint64_t end = sizeof(*h);

	for (unsigned i = 0; i < SIG_SEC__COUNT; i++) {
		const struct sig_img_sec *s = &h->sec[i];

		if (s->stride != strides[i] || s->off % SIG_IMG_ALIGN || s->off < end ||
			s->off > h->size || s->size > h->size - s->off ||
			s->size != (uint64_t)s->count * s->stride)
			return sig_image_refuse(
				err, err_len, -EBADMSG, "section %u lies outside the image", i);
		end = s->off + s->size;
	}
	return 0;
}

static void bind(struct sig_image *g, const uint8_t *base)
{
	const struct sig_img_sec *s = g->h->sec;

	g->pool = (const char *)base + s[SIG_SEC_POOL].off;
	g->sig = (const void *)(base + s[SIG_SEC_SIG].off);
	g->list = (const void *)(base + s[SIG_SEC_LIST].off);
	g->op = (const void *)(base + s[SIG_SEC_OP].off);
	g->xf = (const void *)(base + s[SIG_SEC_XF].off);
	g->regex = (const void *)(base + s[SIG_SEC_REGEX].off);
	g->cap = (const void *)(base + s[SIG_SEC_CAP].off);
	g->ref = (const void *)(base + s[SIG_SEC_REF].off);
	g->meta = (const void *)(base + s[SIG_SEC_META].off);
	g->addrs = (const void *)(base + s[SIG_SEC_ADDRS].off);
	g->a4 = (const void *)(base + s[SIG_SEC_A4].off);
	g->a6 = (const void *)(base + s[SIG_SEC_A6].off);
	g->ports = (const void *)(base + s[SIG_SEC_PORTS].off);
	g->pr = (const void *)(base + s[SIG_SEC_PR].off);
	g->set = (const void *)(base + s[SIG_SEC_SET].off);
	g->global = (const void *)(base + s[SIG_SEC_GLOBAL].off);
	g->gref = (const void *)(base + s[SIG_SEC_GREF].off);
	g->rep = (const void *)(base + s[SIG_SEC_REP].off);
	g->repcat = (const void *)(base + s[SIG_SEC_REPCAT].off);
	g->group = (const void *)(base + s[SIG_SEC_GROUP].off);
	g->pat = (const void *)(base + s[SIG_SEC_PAT].off);
	g->hit = (const void *)(base + s[SIG_SEC_HIT].off);
	g->db = base + s[SIG_SEC_DB].off;
	g->sigs_n = s[SIG_SEC_SIG].count;
	g->lists_n = s[SIG_SEC_LIST].count;
	g->ops_n = s[SIG_SEC_OP].count;
	g->xfs_n = s[SIG_SEC_XF].count;
	g->regexes_n = s[SIG_SEC_REGEX].count;
	g->sets_n = s[SIG_SEC_SET].count;
	g->groups_n = s[SIG_SEC_GROUP].count;
	g->pats_n = s[SIG_SEC_PAT].count;
	g->reps_n = s[SIG_SEC_REP].count;
	g->repcats_n = s[SIG_SEC_REPCAT].count;
	g->addrs_n = s[SIG_SEC_ADDRS].count;
	g->ports_n = s[SIG_SEC_PORTS].count;
	g->globals_n = s[SIG_SEC_GLOBAL].count;
}

int sig_image_open_mem(
	const void *mem, size_t size, struct sig_image *img, char *err, size_t err_len)
{
	const struct sig_img_header *h = mem;
	struct sig_image g = {.h = h, .size = size};
	uint64_t sum[4];
	int rc;

	memset(img, 0, sizeof(*img));
	if (size < sizeof(*h))
		return sig_image_refuse(err, err_len, -EBADMSG,
			"truncated: %zu bytes are less than an image header", size);
	if ((uintptr_t)mem % SIG_IMG_ALIGN || size > SIG_IMG_MAX_BYTES)
		return sig_image_refuse(err, err_len, -EINVAL, "not aligned, or too large");
	rc = check_header(h, size, err, err_len);
	if (rc)
		return rc;
	sig_image_sum(mem, size, sum);
	if (memcmp(sum, h->sum, sizeof(sum)) != 0)
		return sig_image_refuse(err, err_len, -EBADMSG, "damaged: the checksum is wrong");
	rc = check_sections(h, err, err_len);
	if (rc)
		return rc;
	bind(&g, mem);
	rc = sig_image_check(&g, err, err_len);
	if (rc)
		return rc;
	*img = g;
	return 0;
}

int sig_image_open_fd(int fd, struct sig_image *img, char *err, size_t err_len)
{
	struct stat st;
	void *mem;
	int rc;

	memset(img, 0, sizeof(*img));
	if (fstat(fd, &st) < 0) {
		rc = -errno;
		return sig_image_refuse(err, err_len, rc, "%s", strerror(errno));
	}
	if (!S_ISREG(st.st_mode))
		return sig_image_refuse(err, err_len, -EINVAL, "not a regular file");
	if (st.st_size < (off_t)sizeof(struct sig_img_header))
		return sig_image_refuse(err, err_len, -EBADMSG,
			"truncated: %lld bytes are less than an image header", (long long)st.st_size);
	mem = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (mem == MAP_FAILED) {
		rc = -errno;
		return sig_image_refuse(err, err_len, rc, "cannot map: %s", strerror(errno));
	}
	rc = sig_image_open_mem(mem, (size_t)st.st_size, img, err, err_len);
	if (rc)
		munmap(mem, (size_t)st.st_size);
	else
		img->mapped = 1;
	return rc;
}

int sig_image_open(const char *path, struct sig_image *img, char *err, size_t err_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	memset(img, 0, sizeof(*img));
	if (fd < 0) {
		rc = -errno;
		return sig_image_refuse(err, err_len, rc, "%s", strerror(errno));
	}
	rc = sig_image_open_fd(fd, img, err, err_len);
	close(fd);
	return rc;
}

void sig_image_close(struct sig_image *img)
{
	if (img->mapped)
		munmap((void *)(uintptr_t)img->h, img->size);
	memset(img, 0, sizeof(*img));
}

uint32_t sig_image_find(const struct sig_image *img, uint32_t gid, uint32_t sid)
{
	for (uint32_t i = 0; i < img->sigs_n; i++)
		if (img->sig[i].sid == sid && (gid == 0 || img->sig[i].gid == gid))
			return i;
	return SIG_IMG_NONE;
}
