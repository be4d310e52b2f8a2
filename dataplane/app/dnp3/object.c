/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of a message: headers with ranges (IEEE 1815 clause 4.2.2.7), points by layout. */
#include "dnp3.h"

#define FC_READ 1
#define FC_FREEZE 7 /* to FC_FREEZE_LAST */
#define FC_FREEZE_LAST 12
#define FC_ASSIGN_CLASS 22
#define GROUP_STATIC_END 50 /* groups of points are below */

struct dp_cur dnp3_objects(const struct dnp3_tx *tx)
{
	struct dp_cur c = dp_cur_of(tx->app.p, tx->app.n);

	dp_cur_skip(&c, tx->response ? DNP3_HEADER_RESPONSE : DNP3_HEADER_REQUEST);
	return c;
}

static uint32_t number(struct dp_cur *c, unsigned width)
{
	return width == 1 ? dp_cur_u8(c) : width == 2 ? dp_cur_le16(c) : dp_cur_le32(c);
}

/** Start and stop of 1, 2 or 4 octets (range codes 0 to 5). */
static bool read_range(struct dp_cur *c, struct dnp3_object *o)
{
	static const uint8_t width[3] = {1, 2, 4};

	o->start = number(c, width[o->range_code % 3]);
	o->stop = number(c, width[o->range_code % 3]);
	if (o->stop < o->start || o->stop - o->start == UINT32_MAX)
		return false;
	o->count = o->stop - o->start + 1;
	return true;
}

bool dnp3_next(struct dp_cur *c, struct dnp3_object *o)
{
	bool sound = true;

	if (c->bad || dp_cur_left(c) == 0)
		return false;
	*o = (struct dnp3_object){0};
	o->group = dp_cur_u8(c);
	o->variation = dp_cur_u8(c);
	o->qualifier = dp_cur_u8(c);
	o->prefix_code = (o->qualifier >> 4) & 7;
	o->range_code = o->qualifier & 15;
	switch (o->range_code) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		sound = read_range(c, o);
		break;
	case 6:
		break;
	case 7: case 11:
		o->count = number(c, 1);
		break;
	case 8: case 9:
		o->count = number(c, o->range_code == 8 ? 2 : 4);
		break;
	default:
		sound = false;
	}
	c->bad |= !sound;
	return !c->bad;
}

/** Prefix codes 1 to 3 are indexes, 4 to 6 sizes of the point. */
static bool is_size(uint8_t code)
{
	return code >= 4 && code <= 6;
}

static uint32_t read_prefix(struct dp_cur *c, uint8_t code)
{
	static const uint8_t width[7] = {0, 1, 2, 4, 1, 2, 4};

	if (code > 6)
		c->bad = true;
	return code == 0 || code > 6 ? 0 : number(c, width[code]);
}

/** Requests that name points without saying anything about them. */
static bool names_only(const struct dnp3_object *o, uint8_t function)
{
	if (is_size(o->prefix_code))
		return false;
	if (function == FC_READ)
		return true;
	return o->group < GROUP_STATIC_END && (function == FC_ASSIGN_CLASS ||
		(function >= FC_FREEZE && function <= FC_FREEZE_LAST));
}

static uint64_t integer(struct dp_cur *c, uint8_t type)
{
	uint64_t lo;

	switch (type) {
	case DNP3_U8: case DNP3_BITS:
		return dp_cur_u8(c);
	case DNP3_U16: case DNP3_I16:
		return dp_cur_le16(c);
	case DNP3_U24:
		lo = dp_cur_le16(c);
		return lo | (uint64_t)dp_cur_u8(c) << 16;
	case DNP3_U48:
		lo = dp_cur_le32(c);
		return lo | (uint64_t)dp_cur_le16(c) << 32;
	case DNP3_F64:
		return dp_cur_le64(c);
	default:
		return dp_cur_le32(c);
	}
}

static void put_bits(struct dp_rec *r, const struct dnp3_bits *b, uint64_t v)
{
	for (; b->name; v >>= b->width, b++)
		dp_rec_u64(r, b->name, v & ((1u << b->width) - 1));
}

static void put_value(struct dp_rec *r, const struct dnp3_field *f, uint64_t v)
{
	uint32_t low = (uint32_t)v;
	double d;
	float s;

	switch (f->type) {
	case DNP3_BITS:
		put_bits(r, f->bits, v);
		break;
	case DNP3_I16:
		dp_rec_i64(r, f->name, (int16_t)v);
		break;
	case DNP3_I32:
		dp_rec_i64(r, f->name, (int32_t)v);
		break;
	case DNP3_F32:
		memcpy(&s, &low, sizeof(s));
		dp_rec_f64(r, f->name, s);
		break;
	case DNP3_F64:
		memcpy(&d, &v, sizeof(d));
		dp_rec_f64(r, f->name, d);
		break;
	default:
		dp_rec_u64(r, f->name, v);
	}
}

static void put_string(struct dp_rec *r, const struct dnp3_field *f, const uint8_t *p, uint32_t n)
{
	if (f->type == DNP3_BYTES)
		dp_rec_b64(r, f->name, p, n);
	else
		dp_rec_str(r, f->name, p, n);
}

/** Fields of one point; `r` may be NULL. */
static void read_fields(struct dp_cur *c, const struct dnp3_field *f, struct dp_rec *r)
{
	uint64_t seen[16];

	for (unsigned i = 0; f[i].type && i < 16 && !c->bad; i++) {
		if (f[i].type < DNP3_CODE) {
			seen[i] = integer(c, f[i].type);
			if (r)
				put_value(r, &f[i], seen[i]);
			continue;
		}
		uint32_t n = f[i].type == DNP3_CODE ? 4
			: f[i].len_at && f[i].len_at <= i ? (uint32_t)seen[f[i].len_at - 1]
							  : dp_cur_left(c);
		const uint8_t *p = dp_cur_bytes(c, n);

		seen[i] = n;
		if (r && p)
			put_string(r, &f[i], p, n);
	}
}

static void put_point(struct dp_rec *r, const struct dnp3_object *o, uint32_t index, uint32_t prefix)
{
	dp_rec_obj(r, "");
	dp_rec_u64(r, "prefix", prefix);
	dp_rec_u64(r, "index", o->prefix_code && !is_size(o->prefix_code) ? prefix : index);
	if (is_size(o->prefix_code))
		dp_rec_u64(r, "size", prefix);
}

/** Bits one after another, so many to a point. */
static enum dnp3_rc packed_points(struct dp_cur *c, const struct dnp3_object *o,
	const struct dnp3_kind *k, struct dp_rec *r)
{
	uint32_t per = 8u / k->packed, n = (o->count + per - 1) / per;
	const uint8_t *p = dp_cur_bytes(c, n);

	if (!p)
		return DNP3_SHORT;
	if (!r)
		return DNP3_OK;
	dp_rec_arr(r, "points");
	for (uint32_t i = 0; i < o->count && !r->full; i++) {
		put_point(r, o, o->start + i, 0);
		dp_rec_u64(r, k->fields->name,
			(p[i / per] >> (i % per * k->packed)) & ((1u << k->packed) - 1));
		dp_rec_end(r);
	}
	dp_rec_end(r);
	return DNP3_OK;
}

/** One point behind its prefix. False: it is cut. */
static bool one_point(struct dp_cur *c, const struct dnp3_object *o, const struct dnp3_field *f,
	uint32_t index, struct dp_rec *r)
{
	uint32_t prefix = read_prefix(c, o->prefix_code);
	struct dp_cur in = *c, again;

	if (is_size(o->prefix_code))
		in = dp_cur_sub(c, prefix);
	again = in;
	if (f)
		read_fields(&in, f, NULL);
	if (c->bad || in.bad)
		return false;
	if (!is_size(o->prefix_code))
		c->off = in.off;
	if (!r)
		return true;
	put_point(r, o, index, prefix);
	if (f)
		read_fields(&again, f, r);
	dp_rec_end(r);
	return true;
}

enum dnp3_rc dnp3_points(struct dp_cur *c, const struct dnp3_object *o, uint8_t function,
	struct dp_rec *r)
{
	const struct dnp3_kind *k = dnp3_kind_of(o->group, o->variation);
	bool bare = names_only(o, function);
	const struct dnp3_field *f = bare || !k ? NULL : k->fields;
	struct dp_cur first = *c;
	uint32_t i = 0;

	if (o->variation == 0 || o->count == 0)
		return DNP3_OK;
	if (!k)
		return DNP3_UNKNOWN;
	if (o->count > DNP3_POINTS_MAX)
		return DNP3_MANY_POINTS;
	if (bare && o->prefix_code == 0)
		return DNP3_OK;
	if (k->packed && !bare && o->prefix_code == 0)
		return packed_points(c, o, k, r);
	if (k->sized && !is_size(o->prefix_code))
		return DNP3_SHORT;
	if (!one_point(&first, o, f, o->start, NULL))
		return DNP3_SHORT;
	if (r)
		dp_rec_arr(r, "points");
	while (i < o->count && one_point(c, o, f, o->start + i, r))
		i++;
	if (r)
		dp_rec_end(r);
	return i < o->count ? DNP3_SHORT : DNP3_OK;
}

enum dnp3_rc dnp3_check(const struct dnp3_tx *tx)
{
	struct dp_cur c = dnp3_objects(tx);
	uint32_t objects = 0, points = 0;
	struct dnp3_object o;

	while (dnp3_next(&c, &o)) {
		enum dnp3_rc rc;

		if (++objects > DNP3_OBJECTS_MAX)
			return DNP3_MANY_OBJECTS;
		if (o.variation != 0 && o.count > DNP3_POINTS_MAX - points)
			return DNP3_MANY_POINTS;
		points += o.variation != 0 ? o.count : 0;
		rc = dnp3_points(&c, &o, dnp3_function(tx), NULL);
		if (rc != DNP3_OK)
			return rc;
	}
	return c.bad ? DNP3_SHORT : DNP3_OK;
}
