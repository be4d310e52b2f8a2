/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that a list entry carries, as the token stream of event records (dp/event.h: "trees"), so that
 * the packet path copies bytes and parses nothing. */
#include "build.h"
#include <jansson.h>
#include <string.h>

/* Kinds as enum dp_rec_kind numbers them; dataplane/detect/names.c checks that they agree. */

#define DEPTH_MAX 16u

static void token(struct vec *v, unsigned kind, const char *key, const void *body, size_t n, int *oom)
{
	const size_t k = key ? strnlen(key, 255) : 0;
	uint8_t *at = *oom ? NULL : vec_grow(v, 2 + k + n);

	if (!at) {
		*oom = 1;
		return;
	}
	at[0] = (uint8_t)kind;
	at[1] = (uint8_t)k;
	if (k)
		memcpy(at + 2, key, k);
	if (n)
		memcpy(at + 2 + k, body, n);
}

static void text(struct vec *v, const char *key, const json_t *j, int *oom)
{
	const uint32_t n = (uint32_t)json_string_length(j);
	uint8_t *at;

	token(v, SIG_TREE_STR, key, &n, sizeof(n), oom);
	at = *oom || !n ? NULL : vec_grow(v, n);
	if (at)
		memcpy(at, json_string_value(j), n);
	else if (n)
		*oom = 1;
}

static void value(struct vec *v, const char *key, const json_t *j, unsigned depth, int *oom);

static void members(struct vec *v, const json_t *j, unsigned depth, int *oom)
{
	const char *key;
	json_t *m;

	json_object_foreach((json_t *)(uintptr_t)j, key, m)
		value(v, key, m, depth, oom);
}

static void value(struct vec *v, const char *key, const json_t *j, unsigned depth, int *oom)
{
	const json_int_t i = json_integer_value(j);
	const double f = json_real_value(j);
	const uint8_t yes = json_is_true(j);

	switch (json_typeof(j)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		if (depth == DEPTH_MAX)
			return;
		token(v, json_is_object(j) ? SIG_TREE_OBJ : SIG_TREE_ARR, key, NULL, 0, oom);
		if (json_is_object(j))
			members(v, j, depth + 1, oom);
		else
			for (size_t k = 0; k < json_array_size(j); k++)
				value(v, NULL, json_array_get(j, k), depth + 1, oom);
		token(v, SIG_TREE_END, NULL, NULL, 0, oom);
		break;
	case JSON_STRING:
		text(v, key, j, oom);
		break;
	case JSON_INTEGER:
		token(v, SIG_TREE_I64, key, &i, sizeof(i), oom);
		break;
	case JSON_REAL:
		token(v, SIG_TREE_F64, key, &f, sizeof(f), oom);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		token(v, SIG_TREE_BOOL, key, &yes, 1, oom);
		break;
	default:
		break; // null: records have none
	}
}

int json_tree(struct vec *v, const json_t *object)
{
	int oom = 0;

	members(v, object, 0, &oom);
	return oom;
}
