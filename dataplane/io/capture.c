/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/capture.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NG_SHB 0x0a0d0d0au
#define NG_IDB 1u
#define NG_OPB 2u /* obsolete packet block */
#define NG_SPB 3u
#define NG_EPB 6u
#define MAX_INTERFACES 65536u

struct interface {
	uint16_t linktype;
	uint32_t snaplen;
	uint64_t ticks_per_s; /**< timestamp resolution */
	int64_t offset_s;
};

struct dp_capture {
	const uint8_t *map;
	uint64_t size, at;
	uint64_t passed; /**< pages below were given back */
	bool ng, swapped;
	/* pcap */
	uint32_t rec_hdr; /**< 16, or 24 with the extended record form */
	bool nanoseconds;
	uint16_t linktype;
	/* pcapng */
	struct interface *ifs;
	unsigned n_ifs, cap_ifs;
};

static uint16_t rd16(const struct dp_capture *c, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return c->swapped ? __builtin_bswap16(v) : v;
}

static uint32_t rd32(const struct dp_capture *c, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return c->swapped ? __builtin_bswap32(v) : v;
}

static int bad(char *err, size_t err_len, const struct dp_capture *c, const char *what)
{
	snprintf(err, err_len, "%s at byte %llu of %llu", what, (unsigned long long)c->at,
		(unsigned long long)c->size);
	return -EBADMSG;
}

static int map_file(struct dp_capture *c, const char *path, char *err, size_t err_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int rc = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = -errno;
		snprintf(err, err_len, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		rc = -EINVAL;
		snprintf(err, err_len, "%s: not a regular file", path);
	} else if (st.st_size < 24) {
		rc = -EINVAL;
		snprintf(err, err_len, "%s: too short for a capture (%lld bytes)", path,
			(long long)st.st_size);
	} else {
		c->size = (uint64_t)st.st_size;
		// Private and writable: inline, a retransmission is rewritten in place, never in the file.
		c->map = mmap(NULL, c->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (c->map == MAP_FAILED) {
			rc = -errno;
			c->map = NULL;
			snprintf(err, err_len, "%s: %s", path, strerror(errno));
		} else {
			madvise((void *)c->map, c->size, MADV_SEQUENTIAL);
		}
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int open_pcap(struct dp_capture *c, const char *path, char *err, size_t err_len)
{
	uint32_t magic;

	memcpy(&magic, c->map, 4);
	c->rec_hdr = 16;
	switch (magic) {
	case 0xd4c3b2a1u:
	case 0x4d3cb2a1u:
	case 0x34cdb2a1u:
		c->swapped = true;
		magic = __builtin_bswap32(magic);
		break;
	default:
		break;
	}
	switch (magic) {
	case 0xa1b2c3d4u:
		break;
	case 0xa1b23c4du:
		c->nanoseconds = true;
		break;
	case 0xa1b2cd34u:
		c->rec_hdr = 24;
		break;
	default:
		snprintf(err, err_len, "%s: neither pcap nor pcapng (first bytes %02x %02x %02x %02x)",
			path, c->map[0], c->map[1], c->map[2], c->map[3]);
		return -EINVAL;
	}
	// The upper bits of the field say whether frames end with an FCS; they are not the type.
	c->linktype = (uint16_t)(rd32(c, c->map + 20) & 0xffff);
	c->at = 24;
	return 0;
}

int dp_capture_open(const char *path, struct dp_capture **out, char *err, size_t err_len)
{
	struct dp_capture *c = calloc(1, sizeof(*c));
	uint32_t magic;
	int rc;

	if (!c) {
		snprintf(err, err_len, "out of memory");
		return -ENOMEM;
	}
	rc = map_file(c, path, err, err_len);
	if (rc == 0) {
		memcpy(&magic, c->map, 4);
		c->ng = magic == NG_SHB;
		if (!c->ng)
			rc = open_pcap(c, path, err, err_len);
	}
	if (rc < 0) {
		dp_capture_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

void dp_capture_close(struct dp_capture *c)
{
	if (!c)
		return;
	if (c->map)
		munmap((void *)c->map, c->size);
	free(c->ifs);
	free(c);
}

#define PASS_BYTES (UINT64_C(1) << 20)

void dp_capture_passed(struct dp_capture *c)
{
	uint64_t upto = c->at & ~(PASS_BYTES - 1);

	if (upto == c->passed)
		return;
	madvise((void *)(c->map + c->passed), upto - c->passed, MADV_DONTNEED);
	c->passed = upto;
}

void dp_capture_progress(const struct dp_capture *c, uint64_t *done, uint64_t *total)
{
	*done = c->at;
	*total = c->size;
}

static int next_pcap(struct dp_capture *c, struct dp_capture_rec *rec, char *err, size_t err_len)
{
	const uint8_t *h = c->map + c->at;
	uint64_t left = c->size - c->at;
	uint32_t sub;

	if (left == 0)
		return 0;
	if (left < c->rec_hdr)
		return bad(err, err_len, c, "file ends inside a record header");
	rec->len = rd32(c, h + 8);
	rec->wire_len = rd32(c, h + 12);
	if (rec->len > DP_CAPTURE_MAX_LEN)
		return bad(err, err_len, c, "record longer than any capture writes");
	if (rec->len > left - c->rec_hdr)
		return bad(err, err_len, c, "file ends inside a packet");
	sub = rd32(c, h + 4);
	rec->ts_ns = rd32(c, h) * UINT64_C(1000000000) + (c->nanoseconds ? sub : sub * UINT64_C(1000));
	rec->data = h + c->rec_hdr;
	rec->linktype = c->linktype;
	if (rec->wire_len < rec->len)
		rec->wire_len = rec->len;
	c->at += c->rec_hdr + rec->len;
	return 1;
}

/** if_tsresol and if_tsoffset among a block's options. */
static void interface_options(const struct dp_capture *c, struct interface *i, const uint8_t *p,
	uint32_t n)
{
	while (n >= 4) {
		uint16_t code = rd16(c, p), len = rd16(c, p + 2);
		uint32_t step = 4 + ((len + 3u) & ~3u);

		if (code == 0 || step > n)
			return;
		if (code == 9 && len == 1) {
			uint32_t e = p[4] & 0x7fu;

			i->ticks_per_s = 1;
			if (p[4] & 0x80) {
				i->ticks_per_s = e < 63 ? UINT64_C(1) << e : 1000000;
			} else {
				for (; e && i->ticks_per_s <= UINT64_MAX / 10; e--)
					i->ticks_per_s *= 10;
			}
		} else if (code == 14 && len == 8) {
			uint32_t a = rd32(c, p + 4), b = rd32(c, p + 8);

			i->offset_s = (int64_t)(c->swapped ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a);
		}
		p += step;
		n -= step;
	}
}

static int block_interface(struct dp_capture *c, const uint8_t *body, uint32_t n, char *err,
	size_t err_len)
{
	struct interface *i;

	if (n < 8)
		return bad(err, err_len, c, "interface block too short");
	if (c->n_ifs == MAX_INTERFACES)
		return bad(err, err_len, c, "more than 65,536 interfaces");
	if (c->n_ifs == c->cap_ifs) {
		unsigned cap = c->cap_ifs ? c->cap_ifs * 2 : 16;

		i = realloc(c->ifs, cap * sizeof(*i));
		if (!i)
			return bad(err, err_len, c, "out of memory");
		c->ifs = i;
		c->cap_ifs = cap;
	}
	i = &c->ifs[c->n_ifs];
	*i = (struct interface){.linktype = rd16(c, body), .snaplen = rd32(c, body + 4),
		.ticks_per_s = 1000000};
	interface_options(c, i, body + 8, n - 8);
	c->n_ifs++;
	return 0;
}

static uint64_t to_ns(const struct interface *i, uint64_t ticks)
{
	uint64_t s = ticks / i->ticks_per_s, rest = ticks % i->ticks_per_s;

	return (s + (uint64_t)i->offset_s) * UINT64_C(1000000000) +
		(uint64_t)((unsigned __int128)rest * 1000000000u / i->ticks_per_s);
}

/** A packet of interface `n`: bytes at `data`, of which `room` are in the block. */
static int packet(struct dp_capture *c, unsigned n, uint64_t ticks, const uint8_t *data,
	uint32_t room, struct dp_capture_rec *rec, char *err, size_t err_len)
{
	if (n >= c->n_ifs)
		return bad(err, err_len, c, "packet of an interface that was not described");
	if (rec->len > room || rec->len > DP_CAPTURE_MAX_LEN)
		return bad(err, err_len, c, "packet longer than its block");
	rec->data = data;
	rec->linktype = c->ifs[n].linktype;
	rec->ts_ns = to_ns(&c->ifs[n], ticks);
	if (rec->wire_len < rec->len)
		rec->wire_len = rec->len;
	return 1;
}

static int block_packet(struct dp_capture *c, uint32_t type, const uint8_t *b, uint32_t n,
	struct dp_capture_rec *rec, char *err, size_t err_len)
{
	unsigned iface = 0;
	uint64_t ticks = 0;
	uint32_t head = type == NG_SPB ? 4 : 20;

	if (n < head)
		return bad(err, err_len, c, "packet block too short");
	if (type == NG_SPB) {
		rec->wire_len = rd32(c, b);
		rec->len = rec->wire_len < n - head ? rec->wire_len : n - head;
		if (c->n_ifs && c->ifs[0].snaplen && rec->len > c->ifs[0].snaplen)
			rec->len = c->ifs[0].snaplen;
	} else {
		iface = type == NG_EPB ? rd32(c, b) : rd16(c, b);
		ticks = (uint64_t)rd32(c, b + 4) << 32 | rd32(c, b + 8);
		rec->len = rd32(c, b + 12);
		rec->wire_len = rd32(c, b + 16);
	}
	return packet(c, iface, ticks, b + head, n - head, rec, err, err_len);
}

static int next_ng(struct dp_capture *c, struct dp_capture_rec *rec, char *err, size_t err_len)
{
	while (c->at < c->size) {
		const uint8_t *h = c->map + c->at;
		uint64_t left = c->size - c->at;
		uint32_t type, len;
		int rc = 0;

		if (left < 12)
			return bad(err, err_len, c, "file ends inside a block header");
		memcpy(&type, h, 4); // the section type reads the same in both orders
		if (type == NG_SHB) {
			uint32_t order;

			if (left < 28)
				return bad(err, err_len, c, "section header too short");
			memcpy(&order, h + 8, 4);
			if (order != 0x1a2b3c4du && order != 0x4d3c2b1au)
				return bad(err, err_len, c, "section without byte-order magic");
			c->swapped = order == 0x4d3c2b1au;
			c->n_ifs = 0;
		}
		type = rd32(c, h);
		len = rd32(c, h + 4);
		if (len < 12 || len % 4 || len > left)
			return bad(err, err_len, c, len > left ? "file ends inside a block"
							       : "block with an impossible length");
		if (type == NG_IDB)
			rc = block_interface(c, h + 8, len - 12, err, err_len);
		else if (type == NG_EPB || type == NG_SPB || type == NG_OPB)
			rc = block_packet(c, type, h + 8, len - 12, rec, err, err_len);
		if (rc < 0)
			return rc;
		c->at += len;
		if (rc > 0)
			return rc;
	}
	return 0;
}

int dp_capture_next(struct dp_capture *c, struct dp_capture_rec *rec, char *err, size_t err_len)
{
	return c->ng ? next_ng(c, rec, err, err_len) : next_pcap(c, rec, err, err_len);
}
