// The CPython types over the core. Limited API of 3.10, so that one build serves every later version.
#ifndef AXONIZE_NATIVE_H
#define AXONIZE_NATIVE_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030A0000
#endif
#include <Python.h>

#include "axonize_core.h"

// What the module keeps. Sub-interpreters are refused, so there is one of it.
typedef struct {
  axz_core *core;  // never null; one that samples nothing until the SDK is started
  PyTypeObject *span_type;
  PyTypeObject *llm_span_type;
  // What a span of a model's generation does when an exception leaves it, and before and after it ends: what all spans
  // share does not know that type. `name`, the exception's type, may be null.
  void (*llm_span_did_fail)(PyObject *self, PyObject *name);
  void (*llm_span_will_end)(PyObject *self);
  void (*llm_span_did_end)(PyObject *self);
} Native;

extern Native native;

// Puts a new reference in the place of an old one.
static inline void replace(PyObject **place, PyObject *object) {
  PyObject *old = *place;
  *place = object;
  Py_XDECREF(old);
}

#endif
