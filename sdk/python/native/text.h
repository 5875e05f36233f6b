// Text of Python objects as UTF-8.
#ifndef AXONIZE_TEXT_H
#define AXONIZE_TEXT_H

#include "native.h"

// Bytes that stay valid while `owner`, or the object they were taken from, lives.
typedef struct {
  const uint8_t *bytes;
  size_t size;
  PyObject *owner;  // to be released by text_release; often null
} Text;

// The UTF-8 of a str; lone surrogates, which UTF-8 cannot say, become "?". False with an exception set when memory is
// out or `object` is no str.
static inline int text_of(PyObject *object, Text *text);
int text_of_invalid(PyObject *object, Text *text);

static inline void text_release(Text *text) { Py_XDECREF(text->owner); }

static inline int text_of(PyObject *object, Text *text) {
  Py_ssize_t size;
  const char *bytes = PyUnicode_AsUTF8AndSize(object, &size);
  if (bytes == NULL) return text_of_invalid(object, text);
  text->bytes = (const uint8_t *)bytes;
  text->size = (size_t)size;
  text->owner = NULL;
  return 1;
}

#endif
