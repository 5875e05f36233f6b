#include "contextvar.h"

#include "axonize_core_system.h"

// PyContextVar_* are exported by every CPython since 3.7 but are no part of the stable ABI: they are looked up when the
// module is loaded. Where they are missing the variable's own methods do, at the cost of a few dozen nanoseconds.
typedef int (*GetFunction)(PyObject *variable, PyObject *fallback, PyObject **value);
typedef PyObject *(*SetFunction)(PyObject *variable, PyObject *value);
typedef int (*ResetFunction)(PyObject *variable, PyObject *token);

static PyObject *variable;
static PyObject *get_method, *set_method, *reset_method;
static GetFunction get_function;
static SetFunction set_function;
static ResetFunction reset_function;

int current_create(void) {
  PyObject *module = PyImport_ImportModule("contextvars");
  if (module == NULL) return -1;
  variable = PyObject_CallMethod(module, "ContextVar", "s", "axonize_current_span");
  Py_DECREF(module);
  if (variable == NULL) return -1;
  get_method = PyObject_GetAttrString(variable, "get");
  set_method = PyObject_GetAttrString(variable, "set");
  reset_method = PyObject_GetAttrString(variable, "reset");
  if (get_method == NULL || set_method == NULL || reset_method == NULL) return -1;
  void *process = axz_library(NULL);
  if (process != NULL) {
    get_function = (GetFunction)axz_library_symbol(process, "PyContextVar_Get");
    set_function = (SetFunction)axz_library_symbol(process, "PyContextVar_Set");
    reset_function = (ResetFunction)axz_library_symbol(process, "PyContextVar_Reset");
  }
  return 0;
}

PyObject *current_variable(void) { return variable; }

PyObject *current_get(void) {
  PyObject *value = NULL;
  if (get_function != NULL) {
    if (get_function(variable, NULL, &value) < 0) PyErr_Clear();
  } else {
    value = PyObject_CallFunctionObjArgs(get_method, Py_None, NULL);
    if (value == NULL) PyErr_Clear();
  }
  if (value == Py_None) {
    Py_DECREF(value);
    return NULL;
  }
  return value;
}

PyObject *current_set(PyObject *object) {
  return set_function != NULL ? set_function(variable, object)
                              : PyObject_CallFunctionObjArgs(set_method, object, NULL);
}

int current_reset(PyObject *token) {
  int is_done;
  if (reset_function != NULL) {
    is_done = reset_function(variable, token) == 0;
  } else {
    PyObject *result = PyObject_CallFunctionObjArgs(reset_method, token, NULL);
    is_done = result != NULL;
    Py_XDECREF(result);
  }
  if (!is_done) PyErr_Clear();
  return is_done;
}
