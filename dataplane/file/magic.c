/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/file.h>
#include <dp/slab.h>
#include <magic.h>
#include <string.h>

const char *dp_file_magic(struct dp_ctx *c, struct dp_file *f)
{
	const char *text;

	if (f->magic)
		return f->magic;
	if (f->head_len == 0 || (f->state == DP_FILE_OPEN && f->head_len < sizeof(f->head)))
		return NULL;
	if (!c->magic) {
		c->magic = magic_open(MAGIC_NONE);
		if (c->magic && magic_load(c->magic, NULL) != 0) {
			magic_close(c->magic);
			c->magic = NULL;
		}
	}
	text = c->magic ? magic_buffer(c->magic, f->head, f->head_len) : NULL;
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
