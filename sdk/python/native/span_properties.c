// What can be read of a span.
#include "span.h"
#include "span_methods.h"

// Writes the last `size` hexadecimal digits of 128 bits, and a NUL.
static void write_hex(char *text, uint64_t high, uint64_t low, int size) {
  static const char digits[] = "0123456789abcdef";
  text[size] = 0;
  for (int index = size - 1; index >= 0; index--) {
    text[index] = digits[low & 15];
    low = low >> 4 | high << 60;
    high >>= 4;
  }
}

static PyObject *hex(uint64_t high, uint64_t low, int size) {
  char text[33];
  write_hex(text, high, low, size);
  return PyUnicode_FromStringAndSize(text, size);
}

// An int of 128 bits.
static PyObject *wide(uint64_t high, uint64_t low) {
  if (high == 0) return PyLong_FromUnsignedLongLong(low);
  char text[33];
  write_hex(text, high, low, 32);
  return PyLong_FromString(text, NULL, 16);
}

static PyObject *get_name(PyObject *self, void *unused) { return Py_NewRef(((SpanObject *)self)->name); }

static PyObject *get_trace_id(PyObject *self, void *unused) {
  axz_span *span = &((SpanObject *)self)->span;
  return wide(span->trace_high, span->trace_low);
}

static PyObject *get_span_id(PyObject *self, void *unused) {
  return PyLong_FromUnsignedLongLong(((SpanObject *)self)->span.span_id);
}

static PyObject *get_parent_span_id(PyObject *self, void *unused) {
  axz_span *span = &((SpanObject *)self)->span;
  if (!(span->flags & AXZ_SPAN_HAS_PARENT)) return Py_NewRef(Py_None);
  return PyLong_FromUnsignedLongLong(span->parent_id);
}

static PyObject *get_trace_id_hex(PyObject *self, void *unused) {
  axz_span *span = &((SpanObject *)self)->span;
  return hex(span->trace_high, span->trace_low, 32);
}

static PyObject *get_span_id_hex(PyObject *self, void *unused) {
  return hex(0, ((SpanObject *)self)->span.span_id, 16);
}

static PyObject *get_trace_state(PyObject *self, void *unused) {
  PyObject *state = ((SpanObject *)self)->trace_state;
  return state != NULL ? Py_NewRef(state) : PyUnicode_FromString("");
}

static PyObject *get_is_sampled(PyObject *self, void *unused) {
  return PyBool_FromLong(((SpanObject *)self)->span.flags & AXZ_SPAN_SAMPLED);
}

static PyObject *get_has_remote_parent(PyObject *self, void *unused) {
  return PyBool_FromLong(((SpanObject *)self)->span.flags & AXZ_SPAN_REMOTE_PARENT);
}

static PyObject *time_or_none(uint64_t time) {
  return time == 0 ? Py_NewRef(Py_None) : PyLong_FromUnsignedLongLong(time);
}

static PyObject *get_start_time(PyObject *self, void *unused) {
  return time_or_none(((SpanObject *)self)->span.start);
}

static PyObject *get_end_time(PyObject *self, void *unused) { return time_or_none(((SpanObject *)self)->span.end); }

PyGetSetDef span_properties[] = {
    {"name", get_name, NULL, NULL, NULL},
    {"trace_id", get_trace_id, NULL, NULL, NULL},
    {"span_id", get_span_id, NULL, NULL, NULL},
    {"parent_span_id", get_parent_span_id, NULL, NULL, NULL},
    {"trace_id_hex", get_trace_id_hex, NULL, NULL, NULL},
    {"span_id_hex", get_span_id_hex, NULL, NULL, NULL},
    {"trace_state", get_trace_state, NULL, NULL, NULL},
    {"is_sampled", get_is_sampled, NULL, NULL, NULL},
    {"has_remote_parent", get_has_remote_parent, NULL, NULL, NULL},
    {"start_time", get_start_time, NULL, NULL, NULL},
    {"end_time", get_end_time, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
