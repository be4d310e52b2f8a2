/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_priv.h"

/* Highest code in use by type; 0xff: the type is not known (IANA icmp-parameters). */
static const uint8_t icmp4_max_code[19] = {
	[0] = 0,
	[1] = 0xff,
	[2] = 0xff,
	[3] = 15,
	[4] = 0,
	[5] = 3,
	[6] = 0xff,
	[7] = 0xff,
	[8] = 0,
	[9] = 16,
	[10] = 0,
	[11] = 1,
	[12] = 2,
	[13] = 0,
	[14] = 0,
	[15] = 0,
	[16] = 0,
	[17] = 0,
	[18] = 0,
};

static void set_icmp(struct dec *x, uint32_t off, uint32_t end, enum dp_layer_type layer)
{
	struct dp_pkt *p = x->p;
	const uint8_t *b = x->d + off;

	if (!dec_layer(x, layer, off, 8))
		return;
	p->icmp_type = b[0];
	p->icmp_code = b[1];
	p->icmp_id = be16(b + 4);
	p->icmp_seq = be16(b + 6);
	p->l4_off = (uint16_t)off;
	p->l4_hdr_len = 8;
	p->payload = (struct dp_span){b + 8, end - off - 8};
}

/* An error quotes the header of the packet that caused it (RFC 792, RFC 4443 §2.4). */
static void quoted_v4(struct dec *x, uint32_t off, uint32_t end)
{
	if (end - off < 20)
		dec_event(x, SIG_DE_ICMPV4_IPV4_TRUNC_PKT);
	else if (x->d[off] >> 4 != 4)
		dec_event(x, SIG_DE_ICMPV4_IPV4_UNKNOWN_VER);
}

static void quoted_v6(struct dec *x, uint32_t off, uint32_t end)
{
	if (end - off < 40)
		dec_event(x, SIG_DE_ICMPV6_IPV6_TRUNC_PKT);
	else if (x->d[off] >> 4 != 6)
		dec_event(x, SIG_DE_ICMPV6_IPV6_UNKNOWN_VERSION);
}

void dec_icmpv4(struct dec *x, uint32_t off, uint32_t end)
{
	uint8_t type, code;

	x->ctx->cnt->icmpv4++;
	if (end - off < 8) {
		dec_event(x, SIG_DE_ICMPV4_PKT_TOO_SMALL);
		return;
	}
	set_icmp(x, off, end, DP_L_ICMP);
	type = x->d[off];
	code = x->d[off + 1];
	if (type >= sizeof(icmp4_max_code) || icmp4_max_code[type] == 0xff)
		dec_event(x, SIG_DE_ICMPV4_UNKNOWN_TYPE);
	else if (code > icmp4_max_code[type] || (type == 9 && code != 0 && code != 16))
		dec_event(x, SIG_DE_ICMPV4_UNKNOWN_CODE);
	else if ((type == 3 || type == 4 || type == 5 || type == 11 || type == 12) && end - off > 8)
		quoted_v4(x, off + 8, end);
}

/* Neighbour discovery and multicast listener messages (RFC 4861, RFC 2710, RFC 3810 ...). */
static void icmpv6_info(struct dec *x, uint8_t type, uint8_t code)
{
	switch (type) {
	case 128:
	case 129:
	case 133:
	case 134:
	case 135:
	case 136:
	case 137:
	case 141:
	case 142:
	case 144:
	case 145:
	case 146:
	case 147:
	case 148:
	case 149:
	case 151:
	case 152:
	case 153:
		if (code != 0)
			dec_event(x, SIG_DE_ICMPV6_UNKNOWN_CODE);
		break;
	case 130:
	case 131:
	case 132:
	case 143:
		if (code != 0)
			dec_event(x, SIG_DE_ICMPV6_UNKNOWN_CODE);
		if (x->p->ttl != 1)
			dec_event(x, SIG_DE_ICMPV6_MLD_MESSAGE_WITH_INVALID_HL);
		break;
	case 138:
		if (code > 1 && code != 255)
			dec_event(x, SIG_DE_ICMPV6_UNKNOWN_CODE);
		break;
	case 139:
	case 140:
		if (code > 2)
			dec_event(x, SIG_DE_ICMPV6_UNKNOWN_CODE);
		break;
	case 150:
	case 154:
		break;
	case 100:
	case 101:
	case 200:
	case 201:
		dec_event(x, SIG_DE_ICMPV6_EXPERIMENTATION_TYPE);
		break;
	default:
		if ((type > 4 && type < 100) || (type >= 155 && type < 200) ||
			(type > 201 && type < 255))
			dec_event(x, SIG_DE_ICMPV6_UNASSIGNED_TYPE);
		else
			dec_event(x, SIG_DE_ICMPV6_UNKNOWN_TYPE);
	}
}

void dec_icmpv6(struct dec *x, uint32_t off, uint32_t end)
{
	static const uint8_t error_max_code[5] = {0, 8, 0, 1, 10};
	uint8_t type, code;

	x->ctx->cnt->icmpv6++;
	if (end - off < 8) {
		dec_event(x, SIG_DE_ICMPV6_PKT_TOO_SMALL);
		return;
	}
	set_icmp(x, off, end, DP_L_ICMPV6);
	type = x->d[off];
	code = x->d[off + 1];
	if (type < 1 || type > 4)
		icmpv6_info(x, type, code);
	else if (code > error_max_code[type])
		dec_event(x, SIG_DE_ICMPV6_UNKNOWN_CODE);
	else
		quoted_v6(x, off + 8, end);
}
