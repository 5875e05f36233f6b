// The span types of Python.
#ifndef AXONIZE_SPAN_H
#define AXONIZE_SPAN_H

#include "native.h"

// Whether a span was made current: not, or it is, or it was left while it was not current.
enum { SPAN_OUTSIDE, SPAN_ENTERED, SPAN_LEFT };

typedef struct {
  PyObject_HEAD
  axz_span span;
  PyObject *name;         // str
  PyObject *trace_state;  // str, or null
  PyObject *previous;     // what was current before this span was entered, or null
  PyObject *token;        // of the context variable while the span is entered, or null
  // What was given when the span was made, until it starts.
  PyObject *attributes;
  PyObject *links;
  PyObject *parent;
  uint64_t start_time;
  uint32_t is_root;
  uint32_t place;         // SPAN_*
} SpanFields;

// A span takes one block of 512 bytes; what its fields leave holds attributes, about eight of usual size.
enum { SPAN_BLOCK = 512, SPAN_STORAGE = SPAN_BLOCK - sizeof(SpanFields) };

typedef struct {
  SpanFields fields;
  uint8_t storage[SPAN_STORAGE];
} SpanBlock;

typedef SpanFields SpanObject;

// What a span is made of.
typedef struct {
  PyObject *name;  // str
  PyObject *attributes, *links, *parent;  // or null
  uint64_t start_time;                    // 0: when it starts
  uint32_t kind, scope, is_root;
} SpanArguments;

// A span of the plain type that has not started; null with an exception set.
PyObject *span_make(const SpanArguments *arguments);
// Fills a span of either type.
void span_prepare(SpanObject *self, const SpanArguments *arguments);
// Frees what a span of either type holds, but not its memory.
void span_release(SpanObject *self);

// Starts a span under its parent, else under `current`, which was not left and may be null. Nothing when it has started before.
void span_start(SpanObject *self, PyObject *current);
// Ends a span; `end_time` 0: now.
void span_end(SpanObject *self, uint64_t end_time);
// Makes what was current before the span current again, if the span is current here.
void span_leave(SpanObject *self);

// `current`, or what was current before it if it was left already; borrowed like it.
PyObject *span_not_left(PyObject *current);
// Adds a link to a live span; false when `target` has no identity.
int span_add_link(SpanObject *self, PyObject *target, PyObject *attributes);
void span_dealloc(PyObject *self);

static inline int is_llm_span(PyObject *object) { return Py_TYPE(object) == native.llm_span_type; }
static inline int is_span(PyObject *object) { return Py_TYPE(object) == native.span_type || is_llm_span(object); }

// The identity of a span or of anything with trace_id, span_id and the like; false when it has none. `trace_state`
// becomes a new reference to a str, or null.
int context_of(PyObject *object, axz_context *context, PyObject **trace_state);

#endif
