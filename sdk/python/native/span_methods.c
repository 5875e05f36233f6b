// The methods of spans. None raises for a bad value: what cannot be recorded is left out, counted and warned of.
#include "span_methods.h"

#include "arguments.h"
#include "contextvar.h"
#include "exceptions.h"
#include "span.h"
#include "text.h"
#include "values.h"
#include "warn.h"

static inline int is_recording(SpanObject *self) {
  return self->span.state == AXZ_SPAN_LIVE && (self->span.flags & AXZ_SPAN_SAMPLED);
}

// MARK: Life

// Takes a reference to a current span that was left and gives one to what was current before it, or null.
static PyObject *take_not_left(PyObject *current) {
  PyObject *kept = span_not_left(current);
  Py_XINCREF(kept);
  Py_DECREF(current);
  return kept;
}

PyObject *span_enter(PyObject *object, PyObject *unused) {
  SpanObject *self = (SpanObject *)object;
  PyObject *previous = current_get();
  if (previous != NULL && is_span(previous) && ((SpanObject *)previous)->place == SPAN_LEFT) {
    previous = take_not_left(previous);
  }
  span_start(self, previous);
  PyObject *token = self->place == SPAN_ENTERED ? NULL : current_set(object);
  if (token == NULL) {
    PyErr_Clear();
    Py_XDECREF(previous);
  } else {
    self->place = SPAN_ENTERED;
    self->token = token;
    replace(&self->previous, previous);
  }
  return Py_NewRef(object);
}

PyObject *span_exit(PyObject *object, PyObject *const *arguments, Py_ssize_t count) {
  SpanObject *self = (SpanObject *)object;
  axz_expect_record(native.core);
  if (count > 0 && arguments[0] != Py_None) exception_leave(self, arguments[0], count > 1 ? arguments[1] : NULL);
  span_end(self, 0);
  span_leave(self);
  return Py_NewRef(Py_None);
}

static PyObject *start(PyObject *object, PyObject *unused) {
  PyObject *current = current_get();
  span_start((SpanObject *)object, span_not_left(current));
  Py_XDECREF(current);
  return Py_NewRef(object);
}

static PyObject *end(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"end", {"end_time"}, 0, 1, {0}};
  PyObject *values[1];
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  span_end((SpanObject *)object, time_of(values[0]));
  return Py_NewRef(Py_None);
}

// MARK: Attributes

static PyObject *set_attribute(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"set_attribute", {"key", "value"}, 2, 2, {0}};
  PyObject *values[2];
  if (count != 2 || names != NULL) {
    if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
    arguments = values;
  }
  SpanObject *self = (SpanObject *)object;
  if (is_recording(self)) attribute_set(native.core, &self->span, arguments[0], arguments[1]);
  return Py_NewRef(Py_None);
}

static PyObject *set_attributes(PyObject *object, PyObject *attributes) {
  SpanObject *self = (SpanObject *)object;
  if (is_recording(self)) attributes_set(native.core, &self->span, attributes);
  return Py_NewRef(Py_None);
}

// MARK: Events and links

static PyObject *add_event(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"add_event", {"name", "attributes", "timestamp"}, 1, 3, {0}};
  PyObject *values[3];
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  SpanObject *self = (SpanObject *)object;
  if (!is_recording(self)) return Py_NewRef(Py_None);
  Text name;
  if (!text_of(values[0], &name)) {
    PyErr_Clear();
    warn_once(WARN_NAME, "a name is a str, not %R; the event is left out", values[0]);
    return Py_NewRef(Py_None);
  }
  uint64_t time = time_of(values[2]);
  uint8_t storage[512];
  axz_buffer buffer;
  axz_buffer_init(&buffer, storage, sizeof storage, native.core->limits.span_bytes);
  uint32_t dropped =
      attributes_encode(native.core, &buffer, 3, not_none(values[1]), native.core->limits.event_attributes);
  axz_span_add_event(native.core, &self->span, name.bytes, name.size, time, buffer.data, buffer.used, dropped);
  axz_buffer_free(&buffer);
  text_release(&name);
  return Py_NewRef(Py_None);
}

static PyObject *add_link(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"add_link", {"context", "attributes"}, 1, 2, {0}};
  PyObject *values[2];
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  SpanObject *self = (SpanObject *)object;
  if (is_recording(self) && !span_add_link(self, values[0], not_none(values[1]))) {
    warn_once(WARN_LINK, "a link leads to a span or a span context, not %R; it is left out", values[0]);
  }
  return Py_NewRef(Py_None);
}

static PyObject *record_exception(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {
      "record_exception", {"exception", "attributes", "timestamp", "escaped"}, 1, 4, {0}};
  PyObject *values[4];
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  int escaped = values[3] != NULL && PyObject_IsTrue(values[3]) > 0;
  PyErr_Clear();
  if (PyObject_IsInstance(values[0], PyExc_BaseException) > 0) {
    exception_record((SpanObject *)object, values[0], not_none(values[1]), time_of(values[2]), escaped);
  }
  PyErr_Clear();
  return Py_NewRef(Py_None);
}

// MARK: Status and name

// The number of a status from "ok", "error", "unset" in any case, an int, or an enum whose value is one; -1 else.
static int status_of(PyObject *object) {
  if (PyUnicode_Check(object)) return word_of(object, (const char *const[]){"unset", "ok", "error", NULL});
  PyObject *value = PyLong_CheckExact(object) ? Py_NewRef(object) : PyObject_GetAttrString(object, "value");
  long number = value != NULL && PyLong_CheckExact(value) ? PyLong_AsLong(value) : -1;
  Py_XDECREF(value);
  PyErr_Clear();
  return number >= 0 && number <= 2 ? (int)number : -1;
}

static void put_status(SpanObject *self, PyObject *object, PyObject *description) {
  int status = status_of(object);
  PyObject *inner = status < 0 ? PyObject_GetAttrString(object, "status_code") : NULL;
  PyObject *inner_description = NULL;
  if (inner != NULL) {
    // OpenTelemetry's Status.
    status = status_of(inner);
    if (description == NULL) description = inner_description = PyObject_GetAttrString(object, "description");
  }
  PyErr_Clear();
  if (status < 0) {
    warn_once(WARN_STATUS, "a status is \"unset\", \"ok\" or \"error\", not %R; it is left as it was", object);
  } else {
    Text text = {NULL, 0, NULL};
    if (description != NULL && description != Py_None && !text_of(description, &text)) PyErr_Clear();
    axz_span_set_status(native.core, &self->span, (uint32_t)status, text.bytes, text.size);
    text_release(&text);
  }
  Py_XDECREF(inner_description);
  Py_XDECREF(inner);
}

static PyObject *set_status(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"set_status", {"status", "description"}, 1, 2, {0}};
  PyObject *values[2];
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  SpanObject *self = (SpanObject *)object;
  if (is_recording(self)) put_status(self, values[0], not_none(values[1]));
  return Py_NewRef(Py_None);
}

static PyObject *update_name(PyObject *object, PyObject *name) {
  SpanObject *self = (SpanObject *)object;
  if (self->span.state == AXZ_SPAN_ENDED) return Py_NewRef(Py_None);
  if (PyUnicode_Check(name)) {
    replace(&self->name, Py_NewRef(name));
  } else {
    warn_once(WARN_NAME, "a name is a str, not %R; it is left as it was", name);
  }
  return Py_NewRef(Py_None);
}

static PyObject *is_recording_method(PyObject *object, PyObject *unused) {
  SpanObject *self = (SpanObject *)object;
  return PyBool_FromLong(is_recording(self) && !axz_span_is_inherited(native.core, &self->span));
}

#define BY_NAME METH_FASTCALL | METH_KEYWORDS
PyMethodDef span_methods[] = {
    {"__enter__", span_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))span_exit, METH_FASTCALL, NULL},
    {"start", start, METH_NOARGS, NULL},
    {"end", (PyCFunction)(void (*)(void))end, BY_NAME, NULL},
    {"set_attribute", (PyCFunction)(void (*)(void))set_attribute, BY_NAME, NULL},
    {"set_attributes", set_attributes, METH_O, NULL},
    {"add_event", (PyCFunction)(void (*)(void))add_event, BY_NAME, NULL},
    {"add_link", (PyCFunction)(void (*)(void))add_link, BY_NAME, NULL},
    {"record_exception", (PyCFunction)(void (*)(void))record_exception, BY_NAME, NULL},
    {"set_status", (PyCFunction)(void (*)(void))set_status, BY_NAME, NULL},
    {"update_name", update_name, METH_O, NULL},
    {"is_recording", is_recording_method, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
