/* SPDX-License-Identifier: Apache-2.0 */
#include <sig/event.h>
#include <stddef.h>
#include <string.h>

_Static_assert(SIG_DE__COUNT <= SIG_SE__FIRST, "decoder events run into the stream events");
_Static_assert(SIG_SE__END <= SIG_EVENT__COUNT, "too many stream events");

const struct sig_event_info sig_event_info[SIG_EVENT__COUNT] = {
#define X(id, name, invalid) [SIG_DE_##id] = {name, false, invalid},
	SIG_DECODE_EVENTS(X)
#undef X
#define X(id, name) [SIG_SE_##id] = {name, true, false},
		SIG_STREAM_EVENTS(X)
#undef X
};

int sig_event_by_name(bool stream, const char *name)
{
	for (int i = 0; i < SIG_EVENT__COUNT; i++) {
		const struct sig_event_info *e = &sig_event_info[i];

		if (e->name != NULL && e->stream == stream && strcmp(e->name, name) == 0)
			return i;
	}
	return -1;
}
