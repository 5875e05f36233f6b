// Spans of a model's generation.
#ifndef AXONIZE_LLM_SPAN_H
#define AXONIZE_LLM_SPAN_H

#include "span.h"

extern PyType_Spec llm_span_spec;

// A span that has not started; null with an exception set.
PyObject *llm_span_make(const SpanArguments *arguments, PyObject *labels);
// Notes the type of the exception that left the span; `name` may be null.
void llm_span_note_error(PyObject *self, PyObject *name);
// Adds what was measured to a live span that is about to end.
void llm_span_measure(PyObject *self);
// Hands the figures of a span that has ended to the sink.
void llm_span_report(PyObject *self);
// Sets the function that is called with every span's figures; null: none.
void llm_sink_set(PyObject *sink);

#endif
