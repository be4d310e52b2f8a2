/* SPDX-License-Identifier: Apache-2.0 */
/* Version 4: how long arguments and results of the operations are (RFC 7530 16, 8881 18, 7862 15). */
#include "ops.h"

/*
 * One letter a field: 4, 8: that many bytes; s: state id; S: session id; c: change info; o: opaque;
 * b: bit map; a: attributes (bit map, opaque); w: an array of words; O: perhaps eight bytes, behind
 * a boolean; T: perhaps a time, likewise; h: channel attributes; *: the rest is not read.
 */
static const struct op {
	uint16_t op;
	const char *args, *results;
} ops[] = {
	{NFS4_ACCESS, "4", "44"}, {NFS4_CLOSE, "4s", "s"}, {NFS4_COMMIT, "84", "8"},
	{NFS4_CREATE, NULL, "cb"}, {NFS4_DELEGPURGE, "8", ""}, {NFS4_DELEGRETURN, "s", ""},
	{NFS4_GETATTR, "b", "a"}, {NFS4_GETFH, "", NULL}, {NFS4_LINK, "o", "c"},
	{NFS4_LOCK, NULL, "s"}, {NFS4_LOCKT, "4888o", ""}, {NFS4_LOCKU, "44s88", "s"},
	{NFS4_LOOKUP, NULL, ""}, {NFS4_LOOKUPP, "", ""}, {NFS4_NVERIFY, "a", ""},
	{NFS4_OPEN, NULL, NULL}, {NFS4_OPENATTR, "4", ""}, {NFS4_OPEN_CONFIRM, "s4", "s"},
	{NFS4_OPEN_DOWNGRADE, "s444", "s"}, {NFS4_PUTFH, NULL, ""}, {NFS4_PUTPUBFH, "", ""},
	{NFS4_PUTROOTFH, "", ""}, {NFS4_READ, NULL, NULL}, {NFS4_READDIR, "8844b", NULL},
	{NFS4_READLINK, "", "o"}, {NFS4_REMOVE, NULL, "c"}, {NFS4_RENAME, "oo", "cc"},
	{NFS4_RENEW, "8", ""}, {NFS4_RESTOREFH, "", ""}, {NFS4_SAVEFH, "", ""},
	{NFS4_SECINFO, "o", NULL}, {NFS4_SETATTR, "sa", "b"}, {NFS4_SETCLIENTID, "8o4oo4", "88"},
	{NFS4_SETCLIENTID_CONFIRM, "88", ""}, {NFS4_VERIFY, "a", ""}, {NFS4_WRITE, NULL, "448"},
	{NFS4_RELEASE_LOCKOWNER, "8o", ""}, {NFS4_BIND_CONN, "S44", "S44"},
	{NFS4_EXCHANGE_ID, NULL, NULL}, {NFS4_CREATE_SESSION, "*", "S44hh"},
	{NFS4_DESTROY_SESSION, "S", ""}, {NFS4_FREE_STATEID, "s", ""},
	{NFS4_GETDEVICEINFO, "S44b", "4ob"}, {NFS4_LAYOUTCOMMIT, "884sOT4o", "O"},
	{NFS4_LAYOUTGET, "444888s4", "*"}, {NFS4_LAYOUTRETURN, NULL, NULL},
	{NFS4_SECINFO_NO_NAME, "4", NULL}, {NFS4_SEQUENCE, "S4444", "S44444"},
	{NFS4_TEST_STATEID, NULL, "w"}, {NFS4_DESTROY_CLIENTID, "8", ""},
	{NFS4_RECLAIM_COMPLETE, "4", ""}, {NFS4_ALLOCATE, "s88", ""}, {NFS4_DEALLOCATE, "s88", ""},
	{NFS4_SEEK, "s84", "48"}, {NFS4_GETXATTR, "o", "o"}, {NFS4_SETXATTR, "4oo", "c"},
	{NFS4_LISTXATTRS, "84", "*"}, {NFS4_REMOVEXATTR, "o", "c"},
};

#define WORDS_MAX 256u

static void skip_opaque(struct dp_cur *c)
{
	struct dp_span s;

	nfs_opaque(c, UINT32_MAX, &s);
}

static void skip_words(struct dp_cur *c)
{
	uint32_t n = dp_cur_be32(c);

	if (n > WORDS_MAX)
		c->bad = true;
	else
		dp_cur_skip(c, n * 4);
}

static void skip_field(struct dp_cur *c, char letter)
{
	static const char fixed[] = "4\4" "8\10" "s\20" "S\20" "c\24";

	for (const char *f = fixed; *f; f += 2) {
		if (*f == letter) {
			dp_cur_skip(c, (uint32_t)f[1]);
			return;
		}
	}
	if (letter == 'a' || letter == 'b' || letter == 'w')
		skip_words(c);
	if (letter == 'o' || letter == 'a')
		skip_opaque(c);
	if ((letter == 'O' || letter == 'T') && dp_cur_be32(c) == 1)
		dp_cur_skip(c, letter == 'O' ? 8 : 12);
	if (letter == 'h') {
		dp_cur_skip(c, 24);
		skip_words(c);
	}
	if (letter == '*')
		c->off = c->n;
}

bool nfs4_skip(struct dp_cur *c, const char *layout)
{
	for (; *layout && !c->bad; layout++)
		skip_field(c, *layout);
	return !c->bad;
}

static void lock_args(struct dp_cur *c)
{
	nfs4_skip(c, "4488");
	nfs4_skip(c, dp_cur_be32(c) == 1 ? "4s48o" : "s4");
}

static void exchange_args(struct dp_cur *c)
{
	nfs4_skip(c, "8o4");
	if (dp_cur_be32(c) != 0)
		nfs4_skip(c, "*");
	else if (dp_cur_be32(c) == 1)
		nfs4_skip(c, "oo84");
}

static void layoutreturn_args(struct dp_cur *c)
{
	nfs4_skip(c, "444");
	if (dp_cur_be32(c) == 1)
		nfs4_skip(c, "88so");
}

static void stateids(struct dp_cur *c)
{
	uint32_t n = dp_cur_be32(c);

	if (n > WORDS_MAX)
		c->bad = true;
	else
		dp_cur_skip(c, n * 16);
}

static const char *layout_of(uint32_t op, bool results)
{
	for (unsigned i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (ops[i].op == op)
			return results ? ops[i].results : ops[i].args;
	return NULL;
}

bool nfs4_skip_args(struct dp_cur *c, uint32_t op)
{
	const char *layout = layout_of(op, false);

	if (layout)
		return nfs4_skip(c, layout);
	if (op == NFS4_LOCK)
		lock_args(c);
	else if (op == NFS4_EXCHANGE_ID)
		exchange_args(c);
	else if (op == NFS4_LAYOUTRETURN)
		layoutreturn_args(c);
	else if (op == NFS4_TEST_STATEID)
		stateids(c);
	else
		c->bad = true;
	return !c->bad;
}

/** Delegation at the end of an OPEN. */
static void delegation(struct dp_cur *c)
{
	uint32_t type = dp_cur_be32(c), why;

	if (type == 1) {
		nfs4_skip(c, "s4444o");
	} else if (type == 2) {
		nfs4_skip(c, "s4");
		nfs4_skip(c, dp_cur_be32(c) == 1 ? "8" : "44");
		nfs4_skip(c, "444o");
	} else if (type == 3) {
		why = dp_cur_be32(c);
		nfs4_skip(c, why == 1 || why == 2 ? "4" : "");
	}
}

static void flavors(struct dp_cur *c)
{
	uint32_t n = dp_cur_be32(c);

	for (uint32_t i = 0; i < n && i < WORDS_MAX && !c->bad; i++)
		if (dp_cur_be32(c) == NFS_AUTH_GSS)
			nfs4_skip(c, "o44");
}

bool nfs4_skip_results(struct dp_cur *c, uint32_t op)
{
	const char *layout = layout_of(op, true);

	if (layout)
		return nfs4_skip(c, layout);
	if (op == NFS4_OPEN) {
		nfs4_skip(c, "sc4b");
		delegation(c);
	} else if (op == NFS4_READDIR) {
		nfs4_skip(c, "8");
		while (!c->bad && dp_cur_be32(c) == 1)
			nfs4_skip(c, "8oa");
		dp_cur_skip(c, 4);
	} else if (op == NFS4_SECINFO || op == NFS4_SECINFO_NO_NAME) {
		flavors(c);
	} else if (op == NFS4_EXCHANGE_ID) {
		nfs4_skip(c, "844");
		nfs4_skip(c, dp_cur_be32(c) == 0 ? "8oo" : "*");
		if (dp_cur_left(c) && dp_cur_be32(c) == 1)
			nfs4_skip(c, "oo84");
	} else if (op == NFS4_LAYOUTRETURN) {
		nfs4_skip(c, dp_cur_be32(c) == 1 ? "s" : "");
	} else {
		c->bad = true;
	}
	return !c->bad;
}
