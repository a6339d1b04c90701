/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of transports share: opening with default options, and looking into layers. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/macro.h"
#include "source/source.h"
#include "tar_builder.h"

static inline struct source_options default_options(void)
{
	return (struct source_options){.limits = &limits_default, .verify = true};
}

/* Opens with options; on failure the message stands in err. */
static inline int open_with(const struct source_options *options, const char *target,
			    struct source **ret, struct error *err)
{
	*err = (struct error){};
	return source_open(target, options, ret, err);
}

/* Asserts that opening fails with this code and that the message holds `part`. */
static inline void expect_failure(const struct source_options *options, const char *target,
				  int code, const char *part)
{
	struct source *source = NULL;
	struct error err;
	int r = open_with(options, target, &source, &err);

	if (r != code || !strstr(err.message, part))
		fail_msg("%s: %d (%s), expected %d with \"%s\"", target, r, err.message, code,
			 part);
	assert_null(source);
}

static inline struct source *expect_open(const struct source_options *options, const char *target,
					 size_t n_images)
{
	struct source *source = NULL;
	struct error err;
	int r = open_with(options, target, &source, &err);

	if (r < 0)
		fail_msg("%s: %d (%s)", target, r, err.message);
	assert_int_equal(source_n_images(source), n_images);
	return source;
}

static inline struct file_tree *expect_layer(struct source *source, size_t image, size_t layer)
{
	struct body_wishes wishes = {};
	struct file_tree *tree = NULL;
	struct error err = {};
	int r = source_read_layer(source, image, layer, &wishes, &tree, &err);

	if (r < 0)
		fail_msg("layer %zu: %d (%s)", layer, r, err.message);
	return tree;
}

static inline void expect_layer_failure(struct source *source, size_t image, size_t layer, int code,
					const char *part)
{
	struct body_wishes wishes = {};
	struct file_tree *tree = NULL;
	struct error err = {};
	int r = source_read_layer(source, image, layer, &wishes, &tree, &err);

	if (r != code || !strstr(err.message, part))
		fail_msg("layer %zu: %d (%s), expected %d with \"%s\"", layer, r, err.message, code,
			 part);
	assert_null(tree);
}

static inline bool has_path(const struct file_tree *tree, const char *path)
{
	struct file_node *node;

	return file_tree_lookup(tree, NULL, path, false, &node) == 0;
}

/* The inode at a path, which must be there. */
static inline __attribute__((returns_nonnull)) struct file_inode *
inode_at(const struct file_tree *tree, const char *path)
{
	struct file_node *node = NULL;

	if (file_tree_lookup(tree, NULL, path, false, &node) < 0 || !node || !node->inode) {
		fail_msg("%s is missing", path);
		abort();
	}
	return node->inode;
}

/* The body kept of a file, which must be there. */
static inline __attribute__((returns_nonnull)) const struct file_body *
body_at(const struct file_tree *tree, const char *path)
{
	const struct file_body *body = inode_at(tree, path)->body;

	if (!body) {
		fail_msg("%s has no body", path);
		abort();
	}
	return body;
}

/* Standard input is another file meanwhile. as_pipe: through a child, so that it cannot be read
 * again; the child ends with the pipe. */
struct redirect {
	int saved;
	pid_t child;
};

static inline void copy_out(int from, int to)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0, written; at < n; at += written) {
			written = write(to, buf + at, (size_t)(n - at));
			if (written <= 0)
				_exit(0);
		}
	}
	_exit(0);
}

static inline struct redirect redirect_stdin(const char *path, bool as_pipe)
{
	struct redirect redirect = {.saved = dup(STDIN_FILENO), .child = -1};
	int fd = open(path, O_RDONLY | O_CLOEXEC), ends[2];

	assert_true(fd >= 0);
	if (as_pipe) {
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		signal(SIGPIPE, SIG_DFL);
		redirect.child = fork();
		assert_true(redirect.child >= 0);
		if (redirect.child == 0) {
			close(ends[0]);
			copy_out(fd, ends[1]);
		}
		close(ends[1]);
		close(fd);
		fd = ends[0];
	}
	dup2(fd, STDIN_FILENO);
	close(fd);
	return redirect;
}

static inline void redirect_end(struct redirect *redirect)
{
	dup2(redirect->saved, STDIN_FILENO);
	close(redirect->saved);
	if (redirect->child > 0)
		waitpid(redirect->child, NULL, 0);
}
