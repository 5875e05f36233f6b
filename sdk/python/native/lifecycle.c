#include "lifecycle.h"

#include <signal.h>
#include <sys/prctl.h>

#include "arguments.h"
#include "llm_span.h"
#include "settings.h"

// MARK: The thread

static void run(void *core) {
  // Signals are for the threads of Python.
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  prctl(PR_SET_NAME, "axonize-export");
  axz_core_run(core);
}

static int start_thread(axz_core *core) {
  core->thread_runs = 1;
  if (PyThread_start_new_thread(run, core) == (unsigned long)-1) {
    core->thread_runs = 0;
    return 0;
  }
  return 1;
}

// MARK: Start

// Whether spans are recorded, and whether the core sends them itself.
static int is_started, sends;
// Threads that wait inside a core without the interpreter's lock.
static int waiting;

int lifecycle_create(void) {
  axz_settings settings;
  settings_of_nothing(&settings);
  native.core = axz_core_create(&settings);
  if (native.core == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  native.core->accepts = 0;
  return 0;
}

// Replaces a core that nothing is recorded into any more. Spans that are still alive hold nothing of it.
static void replace_core(axz_core *core) {
  axz_core *old = native.core;
  axz_set_fixed_ids(core, axz_load_relaxed(&old->fixed_ids));
  axz_set_fixed_clock(core, axz_load_relaxed(&old->fixed_clock));
  // Spans that the process inherited stay so.
  core->generation = old->generation;
  native.core = core;
  // A thread that did not end in time, or that waits for a flush or a batch, may still be in the old one.
  if (axz_load32(&old->thread_runs) == 0 && waiting == 0) axz_core_free(old);
}

static PyObject *start(PyObject *module, PyObject *object) {
  if (is_started) {
    PyErr_SetString(PyExc_RuntimeError, "the core is started already");
    return NULL;
  }
  axz_settings settings;
  PyObject *owner, *sink;
  if (!settings_read(object, &settings, &owner)) return NULL;
  sink = PyObject_GetAttrString(object, "llm_sink");
  axz_core *core = sink != NULL ? axz_core_create(&settings) : NULL;
  Py_DECREF(owner);
  if (core == NULL) {
    Py_XDECREF(sink);
    return sink == NULL ? NULL : PyErr_NoMemory();
  }
  replace_core(core);
  llm_sink_set(sink == Py_None ? NULL : sink);
  Py_DECREF(sink);
  sends = settings.sends != 0;
  if (sends && !start_thread(core)) {
    PyErr_SetString(PyExc_RuntimeError, "cannot start the export thread");
    return NULL;
  }
  is_started = 1;
  return Py_NewRef(Py_None);
}

static PyObject *is_started_method(PyObject *module, PyObject *unused) { return PyBool_FromLong(is_started); }

// MARK: End

static uint64_t timeout_of(PyObject *seconds) {
  double value = PyFloat_AsDouble(seconds);
  if (!(value > 0)) return 0;
  return value > 86400 ? 86400000000000u : (uint64_t)(value * 1e9);
}

static _Bool flush_core(axz_core *core, uint64_t timeout) {
  _Bool done;
  waiting++;
  Py_BEGIN_ALLOW_THREADS
  done = axz_core_flush(core, timeout);
  Py_END_ALLOW_THREADS
  waiting--;
  return done;
}

static PyObject *flush(PyObject *module, PyObject *seconds) {
  uint64_t timeout = timeout_of(seconds);
  if (PyErr_Occurred()) return NULL;
  return PyBool_FromLong(flush_core(native.core, timeout));
}

static PyObject *shutdown_core(PyObject *module, PyObject *seconds) {
  uint64_t timeout = timeout_of(seconds);
  if (PyErr_Occurred()) return NULL;
  if (!is_started) return Py_NewRef(Py_True);
  is_started = 0;
  axz_core *core = native.core;
  axz_core_close(core);
  // The embedder's thread goes on to drain while this one waits.
  _Bool done = sends ? 1 : flush_core(core, timeout);
  _Bool ended;
  uint64_t before = axz_load_relaxed(&core->send_failed);
  waiting++;
  Py_BEGIN_ALLOW_THREADS
  ended = axz_core_stop(core, timeout);
  Py_END_ALLOW_THREADS
  waiting--;
  if (!sends) axz_core_discard(core);
  llm_sink_set(NULL);
  return PyBool_FromLong(done && ended && axz_load_relaxed(&core->send_failed) == before);
}

static PyObject *after_fork(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"after_fork_in_child", {"resource"}, 0, 1, {0}};
  PyObject *values[1];
  char *resource = NULL;
  Py_ssize_t size = 0;
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  if (not_none(values[0]) != NULL && PyBytes_AsStringAndSize(values[0], &resource, &size) < 0) return NULL;
  axz_core *core = native.core;
  waiting = 0;
  axz_core_after_fork(core);
  if (resource != NULL && !axz_core_set_resource(core, (const uint8_t *)resource, (size_t)size)) {
    return PyErr_NoMemory();
  }
  if (is_started && sends) start_thread(core);
  return Py_NewRef(Py_None);
}

// MARK: Tests

static PyObject *set_fixed(PyObject *value, void (*set)(axz_core *, uint64_t)) {
  unsigned long long number = PyLong_AsUnsignedLongLong(value);
  if (PyErr_Occurred()) return NULL;
  set(native.core, number);
  return Py_NewRef(Py_None);
}

static PyObject *set_fixed_ids(PyObject *module, PyObject *first) { return set_fixed(first, axz_set_fixed_ids); }

static PyObject *set_fixed_clock(PyObject *module, PyObject *time) { return set_fixed(time, axz_set_fixed_clock); }

// MARK: Sending from Python

static PyObject *drain(PyObject *module, PyObject *seconds) {
  uint64_t wait = timeout_of(seconds);
  if (PyErr_Occurred()) return NULL;
  axz_core *core = native.core;
  size_t size;
  uint32_t spans;
  uint8_t *body;
  waiting++;
  Py_BEGIN_ALLOW_THREADS
  body = axz_core_drain(core, wait, &size, &spans);
  Py_END_ALLOW_THREADS
  waiting--;
  if (body == NULL) return Py_NewRef(Py_None);
  PyObject *batch = Py_BuildValue("(y#I)", (const char *)body, (Py_ssize_t)size, spans);
  free(body);
  return batch;
}

static PyObject *settle(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {
      "settle", {"exported", "failed", "rejected", "sent_bytes", "retries"}, 2, 5, {0}};
  PyObject *values[5];
  uint64_t numbers[5] = {0};
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  for (int place = 0; place < 5; place++) {
    if (values[place] != NULL) numbers[place] = PyLong_AsUnsignedLongLong(values[place]);
    if (PyErr_Occurred()) return NULL;
  }
  axz_core_settle(native.core, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
  return Py_NewRef(Py_None);
}

// MARK: Scopes

static PyObject *register_scope(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"register_scope", {"name", "version", "schema_url", "attributes"}, 1, 4, {0}};
  PyObject *values[4];
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  const char *texts[3] = {"", NULL, NULL};
  for (int place = 0; place < 3; place++) {
    if (not_none(values[place]) == NULL) continue;
    texts[place] = PyUnicode_AsUTF8AndSize(values[place], NULL);
    if (texts[place] == NULL) return NULL;
  }
  char *attributes = NULL;
  Py_ssize_t size = 0;
  if (values[3] != NULL && PyBytes_AsStringAndSize(values[3], &attributes, &size) < 0) return NULL;
  uint32_t number = axz_scope_register(
      native.core, texts[0], texts[1], texts[2], (const uint8_t *)attributes, (uint32_t)size);
  return PyLong_FromUnsignedLong(number);
}

#define BY_NAME METH_FASTCALL | METH_KEYWORDS
PyMethodDef lifecycle_functions[] = {
    {"start", start, METH_O, NULL},
    {"is_started", is_started_method, METH_NOARGS, NULL},
    {"flush", flush, METH_O, NULL},
    {"shutdown", shutdown_core, METH_O, NULL},
    {"after_fork_in_child", (PyCFunction)(void (*)(void))after_fork, BY_NAME, NULL},
    {"drain", drain, METH_O, NULL},
    {"settle", (PyCFunction)(void (*)(void))settle, BY_NAME, NULL},
    {"register_scope", (PyCFunction)(void (*)(void))register_scope, BY_NAME, NULL},
    {"set_fixed_ids", set_fixed_ids, METH_O, NULL},
    {"set_fixed_clock", set_fixed_clock, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
