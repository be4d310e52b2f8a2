/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <string.h>

static void file_error(struct sig_lines *l, uint32_t line, const char *sentence, const char *cure)
{
	struct sig_error e = {.severity = SIG_SEV_REFUSED,
		.file = l->name,
		.line = line,
		.column = 1,
		.token = "",
		.sentence = sentence,
		.cure = cure};

	sig_set_error(l->set, &e);
}

void sig_lines_init(
	struct sig_lines *l, struct sig_set *set, const char *name, char *text, size_t len)
{
	*l = (struct sig_lines){.set = set, .name = name, .at = text, .end = text + len, .line = 1};
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		l->at += 3; /* byte order mark */
	if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
		file_error(l, 1, "the file is UTF-16", "save it as UTF-8 or plain ASCII");
		l->at = l->end;
	}
}

/* One physical line without its end; l moves behind it. */
static struct sig_str physical(struct sig_lines *l)
{
	char *nl = memchr(l->at, '\n', (size_t)(l->end - l->at));
	struct sig_str t = {l->at, (size_t)((nl ? nl : l->end) - l->at)};

	l->at = nl ? nl + 1 : l->end;
	l->line++;
	while (t.n && sig_is_blank(t.s[t.n - 1]))
		t.n--;
	return t;
}

static bool continues(struct sig_str t)
{
	return t.n && t.s[t.n - 1] == '\\';
}

/* Lines ending in a backslash, joined; the backslash goes. */
static void join(struct sig_lines *l, struct sig_str first, uint32_t column, struct sig_reading *in)
{
	struct sig_arena *a = &l->set->arena;
	struct sig_piece *piece;
	const char *stop = l->end;
	size_t total = first.n, pieces = 1, n;
	struct sig_lines ahead = *l;
	struct sig_str t = first;
	char *text;

	while (continues(t) && ahead.at < stop) {
		t = physical(&ahead);
		total += t.n;
		pieces++;
	}
	text = sig_arena_text(a, total + 1);
	piece = sig_arena_alloc(a, pieces * sizeof(*piece));
	piece[0] = (struct sig_piece){0, l->line - 1, column};
	n = first.n - 1;
	memcpy(text, first.s, n);
	for (size_t i = 1; i < pieces; i++) {
		piece[i] = (struct sig_piece){(uint32_t)n, l->line, 1};
		t = physical(l);
		if (continues(t))
			t.n--;
		memcpy(text + n, t.s, t.n);
		n += t.n;
	}
	text[n] = '\0';
	in->text = text;
	in->len = (uint32_t)n;
	in->piece = piece;
	in->pieces_n = (uint32_t)pieces;
}

/* Does a comment hold a rule? It begins with an action and has parentheses. */
static bool looks_like_rule(struct sig_str t)
{
	static const char *const actions[] = {"alert ", "drop ", "pass ", "reject", "block ",
		"config ", "alert\t", "log ", "sdrop ", "rewrite ", "react "};

	if (!memchr(t.s, '(', t.n) || (!continues(t) && t.s[t.n - 1] != ')'))
		return false;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		struct sig_str copy = t;

		if (sig_take(&copy, actions[i]))
			return true;
	}
	return false;
}

static struct sig_str uncomment(struct sig_str t)
{
	while (t.n && (t.s[0] == '#' || sig_is_blank(t.s[0]))) {
		t.s++;
		t.n--;
	}
	return t;
}

bool sig_lines_next(struct sig_lines *l, struct sig_reading *in, bool *enabled)
{
	while (l->at < l->end) {
		const char *start = l->at;
		struct sig_str t = physical(l);
		uint32_t line = l->line - 1, column;
		struct sig_piece *piece;

		t = sig_trim(t);
		*enabled = !t.n || t.s[0] != '#';
		if (t.n && t.s[0] == '#') {
			t = uncomment(t);
			if (!t.n || !looks_like_rule(t))
				continue;
		}
		if (!t.n || t.s[0] == ';')
			continue;
		column = (uint32_t)(t.s - start) + 1;
		if (continues(t)) {
			join(l, t, column, in);
			return true;
		}
		((char *)(uintptr_t)t.s)[t.n] = '\0';
		piece = sig_arena_alloc(&l->set->arena, sizeof(*piece));
		*piece = (struct sig_piece){0, line, column};
		in->text = t.s;
		in->len = (uint32_t)t.n;
		in->piece = piece;
		in->pieces_n = 1;
		return true;
	}
	return false;
}
