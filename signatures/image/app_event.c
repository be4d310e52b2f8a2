/* SPDX-License-Identifier: Apache-2.0 */
#include <sig/app_event.h>
#include <stddef.h>
#include <strings.h>

#define X(id, name) name,
static const char *const applayer_names[] = {SIG_EVENTS_APPLAYER(X)};
#undef X
#define X(id, name) name,
static const char *const names_http1[] = {SIG_EVENTS_HTTP1(X) NULL};
static const char *const names_http2[] = {SIG_EVENTS_HTTP2(X) NULL};
static const char *const names_tls[] = {SIG_EVENTS_TLS(X) NULL};
static const char *const names_dns[] = {SIG_EVENTS_DNS(X) NULL};
static const char *const names_smtp[] = {SIG_EVENTS_SMTP(X) NULL};
static const char *const names_ftp[] = {SIG_EVENTS_FTP(X) NULL};
static const char *const names_ssh[] = {SIG_EVENTS_SSH(X) NULL};
static const char *const names_smb[] = {SIG_EVENTS_SMB(X) NULL};
static const char *const names_quic[] = {SIG_EVENTS_QUIC(X) NULL};
static const char *const names_modbus[] = {SIG_EVENTS_MODBUS(X) NULL};
static const char *const names_krb5[] = {SIG_EVENTS_KRB5(X) NULL};
static const char *const names_snmp[] = {SIG_EVENTS_SNMP(X) NULL};
static const char *const names_ntp[] = {SIG_EVENTS_NTP(X) NULL};
static const char *const names_sip[] = {SIG_EVENTS_SIP(X) NULL};
static const char *const names_dhcp[] = {SIG_EVENTS_DHCP(X) NULL};
static const char *const names_mqtt[] = {SIG_EVENTS_MQTT(X) NULL};
static const char *const names_rfb[] = {SIG_EVENTS_RFB(X) NULL};
static const char *const names_nfs[] = {SIG_EVENTS_NFS(X) NULL};
static const char *const names_ike[] = {SIG_EVENTS_IKE(X) NULL};
static const char *const names_pop3[] = {SIG_EVENTS_POP3(X) NULL};
static const char *const names_websocket[] = {SIG_EVENTS_WEBSOCKET(X) NULL};
static const char *const names_pgsql[] = {SIG_EVENTS_PGSQL(X) NULL};
static const char *const names_ldap[] = {SIG_EVENTS_LDAP(X) NULL};
static const char *const names_dnp3[] = {SIG_EVENTS_DNP3(X) NULL};
static const char *const names_enip[] = {SIG_EVENTS_ENIP(X) NULL};
static const char *const names_bittorrent[] = {SIG_EVENTS_BITTORRENT_DHT(X) NULL};
#undef X

static const char *const *const tables[SIG_PROTO__COUNT] = {
	[SIG_PROTO_HTTP1] = names_http1,
	[SIG_PROTO_HTTP_ANY] = names_http1,
	[SIG_PROTO_HTTP2] = names_http2,
	[SIG_PROTO_DOH2] = names_http2,
	[SIG_PROTO_TLS] = names_tls,
	[SIG_PROTO_DNS] = names_dns,
	[SIG_PROTO_MDNS] = names_dns,
	[SIG_PROTO_LLMNR] = names_dns,
	[SIG_PROTO_SMTP] = names_smtp,
	[SIG_PROTO_FTP] = names_ftp,
	[SIG_PROTO_SSH] = names_ssh,
	[SIG_PROTO_SMB] = names_smb,
	[SIG_PROTO_QUIC] = names_quic,
	[SIG_PROTO_MODBUS] = names_modbus,
	[SIG_PROTO_KRB5] = names_krb5,
	[SIG_PROTO_SNMP] = names_snmp,
	[SIG_PROTO_NTP] = names_ntp,
	[SIG_PROTO_SIP] = names_sip,
	[SIG_PROTO_DHCP] = names_dhcp,
	[SIG_PROTO_MQTT] = names_mqtt,
	[SIG_PROTO_RFB] = names_rfb,
	[SIG_PROTO_NFS] = names_nfs,
	[SIG_PROTO_IKE] = names_ike,
	[SIG_PROTO_POP3] = names_pop3,
	[SIG_PROTO_WEBSOCKET] = names_websocket,
	[SIG_PROTO_PGSQL] = names_pgsql,
	[SIG_PROTO_LDAP] = names_ldap,
	[SIG_PROTO_DNP3] = names_dnp3,
	[SIG_PROTO_ENIP] = names_enip,
	[SIG_PROTO_BITTORRENT_DHT] = names_bittorrent,
};

int sig_app_event_find(enum sig_proto proto, const char *name)
{
	const char *const *t = (unsigned)proto < SIG_PROTO__COUNT ? tables[proto] : NULL;

	for (int i = 0; t && t[i]; i++)
		if (!strcasecmp(t[i], name))
			return i;
	return -1;
}

const char *sig_app_event_name(enum sig_proto proto, unsigned event)
{
	const char *const *t = (unsigned)proto < SIG_PROTO__COUNT ? tables[proto] : NULL;

	for (unsigned i = 0; t && t[i]; i++)
		if (i == event)
			return t[i];
	return NULL;
}

int sig_applayer_event_find(const char *name)
{
	for (int i = 0; i < SIG_EV_APPLAYER__COUNT; i++)
		if (!strcasecmp(applayer_names[i], name))
			return i;
	return -1;
}

const char *sig_applayer_event_name(unsigned event)
{
	return event < SIG_EV_APPLAYER__COUNT ? applayer_names[event] : NULL;
}
