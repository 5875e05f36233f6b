#include "making.h"

#include "arguments.h"
#include "contextvar.h"
#include "llm_span.h"
#include "span.h"
#include "warn.h"

// The number of a kind in OTLP from its name, an enum whose name it is, or the number; internal for anything else.
static uint32_t kind_of(PyObject *object) {
  static const char *const names[] = {"internal", "server", "client", "producer", "consumer", NULL};
  int place = word_of(object, names);
  if (place >= 0) return (uint32_t)place + 1;
  if (PyLong_Check(object)) {
    long kind = PyLong_AsLong(object);
    PyErr_Clear();
    if (kind >= 1 && kind <= 5) return (uint32_t)kind;
  }
  warn_once(WARN_KIND, "a kind is \"internal\", \"server\", \"client\", \"producer\" or \"consumer\", not %R", object);
  return 1;
}

static uint32_t scope_of(PyObject *object) {
  if (object == NULL) return 0;
  unsigned long scope = PyLong_AsUnsignedLong(object);
  if (!PyErr_Occurred()) return (uint32_t)scope;
  PyErr_Clear();
  return 0;
}

// A new reference to a name that is a str; null with an exception set when memory is out.
static PyObject *name_of(PyObject *object) {
  // The check of a subtype is a call in the limited API.
  if (Py_TYPE(object) == &PyUnicode_Type || PyUnicode_Check(object)) return Py_NewRef(object);
  PyObject *name = PyObject_Str(object);
  if (name != NULL) return name;
  PyErr_Clear();
  return PyUnicode_FromString("");
}

// Reads the arguments that both kinds of spans share; `made->name` is borrowed.
static void read_arguments(PyObject **values, SpanArguments *made) {
  made->name = values[0];
  if (values[1] != NULL) made->kind = kind_of(values[1]);
  made->scope = scope_of(not_none(values[2]));
  made->attributes = not_none(values[3]);
  made->links = not_none(values[4]);
  made->parent = not_none(values[5]);
  made->start_time = time_of(values[6]);
  made->is_root = values[7] != NULL && PyObject_IsTrue(values[7]) > 0;
  PyErr_Clear();
}

static PyObject *make_span(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {
      "span", {"name", "kind", "scope", "attributes", "links", "parent", "start_time", "root"}, 1, 8, {0}};
  SpanArguments made = {.kind = 1};
  if (count == 1 && names == NULL) {
    made.name = arguments[0];
  } else {
    PyObject *values[8];
    if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
    read_arguments(values, &made);
  }
  made.name = name_of(made.name);
  if (made.name == NULL) return NULL;
  PyObject *span = span_make(&made);
  Py_DECREF(made.name);
  return span;
}

static PyObject *make_llm_span(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {
      "llm_span",
      {"name", "kind", "scope", "attributes", "links", "parent", "start_time", "root", "labels"},
      1,
      9,
      {0}};
  PyObject *values[9];
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  SpanArguments made = {.kind = 3};
  read_arguments(values, &made);
  made.name = name_of(made.name);
  if (made.name == NULL) return NULL;
  PyObject *span = llm_span_make(&made, values[8] != NULL ? values[8] : Py_None);
  Py_DECREF(made.name);
  return span;
}

static PyObject *current(PyObject *module, PyObject *unused) {
  PyObject *object = current_get();
  if (object == NULL) return Py_NewRef(Py_None);
  PyObject *span = span_not_left(object);
  PyObject *result = Py_NewRef(span != NULL ? span : Py_None);
  Py_DECREF(object);
  return result;
}

PyMethodDef making_functions[] = {
    {"span", (PyCFunction)(void (*)(void))make_span, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"llm_span", (PyCFunction)(void (*)(void))make_llm_span, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"current", current, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
