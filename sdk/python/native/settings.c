#include "settings.h"

// Where values are read from, and what keeps the texts alive that settings point to.
typedef struct {
  PyObject *object;
  PyObject *owner;
  int failed;
} Reader;

// The value of a setting, a new reference; null when it is missing or None.
static PyObject *value_of(Reader *reader, const char *name) {
  if (reader->failed) return NULL;
  PyObject *value = PyObject_GetAttrString(reader->object, name);
  if (value == NULL) {
    reader->failed = 1;
  } else if (value == Py_None) {
    Py_DECREF(value);
    value = NULL;
  }
  return value;
}

static uint32_t read_uint(Reader *reader, const char *name, uint32_t fallback) {
  PyObject *value = value_of(reader, name);
  if (value == NULL) return fallback;
  int overflow = 0;
  long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
  Py_DECREF(value);
  if (PyErr_Occurred()) reader->failed = 1;
  if (overflow != 0 || number < 0 || number > UINT32_MAX) return overflow < 0 || number < 0 ? 0 : UINT32_MAX;
  return (uint32_t)number;
}

static double read_double(Reader *reader, const char *name, double fallback) {
  PyObject *value = value_of(reader, name);
  if (value == NULL) return fallback;
  double number = PyFloat_AsDouble(value);
  Py_DECREF(value);
  if (PyErr_Occurred()) reader->failed = 1;
  return number;
}

// Seconds as nanoseconds, at most a day.
static uint64_t read_seconds(Reader *reader, const char *name, double fallback) {
  double seconds = read_double(reader, name, fallback);
  if (!(seconds > 0)) return 0;
  return seconds > 86400 ? 86400000000000u : (uint64_t)(seconds * 1e9);
}

static const char *read_text(Reader *reader, const char *name) {
  PyObject *value = value_of(reader, name);
  if (value == NULL) return NULL;
  const char *text = PyUnicode_AsUTF8AndSize(value, NULL);
  if (text == NULL || PyList_Append(reader->owner, value) < 0) reader->failed = 1;
  Py_DECREF(value);
  return text;
}

// The place of a text in a list that ends with null; fails with ValueError when it is not there.
static uint32_t read_choice(Reader *reader, const char *name, const char *const *choices) {
  PyObject *value = value_of(reader, name);
  if (value == NULL) return 0;
  uint32_t place = 0;
  while (choices[place] != NULL &&
         !(PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, choices[place]) == 0)) {
    place++;
  }
  if (choices[place] == NULL) {
    PyErr_Format(PyExc_ValueError, "%s: %R is not known", name, value);
    reader->failed = 1;
  }
  Py_DECREF(value);
  return place;
}

static void read_limits(Reader *reader, axz_limits *limits) {
  limits->attributes = read_uint(reader, "span_attribute_limit", 128);
  limits->events = read_uint(reader, "span_event_limit", 128);
  limits->links = read_uint(reader, "span_link_limit", 128);
  limits->event_attributes = read_uint(reader, "event_attribute_limit", 128);
  limits->link_attributes = read_uint(reader, "link_attribute_limit", 128);
  limits->value_characters = read_uint(reader, "attribute_value_length_limit", UINT32_MAX);
  limits->value_bytes = read_uint(reader, "attribute_value_bytes_max", 65536);
  limits->span_bytes = read_uint(reader, "span_bytes_max", 4 << 20);
}

static void read_sender(Reader *reader, axz_settings *settings) {
  static const char *const senders[] = {"python", "http", "grpc", NULL};
  static const char *const compressions[] = {"none", "gzip", "zstd", NULL};
  // In the order of AXZ_SENDS_*.
  settings->sends = read_choice(reader, "sender", senders);
  settings->host = read_text(reader, "host");
  settings->port = read_uint(reader, "port", 4318);
  settings->path = read_text(reader, "path");
  settings->headers = read_text(reader, "headers");
  settings->proxy_host = read_text(reader, "proxy_host");
  settings->proxy_port = read_uint(reader, "proxy_port", 80);
  settings->proxy_headers = read_text(reader, "proxy_headers");
  settings->compression = read_choice(reader, "compression", compressions);
  settings->timeout = read_seconds(reader, "timeout", 10);
  settings->retries = read_uint(reader, "retries", 6);
  settings->backoff_first = read_seconds(reader, "backoff_first", 1);
  settings->backoff_last = read_seconds(reader, "backoff_last", 30);
}

int settings_read(PyObject *object, axz_settings *settings, PyObject **owner) {
  static const char *const samplers[] = {"always_on", "always_off", "traceidratio", NULL};
  Reader reader = {object, PyList_New(0), 0};
  if (reader.owner == NULL) return 0;
  *settings = (axz_settings){0};
  read_limits(&reader, &settings->limits);
  settings->sampler = read_choice(&reader, "sampler", samplers);
  settings->ratio = read_double(&reader, "sampler_ratio", 1);
  settings->parent_based = read_uint(&reader, "parent_based", 1) != 0;
  settings->slots = read_uint(&reader, "queue_slots", 8192);
  settings->spill_bytes = read_uint(&reader, "queue_spill_bytes", 16 << 20);
  settings->batch_spans = read_uint(&reader, "batch_spans", 8192);
  settings->batch_bytes = read_uint(&reader, "batch_bytes", 4 << 20);
  settings->interval = read_seconds(&reader, "interval", 1);
  settings->resource_schema = read_text(&reader, "resource_schema_url");
  settings->scope_name = read_text(&reader, "scope_name");
  settings->scope_version = read_text(&reader, "scope_version");
  read_sender(&reader, settings);
  PyObject *resource = value_of(&reader, "resource");
  if (resource != NULL) {
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(resource, &bytes, &size) < 0 || PyList_Append(reader.owner, resource) < 0) {
      reader.failed = 1;
    } else {
      settings->resource = (const uint8_t *)bytes;
      settings->resource_size = (uint32_t)size;
    }
    Py_DECREF(resource);
  }
  if (reader.failed) {
    Py_DECREF(reader.owner);
    return 0;
  }
  *owner = reader.owner;
  return 1;
}

void settings_of_nothing(axz_settings *settings) {
  *settings = (axz_settings){
      .limits = {128, 128, 128, 128, 128, UINT32_MAX, 65536, 4 << 20},
      .sampler = AXZ_SAMPLER_OFF,
      .parent_based = 0,
      .slots = 64,
      .batch_spans = 64,
      .interval = 1000000000,
  };
}
