#include "values.h"

#include "text.h"
#include "warn.h"

// What became of writing a value.
typedef enum { WRITTEN, FULL, FAILED } Outcome;

static Outcome write_value(axz_core *core, axz_buffer *buffer, PyObject *value, int depth);

// MARK: Texts and numbers

static Outcome write_bytes(axz_core *core, axz_buffer *buffer, PyObject *value) {
  char *bytes;
  Py_ssize_t size;
  if (PyByteArray_Check(value)) {
    bytes = PyByteArray_AsString(value);
    size = PyByteArray_Size(value);
  } else if (PyBytes_AsStringAndSize(value, &bytes, &size) < 0) {
    return FAILED;
  }
  size_t kept = (size_t)size;
  if (kept > core->limits.value_bytes) {
    kept = core->limits.value_bytes;
    axz_add(&core->truncated_values, 1);
  }
  return axz_value_bytes(buffer, (const uint8_t *)bytes, kept) ? WRITTEN : FULL;
}

static Outcome write_text(axz_core *core, axz_buffer *buffer, PyObject *value) {
  Text text;
  if (!text_of(value, &text)) return FAILED;
  size_t kept = axz_text_cut(text.bytes, text.size, core->limits.value_characters, core->limits.value_bytes);
  if (kept < text.size) axz_add(&core->truncated_values, 1);
  _Bool fits = axz_value_string(buffer, text.bytes, kept);
  text_release(&text);
  return fits ? WRITTEN : FULL;
}

// The string of an object of any other type; what cannot even be made a string is named by its type.
static Outcome write_as_text(axz_core *core, axz_buffer *buffer, PyObject *value) {
  PyObject *string = PyObject_Str(value);
  if (string == NULL) {
    PyErr_Clear();
    string = PyUnicode_FromFormat("<%R>", (PyObject *)Py_TYPE(value));
    if (string == NULL) return FAILED;
  }
  Outcome outcome = write_text(core, buffer, string);
  Py_DECREF(string);
  return outcome;
}

static Outcome write_int(axz_core *core, axz_buffer *buffer, PyObject *value) {
  int overflow = 0;
  long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (number == -1 && PyErr_Occurred()) return FAILED;
  // More than 64 bits have no type in OTLP; the digits do not lose anything.
  if (overflow != 0) return write_as_text(core, buffer, value);
  return axz_value_int(buffer, number) ? WRITTEN : FULL;
}

// MARK: Lists and maps

static Outcome write_elements(axz_core *core, axz_buffer *buffer, PyObject *sequence, int depth) {
  uint32_t array = axz_buffer_open(buffer, AXZ_VALUE_ARRAY);
  if (array == 0) return FULL;
  // A list may change while its elements are made strings: its size is looked at each time.
  for (Py_ssize_t index = 0; index < PySequence_Size(sequence); index++) {
    PyObject *element = PySequence_GetItem(sequence, index);
    if (element == NULL) return FAILED;
    uint32_t mark = axz_buffer_open(buffer, AXZ_LIST_VALUES);
    Outcome outcome = mark == 0 ? FULL : write_value(core, buffer, element, depth + 1);
    Py_DECREF(element);
    if (outcome != WRITTEN) return outcome;
    if (!axz_buffer_close(buffer, mark)) return FULL;
  }
  return axz_buffer_close(buffer, array) ? WRITTEN : FULL;
}

static Outcome write_pair(
    axz_core *core, axz_buffer *buffer, uint32_t field, PyObject *key, PyObject *value, int depth) {
  uint32_t pair = axz_buffer_open(buffer, field);
  if (pair == 0) return FULL;
  PyObject *name = PyUnicode_Check(key) ? Py_NewRef(key) : PyObject_Str(key);
  Text text;
  if (name == NULL || !text_of(name, &text)) {
    Py_XDECREF(name);
    axz_buffer_undo(buffer, pair);
    return FAILED;
  }
  _Bool fits = axz_buffer_string(buffer, AXZ_PAIR_KEY, text.bytes, text.size);
  text_release(&text);
  Py_DECREF(name);
  uint32_t mark = fits ? axz_buffer_open(buffer, AXZ_PAIR_VALUE) : 0;
  Outcome outcome = mark == 0 ? FULL : write_value(core, buffer, value, depth);
  if (outcome == WRITTEN && (!axz_buffer_close(buffer, mark) || !axz_buffer_close(buffer, pair))) outcome = FULL;
  if (outcome != WRITTEN) axz_buffer_undo(buffer, pair);
  return outcome;
}

// Borrowed key and value of a pair; false when it is none.
static int pair_at(PyObject *items, Py_ssize_t index, PyObject **key, PyObject **value) {
  PyObject *item = PyList_GetItem(items, index);
  if (item == NULL || !PyTuple_Check(item) || PyTuple_Size(item) != 2) {
    PyErr_Clear();
    return 0;
  }
  *key = PyTuple_GetItem(item, 0);
  *value = PyTuple_GetItem(item, 1);
  return 1;
}

static Outcome write_items(axz_core *core, axz_buffer *buffer, PyObject *mapping, int depth) {
  uint32_t map = axz_buffer_open(buffer, AXZ_VALUE_MAP);
  if (map == 0) return FULL;
  PyObject *items = PyMapping_Items(mapping);
  if (items == NULL) return FAILED;
  Outcome outcome = WRITTEN;
  Py_ssize_t count = PyList_Size(items);
  for (Py_ssize_t index = 0; index < count && outcome == WRITTEN; index++) {
    PyObject *key, *value;
    // A subclass of dict says itself what its items are.
    if (!pair_at(items, index, &key, &value)) continue;
    outcome = write_pair(core, buffer, AXZ_LIST_VALUES, key, value, depth + 1);
  }
  Py_DECREF(items);
  if (outcome != WRITTEN) return outcome;
  return axz_buffer_close(buffer, map) ? WRITTEN : FULL;
}

// MARK: Values

static int is_text(PyObject *object, const char *word) {
  return object != NULL && PyUnicode_Check(object) && PyUnicode_CompareWithASCIIString(object, word) == 0;
}

// numpy's bool, which is no bool of Python.
static int is_numpy_bool(PyObject *value) {
  PyObject *type = (PyObject *)Py_TYPE(value);
  PyObject *name = PyObject_GetAttrString(type, "__name__");
  int is_bool = is_text(name, "bool") || is_text(name, "bool_");
  PyObject *module = is_bool ? PyObject_GetAttrString(type, "__module__") : NULL;
  is_bool = is_bool && is_text(module, "numpy");
  Py_XDECREF(module);
  Py_XDECREF(name);
  PyErr_Clear();
  return is_bool;
}

// Writes truth values and numbers of other libraries; false when the value is none.
static int write_number(axz_core *core, axz_buffer *buffer, PyObject *value, Outcome *outcome) {
  if (is_numpy_bool(value)) {
    int truth = PyObject_IsTrue(value);
    if (truth >= 0) {
      *outcome = axz_value_bool(buffer, truth > 0) ? WRITTEN : FULL;
      return 1;
    }
    PyErr_Clear();
  }
  // Tensors have these methods for all types and fail for some: the next way is tried.
  PyObject *number = PyIndex_Check(value) ? PyNumber_Index(value) : NULL;
  if (number != NULL) {
    *outcome = write_int(core, buffer, number);
    Py_DECREF(number);
    return 1;
  }
  PyErr_Clear();
  if (PyType_GetSlot(Py_TYPE(value), Py_nb_float) == NULL) return 0;
  number = PyNumber_Float(value);
  if (number == NULL) {
    PyErr_Clear();
    return 0;
  }
  *outcome = axz_value_double(buffer, PyFloat_AsDouble(number)) ? WRITTEN : FULL;
  Py_DECREF(number);
  return 1;
}

// Writes the content of an AnyValue; None is one without a field.
static Outcome write_value(axz_core *core, axz_buffer *buffer, PyObject *value, int depth) {
  if (PyUnicode_Check(value)) return write_text(core, buffer, value);
  if (value == Py_True || value == Py_False) return axz_value_bool(buffer, value == Py_True) ? WRITTEN : FULL;
  if (PyLong_Check(value)) return write_int(core, buffer, value);
  if (PyFloat_Check(value)) return axz_value_double(buffer, PyFloat_AsDouble(value)) ? WRITTEN : FULL;
  if (PyBytes_Check(value) || PyByteArray_Check(value)) return write_bytes(core, buffer, value);
  if (value == Py_None && depth > 0) return WRITTEN;
  if (depth < VALUE_DEPTH_MAX) {
    if (PyList_Check(value) || PyTuple_Check(value)) return write_elements(core, buffer, value, depth);
    if (PyDict_Check(value)) return write_items(core, buffer, value, depth);
  }
  Outcome outcome;
  if (write_number(core, buffer, value, &outcome)) return outcome;
  warn_once(WARN_TYPE, "attributes of %R are recorded as their string", (PyObject *)Py_TYPE(value));
  return write_as_text(core, buffer, value);
}

// MARK: Attributes

static void set_encoded(axz_core *core, axz_span *span, Text *key, PyObject *value) {
  uint8_t storage[512];
  axz_buffer buffer;
  axz_buffer_init(&buffer, storage, sizeof storage, core->limits.span_bytes);
  Outcome outcome = write_value(core, &buffer, value, 0);
  if (outcome == WRITTEN) {
    axz_span_set_encoded(core, span, key->bytes, key->size, buffer.data, buffer.used);
  } else {
    if (outcome == FAILED) PyErr_Clear();
    axz_span_drop_attribute(core, span);
  }
  axz_buffer_free(&buffer);
}

void attribute_set(axz_core *core, axz_span *span, PyObject *key, PyObject *value) {
  Text name;
  if (!text_of(key, &name)) {
    PyErr_Clear();
    warn_once(WARN_KEY, "an attribute's key is a str that is not empty, not %R; it is left out", key);
    return;
  }
  if (name.size == 0) {
    warn_once(WARN_KEY, "an attribute's key is a str that is not empty, not %R; it is left out", key);
    return;
  }
  PyTypeObject *type = Py_TYPE(value);
  Py_ssize_t size;
  const char *text;
  int overflow = 0;
  long long number;
  if (type == &PyUnicode_Type && (text = PyUnicode_AsUTF8AndSize(value, &size)) != NULL) {
    axz_span_set_string(core, span, name.bytes, name.size, (const uint8_t *)text, (size_t)size);
  } else if (type == &PyLong_Type && ((number = PyLong_AsLongLongAndOverflow(value, &overflow)), overflow == 0)) {
    axz_span_set_int(core, span, name.bytes, name.size, number);
  } else if (type == &PyFloat_Type) {
    axz_span_set_double(core, span, name.bytes, name.size, PyFloat_AsDouble(value));
  } else if (type == &PyBool_Type) {
    axz_span_set_bool(core, span, name.bytes, name.size, value == Py_True);
  } else {
    // A text with lone surrogates has left an exception.
    PyErr_Clear();
    set_encoded(core, span, &name, value);
  }
  text_release(&name);
}

// The items of a mapping as a list of pairs, a new reference; null, without an exception, when it has none.
static PyObject *items_of(PyObject *attributes) {
  if (attributes == NULL || attributes == Py_None) return NULL;
  PyObject *items = PyMapping_Items(attributes);
  if (items == NULL) {
    PyErr_Clear();
    warn_once(WARN_MAPPING, "attributes are a mapping, not %R; they are left out", attributes);
  }
  return items;
}

void attributes_set(axz_core *core, axz_span *span, PyObject *attributes) {
  PyObject *key, *value;
  if (PyDict_CheckExact(attributes)) {
    // Making a string of a value may run code that changes the dict, so what is used is owned here.
    Py_ssize_t position = 0;
    while (PyDict_Next(attributes, &position, &key, &value)) {
      Py_INCREF(key);
      Py_INCREF(value);
      attribute_set(core, span, key, value);
      Py_DECREF(key);
      Py_DECREF(value);
    }
    return;
  }
  PyObject *items = items_of(attributes);
  if (items == NULL) return;
  for (Py_ssize_t index = 0; index < PyList_Size(items); index++) {
    if (pair_at(items, index, &key, &value)) attribute_set(core, span, key, value);
  }
  Py_DECREF(items);
}

uint32_t attributes_encode(
    axz_core *core, axz_buffer *buffer, uint32_t field, PyObject *attributes, uint32_t limit) {
  PyObject *items = items_of(attributes);
  if (items == NULL) return 0;
  uint32_t written = 0, dropped = 0;
  for (Py_ssize_t index = 0; index < PyList_Size(items); index++) {
    PyObject *key, *value;
    if (!pair_at(items, index, &key, &value)) continue;
    if (!PyUnicode_Check(key) || PyUnicode_GetLength(key) == 0) {
      warn_once(WARN_KEY, "an attribute's key is a str that is not empty, not %R; it is left out", key);
      continue;
    }
    if (written == limit) {
      dropped++;
      continue;
    }
    Outcome outcome = write_pair(core, buffer, field, key, value, 0);
    if (outcome == FAILED) PyErr_Clear();
    if (outcome == WRITTEN) {
      written++;
    } else {
      dropped++;
    }
  }
  Py_DECREF(items);
  if (dropped > 0) axz_add(&core->dropped_attributes, dropped);
  return dropped;
}
