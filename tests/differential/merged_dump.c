/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the merged file system of every image of the targets, for comparison with what runtimes
 * put on disk: "image NAME", then a line a name: mode (octal), uid, gid, device number or 0, path,
 * symlink target, xattrs as NAME=VALUE,... - strings in hex, "-" where there is none.
 */
#include <stdio.h>
#include <string.h>

#include "source/source.h"

static void print_hex(const void *data, size_t size)
{
	const unsigned char *at = data;

	if (size == 0)
		putchar('-');
	for (size_t i = 0; i < size; i++)
		printf("%02x", at[i]);
}

static int print_tree(const struct file_tree *tree, struct error *err)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(UINT64_MAX);
	struct file_node *node;

	if (!arena)
		return error_oom(err);
	FILE_TREE_FOREACH (tree, node) {
		const struct file_inode *inode = node->inode;
		const char *path = file_node_path(node, arena);
		bool device = S_ISCHR(inode->mode) || S_ISBLK(inode->mode);

		if (!path)
			return error_oom(err);
		printf("%o\t%u\t%u\t%llu\t", inode->mode, inode->uid, inode->gid,
		       device ? (unsigned long long)inode->size : 0);
		print_hex(path, strlen(path));
		putchar('\t');
		print_hex(inode->target, inode->target ? strlen(inode->target) : 0);
		putchar('\t');
		for (const struct file_xattr *x = inode->xattrs; x; x = x->next) {
			printf("%s=", x->name);
			print_hex(x->value, x->size);
			putchar(x->next ? ',' : ' ');
		}
		putchar('\n');
	}
	return 0;
}

static int dump_image(struct source *source, size_t index, const struct limits *limits,
		      struct error *err)
{
	const struct image *image = source_image(source, index);
	_cleanup_(file_tree_freep) struct file_tree *merged = NULL;
	struct body_wishes wishes = {};
	int r = file_tree_new(limits, 0, &merged, err);

	for (size_t i = 0; i < image->n_layers && r == 0; i++) {
		struct file_tree *layer = NULL;

		r = source_read_layer(source, index, i, &wishes, &layer, err);
		if (r == 0)
			r = file_tree_merge(merged, layer, err);
	}
	if (r < 0)
		return r;
	printf("image %s\n", image->name);
	return print_tree(merged, err);
}

int main(int argc, char **argv)
{
	struct limits limits = limits_default;
	struct source_options options = {.limits = &limits, .verify = true, .all_platforms = true};
	struct error err = {};
	int status = 0;

	for (int i = 1; i < argc; i++) {
		_cleanup_(source_freep) struct source *source = NULL;
		int r = source_open(argv[i], &options, &source, &err);

		for (size_t k = 0; r == 0 && k < source_n_images(source); k++)
			r = dump_image(source, k, &limits, &err);
		if (r < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], err.message);
			status = 2;
		}
	}
	return status;
}
