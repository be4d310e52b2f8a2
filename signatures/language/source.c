/* SPDX-License-Identifier: Apache-2.0 */
/* What has to offer something for a keyword to work: the place where the keyword table meets parsers. */
#include "kw.h"

struct source {
	int (*parse)(struct sig_parser *p, const struct sig_keyword *kw, const struct sig_arg *arg);
	enum sig_kw_source source;
	int32_t id; /* OWN: the table's */
};
#define OWN (-1)

static const struct source sources[] = {
	{sig_kw_sticky, SIG_KW_BUFFER, OWN},
	{sig_kw_sticky_named, SIG_KW_BUFFER, OWN},
	{sig_kw_legacy, SIG_KW_BUFFER, OWN},
	{sig_kw_frame, SIG_KW_BUFFER, SIG_BUF_FRAME},
	{sig_kw_uricontent, SIG_KW_BUFFER, SIG_BUF_HTTP_URI},
	{sig_kw_urilen, SIG_KW_BUFFER, SIG_BUF_HTTP_URI},
	{sig_kw_number, SIG_KW_NUMBER, OWN},
	{sig_kw_tls_date, SIG_KW_NUMBER, OWN},
	{sig_kw_opnum, SIG_KW_NUMBER, SIG_NUM_DCERPC_OPNUM},
	{sig_kw_text_choice, SIG_KW_TEST, OWN},
	{sig_kw_plain, SIG_KW_TEST, OWN},
	{sig_kw_ssl_version, SIG_KW_TEST, SIG_OPT_SSL_VERSION},
	{sig_kw_ssl_state, SIG_KW_TEST, SIG_OPT_SSL_STATE},
	{sig_kw_dce_iface, SIG_KW_TEST, SIG_OPT_DCE_IFACE},
	{sig_kw_ticket_encryption, SIG_KW_TEST, SIG_OPT_KRB5_TICKET_ENC},
	{sig_kw_http2_settings, SIG_KW_TEST, SIG_OPT_HTTP2_SETTINGS},
	{sig_kw_ike_attribute, SIG_KW_TEST, SIG_OPT_IKE_SA_ATTRIBUTE},
	{sig_kw_modbus, SIG_KW_TEST, SIG_OPT_MODBUS},
	{sig_kw_dnp3_obj, SIG_KW_TEST, SIG_OPT_DNP3_OBJ},
	{sig_kw_cip_service, SIG_KW_TEST, SIG_OPT_CIP_SERVICE},
	{sig_kw_nfq_set_mark, SIG_KW_TEST, SIG_OPT_NFQ_SET_MARK},
};

enum sig_kw_source sig_keyword_source(const struct sig_keyword *kw, uint16_t *id)
{
	*id = 0;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (sources[i].parse != kw->parse)
			continue;
		*id = (uint16_t)(sources[i].id == OWN ? kw->id : sources[i].id);
		return sources[i].source;
	}
	return SIG_KW_ENGINE;
}

bool sig_keyword_idle(const struct sig_keyword *kw, sig_offers_fn *offers)
{
	uint16_t id;
	enum sig_kw_source source = sig_keyword_source(kw, &id);

	return offers && kw->status == SIG_KW_SUPPORTED && !offers(source, id);
}
