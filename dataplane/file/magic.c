/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/file.h>
#include <dp/slab.h>
#include <magic.h>
#include <string.h>

/** The longest beginning of the file that is still here. */
static struct dp_span beginning(const struct dp_file *f)
{
	struct dp_span s = {f->head, f->head_len};

	if (f->kept_n > s.n)
		s = (struct dp_span){f->kept, f->kept_n};
	if (f->data_off == 0 && f->data_len > s.n)
		s = (struct dp_span){f->data, f->data_len};
	if (s.n > DP_FILE_WINDOW_BYTES)
		s.n = DP_FILE_WINDOW_BYTES;
	return s;
}

static void load(struct dp_ctx *c)
{
	c->magic_tried = true;
	c->magic = magic_open(MAGIC_NONE);
	if (c->magic && magic_load(c->magic, NULL) != 0)
		dp_file_magic_close(c);
}

const char *dp_file_magic(struct dp_ctx *c, struct dp_file *f)
{
	const char *text;
	struct dp_span s;

	if (f->magic || f->magic_asked)
		return f->magic;
	if (f->head_len == 0 || (f->state == DP_FILE_OPEN && f->size < DP_FILE_MAGIC_MIN))
		return NULL;
	f->magic_asked = true;
	if (!c->magic_tried)
		load(c);
	s = beginning(f);
	text = c->magic ? magic_buffer(c->magic, s.p, s.n) : NULL;
	if (!text)
		return NULL;
	f->magic_len = (uint32_t)strlen(text);
	f->magic = dp_slab_alloc(c->slab, DP_MEM_FILE, f->magic_len + 1);
	if (f->magic)
		memcpy(f->magic, text, f->magic_len + 1);
	return f->magic;
}

void dp_file_magic_close(struct dp_ctx *c)
{
	if (c->magic)
		magic_close(c->magic);
	c->magic = NULL;
}
