// The target is its headers; SwiftPM wants a source.
#include "axonize_core.h"

_Static_assert(sizeof(axz_tokens) + 4 * AXZ_TOKEN_BUCKETS == AXZ_TOKEN_RECORDER_BYTES, "the counts follow directly");
_Static_assert(offsetof(axz_core, dequeue_position) - offsetof(axz_core, enqueue_position) == 64, "own cache lines");
