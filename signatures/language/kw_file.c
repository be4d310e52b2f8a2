/* SPDX-License-Identifier: Apache-2.0 */
/* Files, and the legacy TLS keywords that look at a certificate's text. */
#include "kw.h"

#include <string.h>

static void needs_file(struct sig_parser *p)
{
	if (!p->tx_at)
		p->tx_at = p->kw_at;
	p->rule->flags |= SIG_R_FILE;
}

static int add_text(struct sig_parser *p, enum sig_opt_kind kind, const struct sig_arg *arg)
{
	struct sig_bytes text;
	struct sig_opt *o;

	if (sig_pattern_decode(p, arg->t, &text))
		return -1;
	o = sig_opt_add(p, kind);
	if (o)
		o->u.filetext = (struct sig_filetext){text, arg->negated};
	return o ? 0 : -1;
}

/* filename, fileext, filemagic: kw->id is the option kind. */
SIG_KW_FN(filetext)
{
	needs_file(p);
	return add_text(p, (enum sig_opt_kind)kw->id, arg);
}

/* tls.subject, tls.issuerdn, tls.fingerprint */
SIG_KW_FN(tls_text)
{
	if (sig_need_proto(p, SIG_PROTO_TLS))
		return -1;
	if (!p->tx_at)
		p->tx_at = p->kw_at;
	return add_text(p, (enum sig_opt_kind)kw->id, arg);
}

SIG_KW_FN(filehash)
{
	struct sig_str t = arg->t;
	struct sig_opt *o;
	bool negated = sig_take(&t, "!");

	needs_file(p);
	t = sig_trim(t);
	if (!t.n)
		return sig_fail(p, NULL, 0, "name the list file", "the file name is missing");
	o = sig_opt_add(p, SIG_OPT_FILEHASH);
	if (o)
		o->u.filehash = (struct sig_filehash){.hash = (enum sig_hash_kind)kw->id,
			.negated = negated,
			.path = sig_path(p, t)};
	return o ? 0 : -1;
}

SIG_KW_FN(filestore)
{
	static const struct sig_word_value dirs[] = {{"request", SIG_STORE_TO_SERVER},
		{"to_server", SIG_STORE_TO_SERVER}, {"response", SIG_STORE_TO_CLIENT},
		{"to_client", SIG_STORE_TO_CLIENT}, {"both", SIG_STORE_BOTH}, {NULL, 0}};
	static const struct sig_word_value scopes[] = {{"file", SIG_STORE_FILE},
		{"tx", SIG_STORE_TX}, {"ssn", SIG_STORE_SSN}, {"flow", SIG_STORE_SSN}, {NULL, 0}};
	struct sig_filestore s = {.dir = SIG_STORE_RULE, .scope = SIG_STORE_FILE};
	struct sig_str f[2];
	size_t n = arg->t.n ? sig_split(arg->t, ',', f, 2) : 0;
	struct sig_opt *o;
	int64_t v;

	needs_file(p);
	if (n > 2)
		return SIG_FAIL_AT(p, arg->t, "write filestore:direction,scope",
			"filestore takes at most two "
			"arguments");
	if (n && sig_lookup(dirs, f[0], &v))
		s.dir = (enum sig_store_dir)v;
	else if (n == 1 && sig_lookup(scopes, f[0], &v))
		s.scope = (enum sig_store_scope)v;
	else if (n)
		return SIG_FAIL_AT(p, f[0], "write request, response, to_server, to_client or both",
			"this is not a direction");
	if (n == 2) {
		if (!sig_lookup(scopes, f[1], &v))
			return SIG_FAIL_AT(
				p, f[1], "write file, tx, ssn or flow", "this is not a scope");
		s.scope = (enum sig_store_scope)v;
	}
	o = sig_opt_add(p, SIG_OPT_FILESTORE);
	if (o)
		o->u.filestore = s;
	return o ? 0 : -1;
}
