/* SPDX-License-Identifier: Apache-2.0 */
/* IMAP (RFC 9051): known by the server's greeting or a client's first command; not parsed. */
#include <dp/app.h>

#define TC SIG_DIR_TO_CLIENT

static const struct dp_app_pattern imap_patterns[] = {
	{TC, true, 0, 0, 5, "* OK "},
	{TC, true, 0, 0, 5, "* NO "},
	{TC, true, 0, 0, 6, "* BAD "},
	{TC, true, 0, 0, 7, "* LIST "},
	{TC, true, 0, 0, 8, "* FLAGS "},
	{TC, true, 0, 0, 9, "* STATUS "},
	{TC, true, 0, 0, 10, "* ESEARCH "},
	{TC, true, 0, 0, 10, "* PREAUTH "},
	{SIG_DIR_TO_SERVER, true, 0, 0, 12, "1 capability"},
};

const struct dp_app_desc dp_app_imap = {
	.proto = SIG_PROTO_IMAP,
	.tcp = true,
	.patterns = imap_patterns,
	.n_patterns = sizeof(imap_patterns) / sizeof(imap_patterns[0]),
	.ports = {143},
};
