/* SPDX-License-Identifier: Apache-2.0 */
#include "tree_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static int apply_line(struct file_tree *tree, char *line, struct error *err)
{
	char *words[6] = {}, *save = NULL;
	struct file_entry entry = {};
	struct file_inode *inode;
	size_t n = 0;

	for (char *word = strtok_r(line, " ", &save); word && n < 6;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	if (n < 2)
		return 0;
	entry.path = strcmp(words[1], "-") == 0 ? "" : words[1];
	if (line[0] == 'd' || line[0] == 'f' || line[0] == 'w') {
		entry.mode = (uint32_t)strtoul(n > 2 ? words[2] : "755", NULL, 8);
		entry.mode |= line[0] == 'd' ? S_IFDIR : S_IFREG;
		entry.uid = n > 3 ? strtoll(words[3], NULL, 10) : 0;
		entry.gid = n > 4 ? strtoll(words[4], NULL, 10) : 0;
		entry.verbatim = line[0] == 'w';
	} else if (line[0] == 'h') {
		entry.hardlink = true;
		entry.link = words[2];
		entry.mode = S_IFREG | (uint32_t)strtoul(n > 3 ? words[3] : "755", NULL, 8);
		entry.uid = n > 4 ? strtoll(words[4], NULL, 10) : 0;
		entry.gid = n > 5 ? strtoll(words[5], NULL, 10) : 0;
	} else if (line[0] == 'l') {
		entry.mode = S_IFLNK | 0777;
		entry.link = n > 2 ? words[2] : "";
	} else {
		entry.mode = S_IFCHR | 0600;
		entry.dev_major = (uint32_t)strtoul(words[2], NULL, 10);
		entry.dev_minor = (uint32_t)strtoul(words[3], NULL, 10);
	}
	return file_tree_apply(tree, &entry, &inode, err);
}

int tree_script(const struct limits *limits, uint32_t layer, const char *text,
		struct file_tree **ret, struct error *err)
{
	_cleanup_(file_tree_freep) struct file_tree *tree = NULL;
	_cleanup_free_ char *copy = strdup(text);
	char *save = NULL;
	int r;

	if (!copy)
		return error_oom(err);
	r = file_tree_new(limits, layer, &tree, err);
	for (char *line = strtok_r(copy, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save))
		r = apply_line(tree, line, err);
	if (r < 0)
		return r;
	*ret = TAKE(tree);
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *node_line(const struct file_node *node)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(1 << 20);
	const char *path = file_node_path(node, arena);
	const struct file_inode *inode = node->inode;
	char *line = NULL;
	char links[16] = "";
	int r;

	if (inode->nlink != 1)
		snprintf(links, sizeof(links), " *%u", inode->nlink);
	if (S_ISLNK(inode->mode))
		r = asprintf(&line, "%s -> %s%s\n", path, inode->target, links);
	else if (S_ISCHR(inode->mode))
		r = asprintf(&line, "%s char %llx%s\n", path, (unsigned long long)inode->size,
			     links);
	else
		r = asprintf(&line, "%s%s %o %u:%u%s\n", path, S_ISDIR(inode->mode) ? "/" : "",
			     inode->mode & 07777, inode->uid, inode->gid, links);
	return r < 0 ? NULL : line;
}

char *tree_dump(const struct file_tree *tree)
{
	struct strbuf text = STRBUF_INIT(1 << 20);
	struct file_node *node;
	char **lines = NULL;
	size_t n = 0;

	for (node = file_node_next(file_tree_root(tree)); node; node = file_node_next(node)) {
		lines = realloc(lines, (n + 1) * sizeof(*lines));
		lines[n++] = node->inode ? node_line(node) : strdup("(whiteout)\n");
	}
	if (n > 0)
		qsort(lines, n, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < n; i++) {
		strbuf_puts(&text, lines[i]);
		free(lines[i]);
	}
	free(lines);
	return strbuf_take(&text);
}
