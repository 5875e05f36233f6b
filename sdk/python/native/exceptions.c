#include "exceptions.h"

#include "text.h"
#include "values.h"

// "module.Name", without the module for what is built in. A new reference, or null with an exception set.
static PyObject *type_name(PyObject *error) {
  PyObject *type = (PyObject *)Py_TYPE(error);
  PyObject *name = PyObject_GetAttrString(type, "__qualname__");
  PyObject *module = PyObject_GetAttrString(type, "__module__");
  PyErr_Clear();
  if (name == NULL) name = PyUnicode_FromString("Exception");
  if (name != NULL && module != NULL && PyUnicode_Check(module) &&
      PyUnicode_CompareWithASCIIString(module, "builtins") != 0) {
    PyObject *whole = PyUnicode_FromFormat("%S.%S", module, name);
    Py_DECREF(name);
    name = whole;
  }
  Py_XDECREF(module);
  return name;
}

static PyObject *message_of(PyObject *error) {
  PyObject *message = PyObject_Str(error);
  if (message != NULL) return message;
  PyErr_Clear();
  return PyUnicode_FromString("");
}

// The text that Python prints of an exception with its causes; null, without an exception, when that fails.
static PyObject *stack_trace(PyObject *error) {
  PyObject *module = PyImport_ImportModule("traceback");
  PyObject *trace = PyException_GetTraceback(error);
  PyObject *lines = NULL, *text = NULL;
  if (module != NULL) {
    lines = PyObject_CallMethod(
        module, "format_exception", "OOO", (PyObject *)Py_TYPE(error), error, trace != NULL ? trace : Py_None);
  }
  PyObject *empty = PyUnicode_FromString("");
  if (lines != NULL && empty != NULL) text = PyUnicode_Join(empty, lines);
  Py_XDECREF(empty);
  Py_XDECREF(lines);
  Py_XDECREF(trace);
  Py_XDECREF(module);
  PyErr_Clear();
  return text;
}

static int put(PyObject *attributes, const char *key, PyObject *value) {
  int result = value == NULL ? -1 : PyDict_SetItemString(attributes, key, value);
  Py_XDECREF(value);
  if (result < 0) PyErr_Clear();
  return result;
}

void exception_record(SpanObject *self, PyObject *error, PyObject *attributes, uint64_t time, int escaped) {
  if (self->span.state != AXZ_SPAN_LIVE || !(self->span.flags & AXZ_SPAN_SAMPLED)) return;
  PyObject *all = PyDict_New();
  if (all == NULL) {
    PyErr_Clear();
    return;
  }
  put(all, "exception.type", type_name(error));
  put(all, "exception.message", message_of(error));
  put(all, "exception.stacktrace", stack_trace(error));
  put(all, "exception.escaped", PyUnicode_FromString(escaped ? "True" : "False"));
  if (attributes != NULL && PyDict_Update(all, attributes) < 0) PyErr_Clear();
  axz_buffer buffer;
  axz_buffer_init(&buffer, NULL, 0, native.core->limits.span_bytes);
  uint32_t dropped = attributes_encode(native.core, &buffer, 3, all, native.core->limits.event_attributes);
  axz_span_add_event(
      native.core, &self->span, (const uint8_t *)"exception", 9, time, buffer.data, buffer.used, dropped);
  axz_buffer_free(&buffer);
  Py_DECREF(all);
}

void exception_leave(SpanObject *self, PyObject *type, PyObject *error) {
  int is_llm = is_llm_span((PyObject *)self);
  if (self->span.state != AXZ_SPAN_LIVE || !(self->span.flags & AXZ_SPAN_SAMPLED || is_llm)) return;
  // Leaving a generator or a program is no error of what the span measures.
  if (!PyType_Check(type) || !PyType_IsSubtype((PyTypeObject *)type, (PyTypeObject *)PyExc_Exception)) return;
  if (error == NULL || error == Py_None) return;
  exception_record(self, error, NULL, 0, 1);
  PyObject *whole = type_name(error);
  Text type_text;
  if (whole != NULL && text_of(whole, &type_text)) {
    static const char key[] = "error.type";
    if (!axz_span_has_attribute(&self->span, (const uint8_t *)key, sizeof key - 1)) {
      axz_span_set_string(
          native.core, &self->span, (const uint8_t *)key, sizeof key - 1, type_text.bytes, type_text.size);
    }
    text_release(&type_text);
  }
  PyErr_Clear();
  if (is_llm) native.llm_span_did_fail((PyObject *)self, whole);
  Py_XDECREF(whole);
  PyObject *name = PyObject_GetAttrString(type, "__name__");
  PyObject *message = message_of(error);
  PyObject *text = name != NULL && message != NULL ? PyUnicode_FromFormat("%S: %S", name, message) : NULL;
  Text description = {NULL, 0, NULL};
  if (text != NULL && !text_of(text, &description)) PyErr_Clear();
  // A status that the user set stays.
  if (self->span.status == AXZ_STATUS_UNSET) {
    axz_span_set_status(native.core, &self->span, AXZ_STATUS_ERROR, description.bytes, description.size);
  }
  text_release(&description);
  Py_XDECREF(text);
  Py_XDECREF(message);
  Py_XDECREF(name);
  PyErr_Clear();
}
