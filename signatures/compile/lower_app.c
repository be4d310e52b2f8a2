/* SPDX-License-Identifier: Apache-2.0 */
/* Options about what a protocol's parser has found: files, sessions, messages. */
#include "lower_op.h"

/** What one protocol's own messages say. */
static int op_message(struct build *b, const struct sig_opt *q, struct sig_img_op *o)
{
	switch (q->kind) {
	case SIG_OPT_DCE_IFACE:
		lower_data(b, o, q->u.dce_iface.uuid, 16, 1);
		o->aux = q->u.dce_iface.any_frag;
		o->out = q->u.dce_iface.version_set;
		o->sub = (uint8_t)q->u.dce_iface.version.op;
		o->num[0] = (int64_t)q->u.dce_iface.version.a;
		o->num[1] = (int64_t)q->u.dce_iface.version.b;
		return 0;
	case SIG_OPT_KRB5_TICKET_ENC:
		lower_compare(b, o, &q->u.cmp);
		return 0;
	case SIG_OPT_HTTP2_SETTINGS:
	case SIG_OPT_IKE_SA_ATTRIBUTE:
	case SIG_OPT_DNP3_OBJ:
		o->sub = (uint8_t)q->u.keyed.cmp.op;
		o->num[0] = q->u.keyed.key;
		o->num[1] = (int64_t)q->u.keyed.cmp.a;
		o->num[2] = (int64_t)q->u.keyed.cmp.b;
		if (q->u.keyed.cmp.set_n)
			lower_data(b, o, q->u.keyed.cmp.set, q->u.keyed.cmp.set_n * 8, 8);
		o->x = q->u.keyed.text ? lower_name(q->u.keyed.text) : 0;
		return 0;
	case SIG_OPT_MODBUS:
		lower_data(b, o, &q->u.modbus, sizeof(q->u.modbus), 8);
		return 0;
	case SIG_OPT_CIP_SERVICE:
		lower_data(b, o, &q->u.cip, sizeof(q->u.cip), 8);
		return 0;
	case SIG_OPT_RPC:
		lower_data(b, o, &q->u.rpc, sizeof(q->u.rpc), 8);
		return 0;
	default: // ftp modes and other words
		lower_text(b, o, q->u.text);
		return 0;
	}
}

int lower_app(struct build *b, const struct sig_opt *q, struct sig_img_op *o)
{
	switch (q->kind) {
	case SIG_OPT_APP_PROTOCOL:
		o->ref = q->u.app_protocol.proto;
		o->aux = q->u.app_protocol.negated;
		o->sub = (uint8_t)q->u.app_protocol.mode;
		return 0;
	case SIG_OPT_APP_STATE:
		o->sub = (uint8_t)q->u.app_state.op;
		lower_text(b, o, q->u.app_state.state);
		return 0;
	case SIG_OPT_FILENAME:
	case SIG_OPT_FILEEXT:
	case SIG_OPT_FILEMAGIC:
	case SIG_OPT_TLS_SUBJECT:
	case SIG_OPT_TLS_ISSUERDN:
	case SIG_OPT_TLS_FINGERPRINT:
		o->aux = q->u.filetext.negated;
		lower_data(b, o, q->u.filetext.text.data, q->u.filetext.text.len, 1);
		return 0;
	case SIG_OPT_FILESTORE:
		o->sub = (uint8_t)q->u.filestore.dir;
		o->aux = (uint8_t)q->u.filestore.scope;
		return 0;
	case SIG_OPT_SSL_VERSION:
	case SIG_OPT_SSL_STATE:
	case SIG_OPT_NFQ_SET_MARK:
		o->num[0] = q->u.mask.mask;
		o->num[1] = q->u.mask.not_mask;
		return 0;
	default:
		return op_message(b, q, o);
	}
}
