/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: config.Entrypoint, Cmd, Env, WorkingDir and the merged tree. Out: calls to a visitor. Limits:
 * shells within shells DEPTH_MAX deep, WRAPPERS_MAX wrappers in a row, WORDS_MAX words, texts of
 * less than ARGUMENT_MAX bytes; scripts that scripts start are not followed. Specification: OCI
 * image-spec config.md, execvp(3), sh(1).
 */
#include "check/entrypoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check/accounts.h"
#include "check/stepdown.h"

#define DEPTH_MAX            4
#define WRAPPERS_MAX         16
#define WORDS_MAX            4096
#define ARGUMENT_MAX         (128U << 10) /* MAX_ARG_STRLEN: execve(2) takes no longer one */
#define PATH_MAX_DIRECTORIES 64

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct walk {
	const struct image *image;
	const struct entry_visitor *visitor;
	struct arena *arena;
	const struct file_node *directory; /* WorkingDir, NULL: the root */
	unsigned int depth;
	struct error *err;
};

/* A command with where it stands. */
struct command {
	struct entry_origin origin;
	const struct shell_word *words;
	size_t n_words;
};

static int walk_command(struct walk *walk, struct command command);

const char *entry_env(const struct image *image, const char *name, size_t name_len)
{
	const struct string_list *env = &image->config.env;

	for (size_t i = 0; i < env->len; i++) {
		const char *row = env->items[i];

		if (strncmp(row, name, name_len) == 0 && row[name_len] == '=')
			return row + name_len + 1;
	}
	return NULL;
}

static const struct file_node *find_file(struct walk *walk, const char *path)
{
	struct file_node *node;

	if (file_tree_lookup(walk->image->tree, walk->directory, path, true, &node) < 0)
		return NULL;
	return S_ISREG(node->inode->mode) ? node : NULL;
}

/* A name without a slash is looked for in PATH. *ret is NULL when there is no such file. */
static int find_program(struct walk *walk, const char *name, const struct file_node **ret)
{
	const char *path = entry_env(walk->image, "PATH", 4);

	*ret = NULL;
	if (!walk->image->tree || !*name)
		return 0;
	if (strchr(name, '/')) {
		*ret = find_file(walk, name);
		return 0;
	}
	if (!path)
		path = default_path;
	for (size_t i = 0; i < PATH_MAX_DIRECTORIES && !*ret; i++) {
		size_t len = strcspn(path, ":");
		const char *candidate = arena_printf(walk->arena, "%.*s%s%s", (int)len, path,
						     len > 0 ? "/" : "", name);

		if (!candidate)
			return check_out_of_room(walk->arena, walk->err);
		*ret = find_file(walk, candidate);
		if (!path[len])
			break;
		path += len + 1;
	}
	return 0;
}

static int walk_text(struct walk *walk, struct entry_origin origin, const char *text, size_t size)
{
	struct shell_command *commands;
	size_t n;
	int r;

	if (walk->depth >= DEPTH_MAX || (!origin.script && size >= ARGUMENT_MAX))
		return 0;
	r = shell_split(text, size, walk->arena, &commands, &n, walk->err);
	if (r < 0)
		return r;
	walk->depth++;
	for (size_t i = 0; i < n && r == 0; i++) {
		struct command command = {origin, commands[i].words, commands[i].n_words};

		if (origin.script && !origin.line)
			command.origin.line = commands[i].line;
		r = walk_command(walk, command);
	}
	walk->depth--;
	return r;
}

/* "#!/bin/sh", "#!/usr/bin/env bash", "#!/command/with-contenv sh", or nothing at all. */
static bool is_shell_script(const struct file_body *body)
{
	const char *text = body->data, *at;
	char line[128];

	if (body->size < 2 || strncmp(text, "#!", 2) != 0)
		return true;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	at = line + 2 + strspn(line + 2, " \t");
	while (*at) {
		size_t len = strcspn(at, " \t");
		const char *name;

		line[at - line + (ptrdiff_t)len] = '\0';
		name = stepdown_base_name(at);
		if (stepdown_is_shell(name) || strcmp(name, "execlineb") == 0)
			return true;
		if (strcmp(name, "env") != 0 && strcmp(name, "with-contenv") != 0 &&
		    strcmp(name, "busybox") != 0 && *name != '-')
			return false;
		if (at + len >= line + sizeof(line) - 1)
			return false;
		at += len + 1;
		at += strspn(at, " \t");
	}
	return false;
}

static int walk_script(struct walk *walk, struct entry_origin origin, const char *name)
{
	const struct entry_visitor *visitor = walk->visitor;
	const struct file_body *body;
	const struct file_node *node = NULL;
	int r = visitor->name ? visitor->name(visitor->data, name) : 0;

	if (r == 0)
		r = find_program(walk, name, &node);
	if (r < 0 || !node)
		return r;
	if (visitor->script)
		r = visitor->script(visitor->data, node);
	body = node->inode->body;
	if (r < 0 || !visitor->command || !body || body->kind != BODY_WHOLE)
		return r;
	if (!is_shell_script(body))
		return 0;
	origin.script = node;
	return walk_text(walk, origin, body->data, body->size);
}

/* The operand behind a shell's options: a text with -c, else a script. */
static int walk_shell(struct walk *walk, const struct command *command)
{
	bool text = false;
	size_t at = 1;

	for (; at < command->n_words; at++) {
		const char *word = command->words[at].text;

		if ((*word != '-' && *word != '+') || !word[1])
			break;
		if (strcmp(word, "--") == 0) {
			at++;
			break;
		}
		if (word[1] != '-' && strchr(word, 'c'))
			text = true;
		if (word[1] != '-' && strpbrk(word, "oO"))
			at++; /* the name of an option */
	}
	if (at >= command->n_words)
		return 0;
	if (text)
		return walk_text(walk, command->origin, command->words[at].text,
				 strlen(command->words[at].text));
	if (command->origin.script)
		return 0;
	return walk_script(walk, command->origin, command->words[at].text);
}

static int walk_command(struct walk *walk, struct command command)
{
	const struct entry_visitor *visitor = walk->visitor;
	int r = 0;

	for (size_t i = 0, skip = 1; skip > 0 && i < WRAPPERS_MAX; i++) {
		skip = stepdown_skip_wrapper(command.words, command.n_words);
		command.words += skip;
		command.n_words -= skip;
	}
	if (command.n_words == 0)
		return 0;
	if (visitor->command)
		r = visitor->command(visitor->data, &command.origin, command.words,
				     command.n_words);
	if (r < 0)
		return r;
	if (stepdown_is_shell(stepdown_base_name(command.words[0].text)))
		return walk_shell(walk, &command);
	if (command.origin.script)
		return 0;
	return walk_script(walk, command.origin, command.words[0].text);
}

static int walk_argv(struct walk *walk, const char *field, const struct string_list *first,
		     const struct string_list *second)
{
	size_t n = MIN(first->len + (second ? second->len : 0), (size_t)WORDS_MAX);
	struct shell_word *words;

	if (n == 0)
		return 0;
	words = arena_calloc(walk->arena, n, sizeof(*words));
	if (!words)
		return check_out_of_room(walk->arena, walk->err);
	for (size_t i = 0; i < n; i++)
		words[i].text = i < first->len ? first->items[i] : second->items[i - first->len];
	return walk_command(walk, (struct command){{.field = field}, words, n});
}

int entry_walk(const struct image *image, struct arena *arena, const struct entry_visitor *visitor,
	       struct error *err)
{
	const struct image_config *config = &image->config;
	struct walk walk = {.image = image, .visitor = visitor, .arena = arena, .err = err};
	struct file_node *directory;
	int r = 0;

	if (image->tree && config->working_dir && *config->working_dir &&
	    file_tree_lookup(image->tree, NULL, config->working_dir, true, &directory) == 0)
		walk.directory = directory;
	if (config->entrypoint.len > 0)
		r = walk_argv(&walk, "config.Entrypoint", &config->entrypoint, &config->cmd);
	/* The command is the entrypoint's argument then; most entrypoints execute it. */
	if (r == 0)
		r = walk_argv(&walk, "config.Cmd", &config->cmd, NULL);
	return r;
}
