// Arguments of vectorcall functions by name, without the cost of the general parser.
#ifndef AXONIZE_ARGUMENTS_H
#define AXONIZE_ARGUMENTS_H

#include "native.h"

enum { ARGUMENTS_MAX = 10 };

typedef struct {
  const char *function;
  const char *names[ARGUMENTS_MAX + 1];  // ends with null
  int required;                          // how many of the first must be given
  int positional;                        // how many of the first may be given by place
  PyObject *interned[ARGUMENTS_MAX];     // filled at the first call by name
} Signature;

// Puts borrowed arguments into `values`, null where none was given. False with TypeError set, as for a function of
// Python.
int arguments_parse(
    Signature *signature, PyObject *const *arguments, Py_ssize_t count, PyObject *names, PyObject **values);

// None reads as not given.
static inline PyObject *not_none(PyObject *value) { return value == Py_None ? NULL : value; }

// The place of a text, or of the name of an enum's member, in a list that ends with null, in any case; -1 when it is
// not there. Sets no exception.
int word_of(PyObject *object, const char *const *words);

// A time in nanoseconds since 1970 from an int; 0 for none. What is no such number is warned of and reads as none.
uint64_t time_of(PyObject *value);

#endif
