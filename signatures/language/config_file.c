/* SPDX-License-Identifier: Apache-2.0 */
/* classification.config and reference.config, and what is known without them. */
#include "lines.h"
#include "parser.h"

#include <string.h>

/* The class names and priorities that public rule sets use; sentences in our words. */
static const struct {
	const char *name, *text;
	uint32_t priority;
} classes[] = {
#include "classes.inc"
};

static const struct {
	const char *type, *prefix;
} references[] = {
	{"bugtraq", "https://www.securityfocus.com/bid/"},
	{"bid", "https://www.securityfocus.com/bid/"},
	{"cve", "https://cve.mitre.org/cgi-bin/cvename.cgi?name="},
	{"cvedetails", "https://cve.mitre.org/cgi-bin/cvename.cgi?name="},
	{"nessus", "https://www.tenable.com/plugins/nessus/"},
	{"arachnids", "https://www.whitehats.com/info/IDS"},
	{"mcafee", "https://vil.nai.com/vil/content/v_"},
	{"osvdb", "https://osvdb.org/show/osvdb/"},
	{"msb", "https://technet.microsoft.com/en-us/security/bulletin/"},
	{"kb", "https://support.microsoft.com/kb/"},
	{"url", "https://"},
	{"et", "https://doc.emergingthreats.net/"},
	{"etpro", "https://doc.emergingthreatspro.com/"},
	{"telus", "https://"},
	{"md5", "https://www.threatexpert.com/report.aspx?md5="},
	{"exploitdb", "https://www.exploit-db.com/exploits/"},
	{"openpacket", "https://www.openpacket.org/capture/grab/"},
	{"securitytracker", "https://securitytracker.com/id?"},
	{"secunia", "https://www.secunia.com/advisories/"},
	{"xforce", "https://xforce.iss.net/xforce/xfdb/"},
};

static void put_class(
	struct sig_set *set, struct sig_str name, struct sig_str text, uint32_t priority)
{
	struct sig_class *c = sig_arena_alloc(&set->arena, sizeof(*c));

	c->text = sig_arena_strndup(&set->arena, text.s, text.n);
	c->priority = priority;
	*sig_intern_at(&set->classes, name.s, name.n) = c;
}

static void put_reference(struct sig_set *set, struct sig_str type, struct sig_str prefix)
{
	char *low = sig_arena_strndup(&set->arena, type.s, type.n);

	for (char *c = low; *c; c++)
		*c = sig_lower(*c);
	*sig_intern_at(&set->references, low, type.n) =
		sig_arena_strndup(&set->arena, prefix.s, prefix.n);
}

static struct sig_str str(const char *s)
{
	return (struct sig_str){s, strlen(s)};
}

/* config classification: name,description,priority */
static int class_line(struct sig_parser *p, struct sig_str t)
{
	static const char cure[] = "write config classification: name,description,priority";
	struct sig_str f[3];
	uint32_t priority;

	if (!sig_take(&t, "config classification:"))
		return SIG_FAIL_AT(p, t, cure, "this is not a classification");
	if (sig_split(t, ',', f, 3) != 3 || !f[0].n || !sig_u32(f[2], 255, &priority) || !priority)
		return SIG_FAIL_AT(p, t, cure, "this is not a classification");
	put_class(p->set, f[0], f[1], priority);
	return 0;
}

/* config reference: type prefix */
static int reference_line(struct sig_parser *p, struct sig_str t)
{
	static const char cure[] = "write config reference: type http://head-of-the-address/";
	struct sig_str type;

	if (!sig_take(&t, "config reference:") || !sig_word(&t, &type) || !t.n)
		return SIG_FAIL_AT(p, t, cure, "this is not a reference type");
	put_reference(p->set, type, t);
	return 0;
}

/* A line that ends in a backslash goes on in the next, unless it is a comment. */
static void join_lines(char *text, size_t len)
{
	bool begin = true, comment = false;

	for (size_t i = 0; i + 1 < len; i++) {
		size_t end = i + 1;

		if (text[i] == '\r') // those that are left over mark joined lines
			text[i] = ' ';

		if (begin && !(begin = sig_is_blank(text[i])))
			comment = text[i] == '#';
		if (text[i] == '\n')
			begin = true;
		if (text[i] != '\\' || comment)
			continue;
		if (text[end] == '\r' && end + 1 < len)
			end++;
		if (text[end] != '\n')
			continue;
		memset(text + i, ' ', end - i);
		text[end] = '\r'; // counted below
		i = end;
	}
}

/** Ends of lines between the two, joined ones as well. */
static uint32_t lines(const char *from, const char *to)
{
	uint32_t n = 0;

	for (; from < to; from++)
		n += *from == '\n' || *from == '\r';
	return n;
}

int sig_config_read(
	struct sig_set *set, const char *path, int (*line)(struct sig_parser *p, struct sig_str t))
{
	struct sig_piece piece = {0, 0, 1};
	struct sig_reading in = {.file = sig_arena_strdup(&set->arena, path),
		.dir = "",
		.piece = &piece,
		.pieces_n = 1};
	struct sig_str rest, one;
	char *text;
	size_t len;
	int rc = sig_file_read(set, path, &text, &len);

	if (rc)
		return rc;
	join_lines(text, len);
	piece.line = 1;
	rest = (struct sig_str){text, len};
	for (const char *at = text; sig_next(&rest, '\n', &one); at = one.s) {
		piece.line += lines(at, one.s);
		if (!one.n || one.s[0] == '#')
			continue;
		in.text = one.s;
		in.len = (uint32_t)one.n;
		sig_parse_begin(set->parser, &in);
		if (line(set->parser, one))
			sig_parse_report(set->parser);
	}
	return 0;
}

int sig_config_load(struct sig_set *set)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		put_class(set, str(classes[i].name), str(classes[i].text), classes[i].priority);
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
		put_reference(set, str(references[i].type), str(references[i].prefix));
	if (set->opts.classification)
		rc = sig_config_read(set, set->opts.classification, class_line);
	if (!rc && set->opts.reference)
		rc = sig_config_read(set, set->opts.reference, reference_line);
	return rc;
}
