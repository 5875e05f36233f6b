#include "arguments.h"

#include "warn.h"

static int place_of(Signature *signature, PyObject *name) {
  for (int place = 0; signature->names[place] != NULL; place++) {
    if (signature->interned[place] == NULL) {
      signature->interned[place] = PyUnicode_InternFromString(signature->names[place]);
      if (signature->interned[place] == NULL) {
        PyErr_Clear();
        continue;
      }
    }
    if (signature->interned[place] == name) return place;
  }
  for (int place = 0; signature->names[place] != NULL; place++) {
    if (PyUnicode_CompareWithASCIIString(name, signature->names[place]) == 0) return place;
  }
  return -1;
}

int arguments_parse(
    Signature *signature, PyObject *const *arguments, Py_ssize_t count, PyObject *names, PyObject **values) {
  for (int place = 0; signature->names[place] != NULL; place++) values[place] = NULL;
  if (count > signature->positional) {
    PyErr_Format(
        PyExc_TypeError, "%s() takes at most %d positional arguments (%zd given)", signature->function,
        signature->positional, count);
    return 0;
  }
  for (Py_ssize_t place = 0; place < count; place++) values[place] = arguments[place];
  Py_ssize_t named = names == NULL ? 0 : PyTuple_Size(names);
  for (Py_ssize_t index = 0; index < named; index++) {
    PyObject *name = PyTuple_GetItem(names, index);
    int place = place_of(signature, name);
    if (place < 0) {
      PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", signature->function, name);
      return 0;
    }
    if (values[place] != NULL) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", signature->function, name);
      return 0;
    }
    values[place] = arguments[count + index];
  }
  for (int place = 0; place < signature->required; place++) {
    if (values[place] == NULL) {
      PyErr_Format(
          PyExc_TypeError, "%s() missing required argument: '%s'", signature->function, signature->names[place]);
      return 0;
    }
  }
  return 1;
}

// Compares without regard to the case of ASCII's letters.
static int is_word(const char *text, const char *word) {
  for (;; text++, word++) {
    char lower = *text >= 'A' && *text <= 'Z' ? (char)(*text | 0x20) : *text;
    if (lower != *word) return 0;
    if (lower == 0) return 1;
  }
}

int word_of(PyObject *object, const char *const *words) {
  PyObject *name = PyUnicode_Check(object) ? Py_NewRef(object) : NULL;
  if (name == NULL && !PyLong_CheckExact(object)) name = PyObject_GetAttrString(object, "name");
  const char *text = name != NULL && PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
  int place = 0;
  while (text != NULL && words[place] != NULL && !is_word(text, words[place])) place++;
  int found = text != NULL && words[place] != NULL ? place : -1;
  Py_XDECREF(name);
  PyErr_Clear();
  return found;
}

uint64_t time_of(PyObject *value) {
  if (value == NULL || value == Py_None) return 0;
  if (PyLong_Check(value)) {
    unsigned long long time = PyLong_AsUnsignedLongLong(value);
    if (!PyErr_Occurred()) return time;
    PyErr_Clear();
  }
  warn_once(WARN_TIME, "a time is an int of nanoseconds since 1970, not %R; the present time is used", value);
  return 0;
}
