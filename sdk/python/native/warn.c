#include "warn.h"

static uint8_t warned[WARN_KINDS];

void warn_once(WarningKind kind, const char *format, PyObject *object) {
  if (warned[kind]) return;
  warned[kind] = 1;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  PyObject *text = PyUnicode_FromFormat(format, object);
  if (text == NULL) {
    // An object whose repr() raises.
    PyErr_Clear();
    text = PyUnicode_FromFormat(format, (PyObject *)Py_TYPE(object));
  }
  PyObject *logging = PyImport_ImportModule("logging");
  PyObject *logger = logging != NULL ? PyObject_CallMethod(logging, "getLogger", "s", "axonize") : NULL;
  if (logger != NULL && text != NULL) Py_XDECREF(PyObject_CallMethod(logger, "warning", "sO", "axonize: %s", text));
  Py_XDECREF(logger);
  Py_XDECREF(logging);
  Py_XDECREF(text);
  PyErr_Clear();
  PyErr_Restore(type, value, trace);
}
