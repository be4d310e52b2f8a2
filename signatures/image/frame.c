/* SPDX-License-Identifier: Apache-2.0 */
#include <sig/frame.h>
#include <string.h>
#include <strings.h>

const struct sig_frame_info sig_frame_info[SIG_FRAME__COUNT] = {
#define X(id, proto, name) {name, SIG_PROTO_##proto},
	SIG_FRAMES(X)
#undef X
};

bool sig_frame_any(enum sig_proto proto)
{
	for (unsigned i = SIG_FRAME_STREAM + 1; i < SIG_FRAME__COUNT; i++)
		if (sig_frame_info[i].proto == proto)
			return true;
	return false;
}

static bool in_proto(enum sig_proto proto, const char *name, enum sig_frame *frame)
{
	if (strcasecmp(name, sig_frame_info[SIG_FRAME_STREAM].name) == 0) {
		*frame = SIG_FRAME_STREAM;
		return sig_frame_any(proto);
	}
	for (unsigned i = SIG_FRAME_STREAM + 1; i < SIG_FRAME__COUNT; i++) {
		if (sig_frame_info[i].proto != proto || strcasecmp(sig_frame_info[i].name, name) != 0)
			continue;
		*frame = (enum sig_frame)i;
		return true;
	}
	return false;
}

bool sig_frame_find(enum sig_proto app, const char *text, enum sig_proto *proto,
	enum sig_frame *frame)
{
	const char *dot = strchr(text, '.');

	*proto = app == SIG_PROTO_HTTP_ANY ? SIG_PROTO_HTTP1 : app;
	if (in_proto(*proto, text, frame))
		return true;
	for (unsigned i = 0; dot && i < SIG_PROTO__COUNT; i++) {
		const size_t n = (size_t)(dot - text);

		if (strlen(sig_proto_rule_name[i]) != n ||
			strncasecmp(sig_proto_rule_name[i], text, n) != 0)
			continue;
		*proto = i == SIG_PROTO_HTTP_ANY ? SIG_PROTO_HTTP1 : (enum sig_proto)i;
		return in_proto(*proto, dot + 1, frame);
	}
	return false;
}
