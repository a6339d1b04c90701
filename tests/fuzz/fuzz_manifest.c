/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests, indexes, docker's manifest.json, and configurations: one text, read as each. */
#include "fuzz.h"
#include "source/image_config.h"
#include "source/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new(64 << 20);
	_cleanup_(image_freep) struct image *image = NULL;
	struct limits limits = fuzz_limits();
	struct config_layers layers;
	struct docker_item *items;
	struct manifest manifest;
	const char *text = (const char *)data;
	size_t n;

	if (!arena || image_new("fuzz", &image, NULL) < 0)
		return 0;
	if (manifest_parse(text, size, &limits, arena, &manifest, NULL) == 0 && !manifest.index)
		manifest_is_image(&manifest);
	manifest_parse_docker(text, size, &limits, arena, &items, &n, NULL);
	image_config_parse(text, size, &limits, image, &layers, NULL);
	return 0;
}
