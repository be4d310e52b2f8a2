/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"
#include <dp/hash.h>
#include <stdio.h>

static const char *version_code(uint16_t v)
{
	switch (v) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	case 0xfeff:
		return "d1";
	case 0xfefd:
		return "d2";
	case 0xfefc:
		return "d3";
	default:
		return "00";
	}
}

static unsigned sorted(const uint16_t *in, unsigned n, uint16_t *out, bool exts)
{
	unsigned m = 0;

	for (unsigned i = 0; i < n && i < 128; i++) {
		unsigned k = m;

		if (exts && (in[i] == 0 || in[i] == 16)) // name and protocol stand in the first part
			continue;
		while (k && out[k - 1] > in[i]) {
			out[k] = out[k - 1];
			k--;
		}
		out[k] = in[i];
		m++;
	}
	return m;
}

static unsigned join(char *text, const uint16_t *v, unsigned n)
{
	unsigned o = 0;

	for (unsigned i = 0; i < n; i++)
		o += (unsigned)sprintf(text + o, i ? ",%04x" : "%04x", v[i]);
	return o;
}

static void digest12(const char *text, unsigned n, char *out)
{
	uint8_t md[32];
	char hex[65];

	dp_hash_sha256(text, n, md);
	dp_hash_hex(md, 32, hex);
	memcpy(out, hex, 12);
	out[12] = 0;
}

static bool alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

void tls_ja4_text(const struct tls_ja4 *j, char lead, char out[40])
{
	static const char digit[] = "0123456789abcdef";
	char text[128 * 5 * 2 + 8], a[13] = "000000000000", b[13] = "000000000000";
	uint16_t list[128];
	char alpn[2] = {'0', '0'};
	unsigned n, o;

	if (j->alpn[0]) {
		bool plain = alnum(j->alpn[0]) && alnum(j->alpn[1]);

		alpn[0] = plain ? (char)j->alpn[0] : digit[j->alpn[0] >> 4];
		alpn[1] = plain ? (char)j->alpn[1] : digit[j->alpn[1] & 15];
	}
	n = sorted(j->cipher, j->n_cipher, list, false);
	if (n)
		digest12(text, join(text, list, n), a);
	n = sorted(j->ext, j->n_ext, list, true);
	o = join(text, list, n);
	text[o++] = '_';
	o += join(text + o, j->sig, j->n_sig < 128 ? j->n_sig : 128);
	if (j->n_ext)
		digest12(text, o, b);
	snprintf(out, 40, "%c%s%c%02u%02u%c%c_%s_%s", lead, version_code(j->version),
		j->sni ? 'd' : 'i', j->n_cipher > 99 ? 99 : j->n_cipher,
		j->n_ext > 99 ? 99 : j->n_ext, alpn[0], alpn[1], a, b);
}
