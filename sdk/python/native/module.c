// axonize._native: the module.
#include "contextvar.h"
#include "lifecycle.h"
#include "llm_span.h"
#include "making.h"
#include "native.h"
#include "sender.h"
#include "span.h"
#include "span_methods.h"
#include "statistics.h"

Native native;

static PyType_Slot span_slots[] = {
    {Py_tp_dealloc, span_dealloc},
    {Py_tp_methods, span_methods},
    {Py_tp_getset, span_properties},
    {Py_tp_doc, "A span: entered it is current, left it ends."},
    {0, NULL},
};

static PyType_Spec span_spec = {
    .name = "axonize._native.Span",
    .basicsize = SPAN_BLOCK,
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = span_slots,
};

static int add_type(PyObject *module, PyObject *type, const char *name, PyTypeObject **place) {
  if (type == NULL) return -1;
  *place = (PyTypeObject *)type;
  return PyModule_AddObjectRef(module, name, type);
}

static int add_types(PyObject *module) {
  if (add_type(module, PyType_FromSpec(&span_spec), "Span", &native.span_type) < 0) return -1;
  PyObject *bases = PyTuple_Pack(1, native.span_type);
  if (bases == NULL) return -1;
  PyObject *type = PyType_FromSpecWithBases(&llm_span_spec, bases);
  Py_DECREF(bases);
  native.llm_span_did_fail = llm_span_note_error;
  native.llm_span_will_end = llm_span_measure;
  native.llm_span_did_end = llm_span_report;
  return add_type(module, type, "LLMSpan", &native.llm_span_type);
}

static int prepare(PyObject *module) {
  if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0) {
    PyErr_SetString(PyExc_ImportError, "axonize._native works in the main interpreter only");
    return -1;
  }
  if (native.core == NULL) {
    if (current_create() < 0 || lifecycle_create() < 0) return -1;
  }
  if (add_types(module) < 0) return -1;
  if (PyModule_AddObjectRef(module, "current_variable", current_variable()) < 0) return -1;
  if (PyModule_AddFunctions(module, making_functions) < 0) return -1;
  if (PyModule_AddFunctions(module, statistics_functions) < 0) return -1;
  if (PyModule_AddFunctions(module, sender_functions) < 0) return -1;
  return PyModule_AddFunctions(module, lifecycle_functions);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, prepare}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "axonize._native",
    .m_doc = "The native core.",
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__native(void);
PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
