#include "text.h"

int text_of_invalid(PyObject *object, Text *text) {
  if (!PyUnicode_Check(object)) return 0;
  PyErr_Clear();
  PyObject *encoded = PyUnicode_AsEncodedString(object, "utf-8", "replace");
  if (encoded == NULL) return 0;
  text->owner = encoded;
  text->bytes = (const uint8_t *)PyBytes_AsString(encoded);
  text->size = (size_t)PyBytes_Size(encoded);
  return 1;
}
