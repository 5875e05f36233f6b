#include "sender.h"

#include "arguments.h"
#include "settings.h"

static const char capsule_name[] = "axonize.sender";

static void sender_free(PyObject *capsule) {
  axz_sender *sender = PyCapsule_GetPointer(capsule, capsule_name);
  if (sender != NULL) axz_sender_free(sender);
}

static PyObject *open_sender(PyObject *module, PyObject *object) {
  axz_settings settings;
  PyObject *owner;
  if (!settings_read(object, &settings, &owner)) return NULL;
  axz_sender *sender = axz_sender_create(&settings);
  Py_DECREF(owner);
  if (sender == NULL) return PyErr_NoMemory();
  PyObject *capsule = PyCapsule_New(sender, capsule_name, sender_free);
  if (capsule == NULL) axz_sender_free(sender);
  return capsule;
}

static PyObject *send_with(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"send_with", {"sender", "body"}, 2, 2, {0}};
  PyObject *values[2];
  char *body;
  Py_ssize_t size;
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  axz_sender *sender = PyCapsule_GetPointer(values[0], capsule_name);
  if (sender == NULL || PyBytes_AsStringAndSize(values[1], &body, &size) < 0) return NULL;
  axz_sent sent;
  // The caller holds both objects while the interpreter's lock is away.
  Py_BEGIN_ALLOW_THREADS
  axz_sender_send(sender, (const uint8_t *)body, (size_t)size, &sent);
  Py_END_ALLOW_THREADS
  const axz_answer *answer = &sent.answer;
  return Py_BuildValue(
      "(OIIKiOy#n)", sent.has_answer ? Py_True : Py_False, answer->verdict, answer->status,
      (unsigned long long)answer->pause, sent.error, sent.is_foreign ? Py_True : Py_False,
      answer->content != NULL ? (const char *)answer->content : "", (Py_ssize_t)answer->content_size,
      (Py_ssize_t)sent.size);
}

#define BY_NAME METH_FASTCALL | METH_KEYWORDS
PyMethodDef sender_functions[] = {
    {"open_sender", open_sender, METH_O, NULL},
    {"send_with", (PyCFunction)(void (*)(void))send_with, BY_NAME, NULL},
    {NULL, NULL, 0, NULL},
};
