/* SPDX-License-Identifier: Apache-2.0 */
/* Which codings a Content-Encoding names, as clients read it. */
#include "codec.h"

static int coding_of(struct dp_span w)
{
	if (dp_span_is(w, "gzip") || dp_span_is(w, "x-gzip"))
		return CODING_GZIP;
	if (dp_span_is(w, "deflate") || dp_span_is(w, "x-deflate"))
		return CODING_DEFLATE;
	if (dp_span_is(w, "br"))
		return CODING_BROTLI;
	if (dp_span_is(w, "lzma"))
		return CODING_LZMA;
	return -1;
}

void http_codec_event(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, unsigned event)
{
	const bool quiet = t->tx.quiet;

	if (x->a->proto != SIG_PROTO_HTTP1) { // HTTP/2 has names of its own, for two of them
		if (event != SIG_EV_HTTP1_GZIP_FAILED && event != SIG_EV_HTTP1_BOMB)
			return;
		event = event == SIG_EV_HTTP1_BOMB ? (unsigned)SIG_EV_HTTP2_BOMB
						   : (unsigned)SIG_EV_HTTP2_DECOMPRESSION;
	}
	t->tx.quiet = false;
	dp_tx_event(x, &t->tx, d, event);
	t->tx.quiet = quiet;
}

/** Known by another spelling, as clients take it. */
static int like(struct dp_span w)
{
	static const struct {
		const char *word;
		enum coding coding;
	} list[] = {{"gzip", CODING_GZIP}, {"deflate", CODING_DEFLATE}, {"lzma", CODING_LZMA}};

	for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (dp_span_find(w, list[i].word) != UINT32_MAX)
			return (int)list[i].coding;
	return -1;
}

/** One more layer of lzma than a site wants: none of what follows is undone. */
static bool refused(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, const uint8_t *list,
	unsigned n)
{
	const uint8_t max = x->c->conf->app.http_lzma_layers;
	unsigned have = 0;

	for (unsigned i = 0; i < n; i++)
		have += list[i] == CODING_LZMA;
	if (have < max)
		return false;
	http_codec_event(x, t, d, max ? SIG_EV_HTTP1_BOMB : SIG_EV_HTTP1_LZMA_DISABLED);
	return true;
}

unsigned http_codings(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct dp_span v,
	uint8_t *list)
{
	const unsigned limit = x->c->conf->app.http_layers;
	unsigned n = 0;
	uint32_t i = 0;

	while (i < v.n) {
		uint32_t from = i;
		struct dp_span w;
		int c;

		while (i < v.n && v.p[i] != ',')
			i++;
		w = dp_span_trim((struct dp_span){v.p + from, i - from});
		i++;
		if (w.n == 0 || dp_span_is(w, "identity") || dp_span_is(w, "inflate"))
			continue;
		c = coding_of(w);
		if (c < 0)
			c = like(w);
		if (c < 0 || coding_of(w) < 0)
			dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_CE_ABNORMAL);
		if (c < 0)
			continue;
		if (limit && n == limit)
			dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_ENC_LAYERS);
		if (n == HTTP_LAYERS_MAX || (c == CODING_LZMA && refused(x, t, d, list, n)))
			break;
		list[n++] = (uint8_t)c;
	}
	return n;
}
