/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the text, a word at a time. Letters, digits and '-' make words, so that "su-exec"
 * is one; dashes at a word's ends do not count ("${CMD:-gosu}").
 */
#include "source/script_words.h"

#include <string.h>

#include "base/macro.h"

#define WORD_MAX   17 /* "start-stop-daemon" */
#define TEXT_PROBE 256

static const char *const words[] = {
	"capsh",   "chpst",          "chroot",       "doas",    "exec-user", "gosu",
	"runuser", "s6-applyuidgid", "s6-setuidgid", "setpriv", "setuidgid", "start-stop-daemon",
	"su",      "su-exec",        "sudo",
};

static bool is_word_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       c == '-';
}

static bool is_step_down(const char *word, size_t len)
{
	while (len > 0 && *word == '-') {
		word++;
		len--;
	}
	while (len > 0 && word[len - 1] == '-')
		len--;
	if (len < 2 || len > WORD_MAX || !strchr("cdegrs", *word))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return true;
	}
	return false;
}

bool script_words_found(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		size_t start = at;

		while (at < size && is_word_byte((unsigned char)text[at]))
			at++;
		if (at > start && is_step_down(text + start, at - start))
			return true;
		at++;
	}
	return false;
}

bool script_words_text(const void *data, size_t size)
{
	/* A shell takes a file with a NUL in its first line for a binary, and so do we. */
	return !memchr(data, '\0', MIN(size, (size_t)TEXT_PROBE)) && !(size >= 4 && memcmp(data,
											   "\x7f"
											   "ELF",
											   4) == 0);
}
