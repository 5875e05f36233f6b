#include "llm_span.h"

#include "arguments.h"
#include "span_methods.h"
#include "text.h"
#include "values.h"
#include "warn.h"

enum { LLM_STORAGE = 1024 };

typedef struct {
  SpanFields fields;
  PyObject *labels;
  PyObject *error_type;    // str, or null
  int64_t input_tokens;    // -1: not known
  int64_t output_tokens;   // as given by set_usage; -1: not given
  // Figures of the end, in seconds or tokens; below 0: not known.
  double time_to_first_token, time_per_output_token;
  int64_t final_output_tokens;
  axz_tokens tokens;
  uint32_t counts[AXZ_TOKEN_BUCKETS];
  uint8_t storage[LLM_STORAGE];
} LLMSpanObject;

static PyObject *sink;

void llm_sink_set(PyObject *object) { replace(&sink, Py_XNewRef(object)); }

PyObject *llm_span_make(const SpanArguments *arguments, PyObject *labels) {
  LLMSpanObject *self = PyObject_Malloc(sizeof(LLMSpanObject));
  if (self == NULL) return PyErr_NoMemory();
  PyObject_Init((PyObject *)self, native.llm_span_type);
  span_prepare(&self->fields, arguments);
  axz_span_init(
      native.core, &self->fields.span, self->storage, LLM_STORAGE, arguments->scope, arguments->kind);
  self->labels = Py_NewRef(labels);
  self->error_type = NULL;
  self->input_tokens = -1;
  self->output_tokens = -1;
  self->time_to_first_token = -1;
  self->time_per_output_token = -1;
  self->final_output_tokens = -1;
  axz_tokens_init(&self->tokens);
  return (PyObject *)self;
}

static void dealloc(PyObject *object) {
  LLMSpanObject *self = (LLMSpanObject *)object;
  PyTypeObject *type = Py_TYPE(object);
  span_release(&self->fields);
  Py_CLEAR(self->labels);
  Py_CLEAR(self->error_type);
  PyObject_Free(object);
  Py_DECREF(type);
}

void llm_span_note_error(PyObject *self, PyObject *name) {
  replace(&((LLMSpanObject *)self)->error_type, Py_XNewRef(name));
}

// MARK: Tokens

// A number of tokens; what is none counts as one, with a warning.
static long long count_of(PyObject *object) {
  PyObject *number = PyIndex_Check(object) ? PyNumber_Index(object) : NULL;
  long long count = number != NULL ? PyLong_AsLongLong(number) : -1;
  Py_XDECREF(number);
  PyErr_Clear();
  if (count >= 1) return count;
  warn_once(WARN_COUNT, "a number of tokens is an int of at least 1, not %R; it counts as one", object);
  return 1;
}

static PyObject *record_token(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {"record_token", {"count"}, 0, 1, {0}};
  LLMSpanObject *self = (LLMSpanObject *)object;
  long long tokens = 1;
  if (count != 0 || names != NULL) {
    PyObject *values[1];
    if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
    if (values[0] != NULL) tokens = count_of(values[0]);
  }
  if (self->fields.span.state == AXZ_SPAN_LIVE) axz_tokens_record(native.core, &self->tokens, (uint64_t)tokens);
  return Py_NewRef(Py_None);
}

static PyObject *set_usage(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  static Signature signature = {
      "set_usage",
      {"input_tokens", "output_tokens", "cached_tokens", "cache_creation_tokens", "reasoning_tokens"},
      0,
      5,
      {0}};
  static const char *const keys[] = {
      "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens",
      "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.reasoning.output_tokens"};
  PyObject *values[5];
  if (!arguments_parse(&signature, arguments, count, names, values)) return NULL;
  LLMSpanObject *self = (LLMSpanObject *)object;
  if (self->fields.span.state != AXZ_SPAN_LIVE) return Py_NewRef(Py_None);
  for (int place = 0; place < 5; place++) {
    if (not_none(values[place]) == NULL) continue;
    PyObject *number = PyIndex_Check(values[place]) ? PyNumber_Index(values[place]) : NULL;
    long long tokens = number != NULL ? PyLong_AsLongLong(number) : -1;
    Py_XDECREF(number);
    PyErr_Clear();
    if (tokens < 0) {
      warn_once(WARN_COUNT, "a count of tokens is an int of at least 0, not %R; it is left out", values[place]);
      continue;
    }
    if (place == 0) self->input_tokens = tokens;
    if (place == 1) self->output_tokens = tokens;
    axz_span_set_int(
        native.core, &self->fields.span, (const uint8_t *)keys[place], strlen(keys[place]), tokens);
  }
  return Py_NewRef(Py_None);
}

// MARK: Figures

// Adds a figure unless the user set it; the limit of attributes does not apply.
static void add_double(LLMSpanObject *self, const char *key, double value) {
  axz_span *span = &self->fields.span;
  const uint8_t *bytes = (const uint8_t *)key;
  size_t size = strlen(key);
  if (!axz_span_has_attribute(span, bytes, size)) axz_span_set_double(native.core, span, bytes, size, value);
}

// The time from the span's start to a tick, in seconds.
static double since_start(LLMSpanObject *self, uint64_t tick) {
  axz_span *span = &self->fields.span;
  uint64_t now = span->start_tick != 0 ? tick : axz_unix_time_of_tick(native.core, tick);
  uint64_t start = span->start_tick != 0 ? span->start_tick : span->start;
  return now > start ? (double)(now - start) / 1e9 : 0;
}

static void add_latencies(LLMSpanObject *self) {
  static const struct {
    const char *key;
    double share;
  } figures[] = {
      {"axonize.llm.inter_token_latency.p50", 0.50},
      {"axonize.llm.inter_token_latency.p95", 0.95},
      {"axonize.llm.inter_token_latency.p99", 0.99},
  };
  if (self->tokens.gaps == 0) return;
  for (int place = 0; place < 3; place++) {
    add_double(self, figures[place].key, axz_tokens_quantile(&self->tokens, figures[place].share) / 1e9);
  }
  add_double(self, "axonize.llm.inter_token_latency.max", (double)self->tokens.gap_max / 1e9);
}

void llm_span_measure(PyObject *object) {
  LLMSpanObject *self = (LLMSpanObject *)object;
  axz_span *span = &self->fields.span;
  if (span->state != AXZ_SPAN_LIVE) return;
  axz_tokens *tokens = &self->tokens;
  self->final_output_tokens = self->output_tokens;
  if (tokens->count == 0) return;
  if (self->output_tokens < 0) self->final_output_tokens = (int64_t)tokens->count;
  double output = (double)self->final_output_tokens;
  double to_last = since_start(self, tokens->last);
  self->time_to_first_token = since_start(self, tokens->first);
  if (tokens->gaps > 0 && output >= 2) {
    self->time_per_output_token = (double)(tokens->last - tokens->first) / 1e9 / (output - 1);
  }
  if (!(span->flags & AXZ_SPAN_SAMPLED)) return;
  span->flags |= AXZ_SPAN_UNLIMITED;
  // Room for the figures, whatever the user's own attributes took.
  span->fields.limit += 1024;
  static const char key[] = "gen_ai.usage.output_tokens";
  if (self->output_tokens < 0 && !axz_span_has_attribute(span, (const uint8_t *)key, sizeof key - 1)) {
    axz_span_set_int(native.core, span, (const uint8_t *)key, sizeof key - 1, self->final_output_tokens);
  }
  add_double(self, "gen_ai.response.time_to_first_chunk", self->time_to_first_token);
  if (self->time_per_output_token >= 0) {
    add_double(self, "gen_ai.server.time_per_output_token", self->time_per_output_token);
  }
  if (to_last > 0 && output > 0) add_double(self, "axonize.llm.tokens_per_second", output / to_last);
  add_latencies(self);
}

// MARK: The sink

static PyObject *float_or_none(double value) { return value < 0 ? Py_NewRef(Py_None) : PyFloat_FromDouble(value); }

static PyObject *int_or_none(int64_t value) { return value < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(value); }

void llm_span_report(PyObject *object) {
  if (sink == NULL) return;
  LLMSpanObject *self = (LLMSpanObject *)object;
  axz_span *span = &self->fields.span;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  double duration = span->end > span->start ? (double)(span->end - span->start) / 1e9 : 0;
  PyObject *record = Py_BuildValue(
      "(OONNNNN)", self->labels, self->error_type != NULL ? self->error_type : Py_None,
      PyFloat_FromDouble(duration), float_or_none(self->time_to_first_token),
      float_or_none(self->time_per_output_token), int_or_none(self->input_tokens),
      int_or_none(self->final_output_tokens));
  PyObject *function = Py_NewRef(sink);
  if (record != NULL) Py_XDECREF(PyObject_CallFunctionObjArgs(function, record, NULL));
  Py_DECREF(function);
  Py_XDECREF(record);
  PyErr_Clear();
  PyErr_Restore(type, value, trace);
}

// MARK: The type

static PyObject *get_labels(PyObject *self, void *unused) { return Py_NewRef(((LLMSpanObject *)self)->labels); }

static int set_labels(PyObject *self, PyObject *labels, void *unused) {
  replace(&((LLMSpanObject *)self)->labels, Py_NewRef(labels != NULL ? labels : Py_None));
  return 0;
}

static PyMethodDef methods[] = {
    {"record_token", (PyCFunction)(void (*)(void))record_token, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"set_usage", (PyCFunction)(void (*)(void))set_usage, METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"labels", get_labels, set_labels, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot type_slots[] = {
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_tp_doc, "A span of a model's generation."},
    {0, NULL},
};

PyType_Spec llm_span_spec = {
    .name = "axonize._native.LLMSpan",
    .basicsize = sizeof(LLMSpanObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = type_slots,
};
