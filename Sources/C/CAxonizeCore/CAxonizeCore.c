// The target is its headers; SwiftPM wants a source.
#include "axonize_core.h"

_Static_assert(sizeof(axz_tokens) + 4 * AXZ_TOKEN_BUCKETS == AXZ_TOKEN_RECORDER_BYTES, "the counts follow directly");
_Static_assert(offsetof(axz_core, fixed_clock) == 64 && offsetof(axz_core, slots_size) == 128, "what a span reads");
_Static_assert(offsetof(axz_core, enqueue_position) == 192, "what a span writes");
_Static_assert(offsetof(axz_core, dequeue_position) == 256, "what the consumer writes");
