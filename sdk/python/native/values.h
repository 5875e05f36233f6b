// Attribute values of Python as OTLP's AnyValue.
#ifndef AXONIZE_VALUES_H
#define AXONIZE_VALUES_H

#include "native.h"

// How deep lists and dicts may lie in each other; what lies deeper is written as its string.
enum { VALUE_DEPTH_MAX = 8 };

// Sets an attribute; never leaves an exception. A key that is no text, or empty, is ignored with a warning.
void attribute_set(axz_core *core, axz_span *span, PyObject *key, PyObject *value);
// Sets every item of a mapping, or of an iterable of pairs.
void attributes_set(axz_core *core, axz_span *span, PyObject *attributes);
// Writes the items of a mapping as KeyValue fields with the number `field`, at most `limit` of them; returns how many
// were left out.
uint32_t attributes_encode(
    axz_core *core, axz_buffer *buffer, uint32_t field, PyObject *attributes, uint32_t limit);

#endif
