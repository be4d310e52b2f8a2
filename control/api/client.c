/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/client.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#define CONNECT_MS 2000L
#define REQUEST_MS 120000L

const char *ctl_run_dir(void)
{
	const char *dir = getenv("SEKISHO_RUN_DIR");

	return dir != NULL && dir[0] ? dir : "/run/sekisho";
}

static size_t collect(char *p, size_t size, size_t n, void *arg)
{
	struct ctl_reply *r = arg;
	char *grown = realloc(r->body, r->len + size * n + 1);

	if (grown == NULL)
		return 0;
	r->body = grown;
	memcpy(grown + r->len, p, size * n);
	r->len += size * n;
	grown[r->len] = 0;
	return size * n;
}

struct stream {
	int (*chunk)(void *arg, const char *p, size_t n);
	void *arg;
};

static size_t hand_on(char *p, size_t size, size_t n, void *arg)
{
	struct stream *s = arg;

	return s->chunk(s->arg, p, size * n) ? 0 : size * n;
}

static CURL *open_curl(const char *path)
{
	char socket[256], url[1024];
	CURL *c = curl_easy_init();

	if (c == NULL)
		return NULL;
	snprintf(socket, sizeof(socket), "%s/%s", ctl_run_dir(), CTL_API_SOCKET);
	snprintf(url, sizeof(url), "http://sekishod%s", path);
	curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	return c;
}

static int error_of(CURLcode rc)
{
	switch (rc) {
	case CURLE_OK:
		return 0;
	case CURLE_COULDNT_CONNECT:
		return -ECONNREFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	default:
		return -EIO;
	}
}

int ctl_request(const char *method, const char *path, const void *body, size_t n, const char *type,
		struct ctl_reply *reply)
{
	struct curl_slist *headers = NULL;
	CURL *c = open_curl(path);
	char header[128];
	CURLcode rc;

	*reply = (struct ctl_reply){0};
	if (c == NULL)
		return -ENOMEM;
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, REQUEST_MS);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, reply);
	if (strcmp(method, "POST") == 0) {
		snprintf(header, sizeof(header), "Content-Type: %s", type ? type : "application/json");
		headers = curl_slist_append(headers, header);
		headers = curl_slist_append(headers, "Expect:");
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body ? body : "");
	}
	rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &reply->status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	return error_of(rc);
}

int ctl_stream(const char *path, int (*chunk)(void *arg, const char *p, size_t n), void *arg,
		long *status)
{
	struct stream s = {chunk, arg};
	CURL *c = open_curl(path);
	CURLcode rc;

	if (c == NULL)
		return -ENOMEM;
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, hand_on);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &s);
	rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
	curl_easy_cleanup(c);
	return rc == CURLE_WRITE_ERROR ? 0 : error_of(rc);
}

void ctl_reply_free(struct ctl_reply *r)
{
	free(r->body);
	*r = (struct ctl_reply){0};
}
