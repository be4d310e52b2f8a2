/* SPDX-License-Identifier: Apache-2.0 */
/* Security blobs of session setup: NTLMSSP (MS-NLMP section 2.2.1.3) and Kerberos AP-REQ. */
#include "smb.h"
#include "../ber.h"
#include <stdio.h>

#define NTLM_AUTHENTICATE 3u
#define NTLM_HAS_VERSION 0x02000000u

static const uint8_t *find(struct dp_span d, const char *what, uint32_t n)
{
	return d.n >= n ? memmem(d.p, d.n, what, n) : NULL;
}

/** Length, allocated length and offset of a field, then its bytes. */
static struct dp_span field(struct dp_cur *c)
{
	uint16_t len = dp_cur_le16(c);
	uint32_t off;
	struct dp_cur at = *c;

	dp_cur_skip(c, 2);
	off = dp_cur_le32(c);
	dp_cur_seek(&at, off);
	at.bad = false;
	if (off > c->n || len > c->n - off) {
		c->bad = true;
		return (struct dp_span){0};
	}
	return (struct dp_span){c->p + off, len};
}

static void ntlm(struct dp_app_ctx *x, struct smb_tx *tx, struct dp_span d)
{
	struct dp_cur c = dp_cur_of(d.p, d.n);
	struct dp_span domain, user, host;
	uint32_t flags;
	char text[48];

	dp_cur_skip(&c, 8);
	if (dp_cur_le32(&c) != NTLM_AUTHENTICATE)
		return;
	dp_cur_skip(&c, 16); /* the two responses */
	domain = field(&c);
	user = field(&c);
	host = field(&c);
	dp_cur_skip(&c, 8); /* session key */
	flags = dp_cur_le32(&c);
	if (c.bad) {
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMB_NTLMSSP);
		return;
	}
	tx->u.sess.ntlm = true;
	smb_text(x, &tx->u.sess.domain, domain.p, domain.n);
	smb_text(x, &tx->u.sess.user, user.p, user.n);
	smb_text(x, &tx->u.sess.host, host.p, host.n);
	if (flags & NTLM_HAS_VERSION) {
		unsigned major = dp_cur_u8(&c), minor = dp_cur_u8(&c), build = dp_cur_le16(&c);

		dp_cur_skip(&c, 3);
		snprintf(text, sizeof(text), "%u.%u build %u rev %u", major, minor, build,
			dp_cur_u8(&c));
		if (!c.bad)
			dp_bytes_set(x->c, &tx->u.sess.version, text, (uint32_t)strlen(text), 64);
	}
}

/** One element: its tag, 0 where there is none, and its contents. */
static uint8_t der(struct dp_span *s, struct dp_span *inner)
{
	struct dp_ber e;

	if (dp_ber_next(s, &e))
		return 0;
	*inner = e.body;
	return e.tag;
}

/** The element with tag `want` among those in s. */
static bool der_find(struct dp_span s, uint8_t want, struct dp_span *inner)
{
	uint8_t tag;

	while ((tag = der(&s, inner)) != 0)
		if (tag == want)
			return true;
	return false;
}

/** RFC 4120 section 5.5.1: AP-REQ { .. ticket [3] Ticket { .., realm [1], sname [2] } .. }. */
static void kerberos(struct dp_app_ctx *x, struct smb_tx *tx, struct dp_span c)
{
	struct dp_span a, seq, ticket, t, realm, sname, names, one;

	if (der(&c, &a) != 0x6e || der(&a, &seq) != 0x30 || !der_find(seq, 0xa3, &ticket))
		return;
	if (der(&ticket, &t) != 0x61 || der(&t, &seq) != 0x30 || !der_find(seq, 0xa1, &realm))
		return;
	if (der(&realm, &one) != 0x1b)
		return;
	dp_bytes_set(x->c, &tx->u.sess.realm, one.p, one.n, SMB_NAME_MAX);
	tx->u.sess.krb = true;
	if (!der_find(seq, 0xa2, &sname) || der(&sname, &t) != 0x30 || !der_find(t, 0xa1, &names) ||
		der(&names, &t) != 0x30)
		return;
	while (t.n && der(&t, &one) == 0x1b) {
		dp_bytes_add(x->c, &tx->u.sess.snames, one.p, one.n, SMB_NAME_MAX);
		dp_bytes_add(x->c, &tx->u.sess.snames, "", 1, SMB_NAME_MAX);
	}
}

void smb_secblob(struct dp_app_ctx *x, struct smb_tx *tx, struct dp_span blob)
{
	/* Kerberos 5 mechanism, then the token id of an AP-REQ (RFC 4121 section 4.1) */
	static const char krb[] = "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00";
	const uint8_t *p = find(blob, "NTLMSSP\0", 8);

	if (p) {
		ntlm(x, tx, (struct dp_span){p, blob.n - (uint32_t)(p - blob.p)});
		return;
	}
	p = find(blob, krb, sizeof(krb) - 1);
	if (p) {
		p += sizeof(krb) - 1;
		kerberos(x, tx, (struct dp_span){p, blob.n - (uint32_t)(p - blob.p)});
	}
}
