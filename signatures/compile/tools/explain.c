/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include "words.h"
#include <ctype.h>
#include <jansson.h>
#include <sig/rule.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_text[SIG_CLS__COUNT] = {
	[SIG_CLS_DECODE] = "decoder events: every packet that raised one, even undecodable",
	[SIG_CLS_IPONLY] = "addresses only: once per flow and direction",
	[SIG_CLS_PACKET] = "packet: every packet",
	[SIG_CLS_PKT_STREAM] = "packet and stream: each payload, and the reassembled stream",
	[SIG_CLS_STREAM] = "stream: the reassembled stream; payload where it belongs to none",
	[SIG_CLS_PDONLY] = "protocol detection: once per direction, when the protocol is known",
	[SIG_CLS_APP] = "protocol: every packet of a flow with that protocol",
	[SIG_CLS_FRAME] = "frame: each frame of that name, as its bytes come",
	[SIG_CLS_TX] = "transaction: when the buffers of a transaction become available",
};

static const char *const kind_text[SIG_OPT__COUNT] = {
#define X(id) [SIG_OPT_##id] = #id,
	SIG_OPT_KINDS(X)
#undef X
};

static void lower(char *s)
{
	for (; *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

static void print_bytes(FILE *f, const char *p, uint32_t n)
{
	bool hex = false;

	fputc('"', f);
	for (uint32_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)p[i];
		const bool plain = isprint(c) && c != '"' && c != '|' && c != ';' && c != '\\';

		if (plain == hex) {
			fputc('|', f);
			hex = !hex;
		} else if (hex) {
			fputc(' ', f);
		}
		if (plain)
			fputc(c, f);
		else
			fprintf(f, "%02x", c);
	}
	fputs(hex ? "|\"" : "\"", f);
}

static void print_number(FILE *f, const struct sig_img_op *o, unsigned i)
{
	if (o->var[i] == SIG_VAR_NONE)
		fprintf(f, "%lld", (long long)o->num[i]);
	else
		fprintf(f, "var%u", o->var[i]);
}

static void print_content(FILE *f, const struct sig_image *g, const struct sig_img_op *o)
{
	static const struct {
		uint32_t flag;
		unsigned num;
		const char *text;
	} where[] = {{SIG_C_OFFSET, 1, "from byte "}, {SIG_C_DEPTH, 0, "ending by byte "},
		{SIG_C_DISTANCE, 2, "at least this far behind the cursor: "},
		{SIG_C_WITHIN, 3, "within this many bytes: "}};

	fputs(o->flags & SIG_C_NEGATED ? "must not contain " : "find ", f);
	print_bytes(f, g->pool + o->data, o->len);
	if (o->flags & SIG_C_NOCASE)
		fputs(", any case", f);
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		if (o->flags & where[i].flag) {
			fprintf(f, ", %s", where[i].text);
			print_number(f, o, where[i].num);
		}
	if (o->flags & SIG_C_STARTSWITH)
		fputs(", at the very start", f);
	if (o->flags & SIG_C_ENDSWITH)
		fputs(", at the very end", f);
	if (o->flags & SIG_IC_NEXT)
		fputs("; searched again further on when what follows fails", f);
}

static void print_op(FILE *f, const struct sig_image *g, const struct sig_img_op *o)
{
	char name[64];

	if (words_of(f, g, o))
		return;
	switch (o->kind) {
	case SIG_OPT_CONTENT:
		print_content(f, g, o);
		return;
	case SIG_OPT_PCRE:
		fprintf(f, "%smatch /%.*s/%s",
			o->flags & SIG_P_NEGATED ? "must not " : "", (int)g->regex[o->ref].len,
			g->pool + g->regex[o->ref].data,
			o->flags & SIG_P_RELATIVE ? ", from the cursor" : "");
		return;
	case SIG_OPT_NUMBER:
		fprintf(f, "number %s ", sig_number_info[o->ref].name);
		words_compare(f, o);
		return;
	case SIG_OPT_FLOWBITS:
		fprintf(f, "flowbits %s %s%s",
			(const char *[]){"set", "unset", "toggle", "isset", "isnotset"}[o->sub % 5],
			sig_img_str(g, o->ref), o->len > 8 ? " (or others)" : "");
		return;
	case SIG_OPT_DATASET:
	case SIG_OPT_DATAREP:
	case SIG_OPT_FILEHASH:
		fprintf(f, "look up in list %s (%u entries)", sig_img_str(g, g->set[o->ref].name),
			g->set[o->ref].entries);
		return;
	default:
		snprintf(name, sizeof(name), "%s", kind_text[o->kind]);
		lower(name);
		fputs(name, f);
		break;
	}
	for (unsigned i = 0; i < 4; i++)
		if (o->var[i] != SIG_VAR_NONE || o->num[i]) {
			fprintf(f, " %u:", i);
			print_number(f, o, i);
		}
}

static void print_run(const struct sig_image *g, const char *title, uint32_t first, uint32_t n)
{
	if (!n)
		return;
	printf("%s\n", title);
	for (uint32_t i = first; i < first + n; i++) {
		printf("    %u. ", i - first + 1);
		print_op(stdout, g, &g->op[i]);
		putchar('\n');
	}
}

static uint32_t group_of(const struct sig_image *g, uint32_t sig)
{
	for (uint32_t i = 0; i < g->groups_n; i++)
		for (uint32_t p = g->group[i].pat; p < g->group[i].pat + g->group[i].pats_n; p++)
			for (uint32_t h = 0; h < g->pat[p].hits_n; h++)
				if (g->hit[g->pat[p].hit + h] == sig)
					return i;
	return SIG_IMG_NONE;
}

/** Did the author name another content for the search? */
static bool overruled(const struct sig_image *g, const struct sig_img_sig *s)
{
	for (uint32_t k = s->list; k < s->list + s->lists_n; k++)
		for (uint32_t i = g->list[k].op; i < g->list[k].op + g->list[k].ops_n; i++)
			if (g->op[i].kind == SIG_OPT_CONTENT && !(g->op[i].flags & SIG_C_NEGATED) &&
				(g->op[i].flags & (SIG_C_FAST_PATTERN | SIG_C_FAST_ONLY | SIG_C_FAST_CHOP)))
				return i != s->pf_op || *sig_img_str(g, s->pf_text);
	return false;
}

static void print_ports(const struct sig_image *g, const char *which, uint32_t set)
{
	if (set == SIG_IMG_NONE)
		return;
	printf(", only %s port", which);
	for (uint32_t i = g->ports[set].first; i < g->ports[set].first + g->ports[set].n; i++) {
		printf(" %u", g->pr[i].lo);
		if (g->pr[i].hi != g->pr[i].lo)
			printf("-%u", g->pr[i].hi);
	}
}

static void explain_search(const struct sig_image *g, const struct sig_img_sig *s)
{
	const uint32_t q = group_of(g, (uint32_t)(s - g->sig));

	if (!(s->flags & SIG_F_PREFILTER)) {
		printf("searched by: nothing. %s\n", sig_img_str(g, s->why_always));
		return;
	}
	printf("searched by: ");
	if (*sig_img_str(g, s->pf_text))
		printf("the expression /%s/, made of its options", sig_img_str(g, s->pf_text));
	else if (g->op[s->pf_op].kind == SIG_OPT_PCRE)
		printf("its expression in Hyperscan");
	else
		print_bytes(stdout, g->pool + g->op[s->pf_op].data + s->pf_off, s->pf_len);
	printf(" in %s, cost %.3f (likely hits per look)\n",
		sig_buffer_info[g->list[s->pf_list].buffer].name, s->pf_cost / 1000.0);
	if (overruled(g, s))
		printf("    (its fast_pattern alone would hit too often)\n");
	if (q == SIG_IMG_NONE)
		return;
	printf("group: %u patterns scanned together over %s, %s", g->group[q].pats_n,
		sig_buffer_info[g->group[q].buffer].name,
		g->group[q].dir ? "to client" : "to server");
	print_ports(g, "to", g->group[q].dport);
	print_ports(g, "from", g->group[q].sport);
	putchar('\n');
}

/** What evaluating it may cost: how often its program runs, and what the program consists of. */
static void explain_expense(const struct sig_image *g, const struct sig_img_sig *s)
{
	uint32_t ops = s->match_n + s->tx_n, expressions = 0;

	for (uint32_t k = s->list; k < s->list + s->lists_n; k++) {
		ops += g->list[k].ops_n;
		for (uint32_t i = g->list[k].op; i < g->list[k].op + g->list[k].ops_n; i++)
			expressions += g->op[i].kind == SIG_OPT_PCRE;
	}
	if (s->flags & SIG_F_PREFILTER)
		printf("estimated expense: its program runs in %.1f of 100 looks, ", s->pf_cost / 10.0);
	else
		printf("estimated expense: its program runs whenever the header fits, ");
	printf("%u operation%s of which %u expression%s (measured: rules top)\n", ops,
		ops == 1 ? "" : "s", expressions, expressions == 1 ? "" : "s");
}

void explain_text(const struct sig_image *g, uint32_t i)
{
	const struct sig_img_sig *s = &g->sig[i];

	printf("%u:%u:%u %s\n%s\n\n", s->gid, s->sid, s->rev, sig_img_str(g, s->msg),
		sig_img_str(g, s->text));
	printf("action: %s%s\n", sig_action_name[s->action],
		s->flags & SIG_F_NOALERT ? " (changes state, raises no alert)" : "");
	printf("kind: %s\n", class_text[s->cls]);
	if (s->app != SIG_PROTO_UNKNOWN)
		printf("protocol: %s\n", sig_proto_rule_name[s->app]);
	printf("directions: %s\n", s->dirs == SIG_BUF_TS ? "to server" :
			s->dirs == SIG_BUF_TC		 ? "to client" :
							   "both");
	explain_search(g, s);
	explain_expense(g, s);
	print_run(g, "packet, flow and state first:", s->match, s->match_n);
	for (uint32_t k = s->list; k < s->list + s->lists_n; k++) {
		const struct sig_img_list *l = &g->list[k];
		char title[160];

		snprintf(title, sizeof(title), "then in %s%s:", sig_buffer_info[l->buffer].name,
			l->xf_n ? ", transformed" : "");
		print_run(g, title, l->op, l->ops_n);
	}
	print_run(g, "then of the transaction:", s->tx, s->tx_n);
	print_run(g, "on a match:", s->post, s->post_n);
	print_run(g, "thinned by:", s->thr, s->thr_n);
}

static json_t *run_json(const struct sig_image *g, uint32_t first, uint32_t n)
{
	json_t *a = json_array();

	for (uint32_t i = first; i < first + n; i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);

		if (!f)
			break;
		print_op(f, g, &g->op[i]);
		fclose(f);
		json_array_append_new(a, json_string(text));
		free(text);
	}
	return a;
}

void explain_json(const struct sig_image *g, uint32_t i)
{
	const struct sig_img_sig *s = &g->sig[i];
	json_t *j = json_object(), *lists = json_array();

	json_object_set_new(j, "sid", json_integer(s->sid));
	json_object_set_new(j, "gid", json_integer(s->gid));
	json_object_set_new(j, "rev", json_integer(s->rev));
	json_object_set_new(j, "msg", json_string(sig_img_str(g, s->msg)));
	json_object_set_new(j, "action", json_string(sig_action_name[s->action]));
	json_object_set_new(j, "kind", json_string(class_text[s->cls]));
	json_object_set_new(j, "protocol", json_string(sig_proto_rule_name[s->app]));
	json_object_set_new(j, "searched", json_boolean(s->flags & SIG_F_PREFILTER));
	if (s->flags & SIG_F_PREFILTER) {
		json_object_set_new(j, "search_buffer",
			json_string(sig_buffer_info[g->list[s->pf_list].buffer].name));
		json_object_set_new(j, "cost", json_real(s->pf_cost / 1000.0));
	} else {
		json_object_set_new(j, "why_not", json_string(sig_img_str(g, s->why_always)));
	}
	json_object_set_new(j, "match", run_json(g, s->match, s->match_n));
	for (uint32_t k = s->list; k < s->list + s->lists_n; k++) {
		const struct sig_img_list *l = &g->list[k];
		json_t *o = json_object();

		json_object_set_new(o, "buffer", json_string(sig_buffer_info[l->buffer].name));
		json_object_set_new(o, "transforms", json_integer(l->xf_n));
		json_object_set_new(o, "program", run_json(g, l->op, l->ops_n));
		json_array_append_new(lists, o);
	}
	json_object_set_new(j, "buffers", lists);
	json_object_set_new(j, "transaction", run_json(g, s->tx, s->tx_n));
	json_object_set_new(j, "on_match", run_json(g, s->post, s->post_n));
	json_object_set_new(j, "thinned", run_json(g, s->thr, s->thr_n));
	json_dumpf(j, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(j);
}
