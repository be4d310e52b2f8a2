/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/sink.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

int ctl_file_sink_open(struct ctl_file_sink *s, const char *path, bool truncate)
{
	*s = (struct ctl_file_sink){.fd = -1, .path = strdup(path)};
	if (s->path == NULL)
		return -ENOMEM;
	s->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (truncate ? O_TRUNC : 0), 0640);
	if (s->fd < 0) {
		s->error = errno;
		return -s->error;
	}
	return 0;
}

void ctl_file_sink_close(struct ctl_file_sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	*s = (struct ctl_file_sink){.fd = -1};
}

int ctl_file_sink_reopen(struct ctl_file_sink *s)
{
	int fd = open(s->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0) {
		s->error = errno;
		return -s->error;
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	s->error = 0;
	return 0;
}

int ctl_file_sink_write(struct ctl_file_sink *s, const char *p, size_t n)
{
	if (s->fd < 0) {
		s->lost_bytes += n;
		return -EBADF;
	}
	while (n) {
		ssize_t put = write(s->fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			s->error = put < 0 ? errno : EIO;
			s->lost_bytes += n;
			return -s->error;
		}
		p += put;
		n -= (size_t)put;
		s->bytes += (uint64_t)put;
	}
	s->error = 0;
	return 0;
}

int ctl_last_init(struct ctl_last *l, size_t size)
{
	*l = (struct ctl_last){.line = calloc(size, sizeof(char *)), .size = size};
	return l->line == NULL ? -ENOMEM : 0;
}

void ctl_last_fini(struct ctl_last *l)
{
	for (size_t i = 0; l->line != NULL && i < l->size; i++)
		free(l->line[i]);
	free(l->line);
	*l = (struct ctl_last){0};
}

void ctl_last_put(struct ctl_last *l, const char *text, size_t n)
{
	const char *end = text + n;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		char **slot = &l->line[l->next % l->size];

		if (stop == NULL)
			stop = end;
		free(*slot);
		*slot = strndup(text, (size_t)(stop - text));
		l->next++;
		text = stop + 1;
	}
}

const char *ctl_last_get(const struct ctl_last *l, uint64_t number)
{
	if (number >= l->next || number < ctl_last_oldest(l))
		return NULL;
	return l->line[number % l->size];
}

uint64_t ctl_last_oldest(const struct ctl_last *l)
{
	return l->next > l->size ? l->next - l->size : 0;
}
