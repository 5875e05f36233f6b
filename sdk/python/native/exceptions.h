// Exceptions as events of a span.
#ifndef AXONIZE_EXCEPTIONS_H
#define AXONIZE_EXCEPTIONS_H

#include "span.h"

// Adds an event "exception" with exception.type, .message, .stacktrace and .escaped
// (https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/). `attributes` may be null.
void exception_record(SpanObject *self, PyObject *error, PyObject *attributes, uint64_t time, int escaped);
// What `__exit__` does with an exception that leaves the span: records it and sets the status to error.
void exception_leave(SpanObject *self, PyObject *type, PyObject *error);

#endif
