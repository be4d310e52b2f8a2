/* SPDX-License-Identifier: Apache-2.0 */
/** Every protocol, one line each. Order is order of trial in detection. */
#ifndef DP_APP_REGISTRY_H
#define DP_APP_REGISTRY_H

#include <dp/app.h>

#define DP_APP_PROTOCOLS(X)                                                                        \
	X(websocket)                                                                               \
	X(tls)                                                                                     \
	X(http1)                                                                                   \
	X(http2)                                                                                   \
	X(doh2)                                                                                    \
	X(ssh)                                                                                     \
	X(smb)                                                                                     \
	X(dcerpc)                                                                                  \
	X(ftp)                                                                                     \
	X(ftp_data)                                                                                \
	X(smtp)                                                                                    \
	X(rfb)                                                                                     \
	X(pop3)                                                                                    \
	X(tftp)                                                                                    \
	X(mqtt)                                                                                    \
	X(quic)                                                                                    \
	X(sip)                                                                                     \
	X(pgsql)                                                                                   \
	X(ldap)                                                                                    \
	X(dhcp)                                                                                    \
	X(ike)                                                                                     \
	X(snmp)                                                                                    \
	X(krb5)                                                                                    \
	X(dnp3)                                                                                    \
	X(nfs)                                                                                     \
	X(enip)                                                                                    \
	X(modbus)                                                                                  \
	X(rdp)                                                                                     \
	X(ntp)                                                                                     \
	X(imap)                                                                                    \
	X(telnet)                                                                                  \
	X(bittorrent_dht)                                                                          \
	X(dns)                                                                                     \
	X(mdns)

#define X(id) extern const struct dp_app_desc dp_app_##id;
DP_APP_PROTOCOLS(X)
#undef X

#endif
