#include "statistics.h"

static PyObject *statistics(PyObject *module, PyObject *unused) {
  axz_statistics now;
  axz_core_statistics(native.core, &now);
  const struct {
    const char *name;
    uint64_t value;
  } counters[] = {
      {"started", now.started},
      {"ended", now.ended},
      {"exported", now.exported},
      {"dropped_queue_full", now.dropped_queue_full},
      {"dropped_send_failed", now.dropped_send_failed},
      {"dropped_too_large", now.dropped_too_large},
      {"rejected", now.rejected},
      {"batches", now.batches},
      {"retries", now.retries},
      {"sent_bytes", now.sent_bytes},
      {"encoded_bytes", now.encoded_bytes},
      {"truncated_values", now.truncated_values},
      {"dropped_attributes", now.dropped_attributes},
      {"dropped_events", now.dropped_events},
      {"dropped_links", now.dropped_links},
      {"queued", now.queued},
      {"slots", now.slots},
  };
  PyObject *dict = PyDict_New();
  for (size_t place = 0; dict != NULL && place < sizeof counters / sizeof counters[0]; place++) {
    PyObject *value = PyLong_FromUnsignedLongLong(counters[place].value);
    if (value == NULL || PyDict_SetItemString(dict, counters[place].name, value) < 0) Py_CLEAR(dict);
    Py_XDECREF(value);
  }
  return dict;
}

static PyObject *take_warnings(PyObject *module, PyObject *unused) {
  uint32_t bits = axz_core_take_warnings(native.core);
  return Py_BuildValue("(IIi)", bits, axz_load32(&native.core->last_status), axz_load_signed32(&native.core->last_error));
}

PyMethodDef statistics_functions[] = {
    {"stats", statistics, METH_NOARGS, NULL},
    {"take_warnings", take_warnings, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
