/* SPDX-License-Identifier: Apache-2.0 */
/** Which kinds of SMB records an output shows. */
#include "eve_internal.h"

#include <string.h>

const char *const ctl_smb_type[] = {"file", "tree_connect", "negotiate", "dcerpc", "create",
	"session_setup", "ioctl", "rename", "set_file_path_info", "generic", NULL};
enum { FILES, TREE_CONNECT, NEGOTIATE, DCERPC, CREATE, SESSION_SETUP, IOCTL, RENAME, SET_INFO,
	GENERIC };

static bool ends(const struct dp_rec_tok *t, const char *what)
{
	size_t n = strlen(what);

	return t->n >= n && memcmp(t->p + t->n - n, what, n) == 0;
}

static unsigned by_command(const struct dp_rec_tok *t)
{
	static const struct {
		const char *end;
		unsigned type;
	} known[] = {{"_NEGOTIATE_PROTOCOL", NEGOTIATE}, {"_SESSION_SETUP", SESSION_SETUP},
		{"_SESSION_SETUP_ANDX", SESSION_SETUP}, {"_TREE_CONNECT", TREE_CONNECT},
		{"_TREE_CONNECT_ANDX", TREE_CONNECT}, {"2_COMMAND_CREATE", CREATE},
		{"_NT_CREATE_ANDX", CREATE}, {"_OPEN_ANDX", CREATE}, {"_IOCTL", IOCTL},
		{"_READ", FILES}, {"_READ_ANDX", FILES}, {"_WRITE", FILES}, {"_WRITE_ANDX", FILES}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (ends(t, known[i].end))
			return known[i].type;
	return GENERIC;
}

bool eve_smb_wanted(const struct ctl_eve *e, struct eve_tree t)
{
	struct eve_member smb, m;
	unsigned type = GENERIC;

	if (e->opt.smb_types == 0 || !eve_tree_find(t, "smb", &smb))
		return true;
	if (eve_tree_find(smb.inside, "dcerpc", &m))
		type = DCERPC;
	else if (eve_tree_find(smb.inside, "rename", &m))
		type = RENAME;
	else if (eve_tree_find(smb.inside, "set_info", &m))
		type = SET_INFO;
	else if (eve_tree_find(smb.inside, "command", &m) && m.tok.kind == DP_REC_STR)
		type = by_command(&m.tok);
	return e->opt.smb_types & 1u << type;
}
