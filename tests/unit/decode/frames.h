/* SPDX-License-Identifier: Apache-2.0 */
/* Frames made by the tests: a small builder, headers appended one after the other. */
#ifndef TEST_FRAMES_H
#define TEST_FRAMES_H

#include <stdint.h>
#include <string.h>

struct frame {
	uint8_t b[2048];
	uint32_t n;
};

static inline void put(struct frame *f, const void *p, uint32_t n)
{
	memcpy(f->b + f->n, p, n);
	f->n += n;
}
static inline void put8(struct frame *f, unsigned v)
{
	f->b[f->n++] = (uint8_t)v;
}
static inline void put16(struct frame *f, unsigned v)
{
	put8(f, v >> 8);
	put8(f, v);
}
static inline void put32(struct frame *f, uint32_t v)
{
	put16(f, v >> 16);
	put16(f, v & 0xffff);
}
static inline void set16(struct frame *f, uint32_t at, unsigned v)
{
	f->b[at] = (uint8_t)(v >> 8);
	f->b[at + 1] = (uint8_t)v;
}
static inline void eth(struct frame *f, unsigned type)
{
	put(f, "\x02\0\0\0\0\1\x02\0\0\0\0\2", 12);
	put16(f, type);
}
/* `len`: payload bytes that will follow */
static inline void ipv4(struct frame *f, unsigned proto, unsigned len)
{
	put(f, "\x45\0", 2);
	put16(f, 20 + len);
	put(f, "\x12\x34\x40\0\x40", 5);
	put8(f, proto);
	put16(f, 0);
	put(f, "\x0a\0\0\1\x0a\0\0\2", 8);
}
static inline void ipv6(struct frame *f, unsigned next, unsigned len)
{
	put(f, "\x60\0\0\0", 4);
	put16(f, len);
	put8(f, next);
	put8(f, 64);
	put(f, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 32);
}
static inline void tcp(struct frame *f, unsigned flags, uint32_t seq, uint32_t ack)
{
	put16(f, 1024);
	put16(f, 80);
	put32(f, seq);
	put32(f, ack);
	put8(f, 0x50);
	put8(f, flags);
	put16(f, 8192);
	put32(f, 0);
}
static inline void udp(struct frame *f, unsigned sp, unsigned dp, unsigned len)
{
	put16(f, sp);
	put16(f, dp);
	put16(f, 8 + len);
	put16(f, 0);
}

#endif
