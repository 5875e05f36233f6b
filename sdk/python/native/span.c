// Making, starting, ending and freeing spans.
#include "span.h"

#include "contextvar.h"
#include "text.h"
#include "values.h"

// MARK: Memory

// Blocks of ended spans, to be used again; the interpreter's lock guards them. Each holds its reference to its type.
#ifndef AXONIZE_FREE_MAX
#define AXONIZE_FREE_MAX 64  // 0 lets the address sanitizer see every use of an ended span
#endif
static PyObject *free_blocks[AXONIZE_FREE_MAX + 1];
static int free_count;

// An object that is not filled yet; null when memory is out.
static PyObject *take_block(void) {
  while (free_count > 0) {
    PyObject *self = free_blocks[--free_count];
    PyTypeObject *type = Py_TYPE(self);
    if (type == native.span_type) {
      Py_SET_REFCNT(self, 1);
      return self;
    }
    // The module was loaded again since.
    PyObject_Free(self);
    Py_DECREF(type);
  }
  void *block = PyObject_Malloc(SPAN_BLOCK);
  return block != NULL ? PyObject_Init(block, native.span_type) : NULL;
}

PyObject *span_make(const SpanArguments *arguments) {
  PyObject *self = take_block();
  if (self == NULL) return PyErr_NoMemory();
  span_prepare((SpanObject *)self, arguments);
  axz_span_init(
      native.core, &((SpanObject *)self)->span, ((SpanBlock *)self)->storage, SPAN_STORAGE, arguments->scope,
      arguments->kind);
  return self;
}

void span_prepare(SpanObject *self, const SpanArguments *arguments) {
  self->name = Py_NewRef(arguments->name);
  self->trace_state = NULL;
  self->previous = NULL;
  self->token = NULL;
  self->attributes = Py_XNewRef(arguments->attributes);
  self->links = Py_XNewRef(arguments->links);
  self->parent = Py_XNewRef(arguments->parent);
  self->start_time = arguments->start_time;
  self->is_root = arguments->is_root;
  self->place = SPAN_OUTSIDE;
}

// Gives back what was current before a span. What else has only that is given back one after another: a chain of spans
// that were left elsewhere may be longer than the stack of C is deep.
static void release_previous(SpanObject *self) {
  PyObject *next = self->previous;
  self->previous = NULL;
  while (next != NULL && is_span(next) && Py_REFCNT(next) == 1) {
    PyObject *after = ((SpanObject *)next)->previous;
    ((SpanObject *)next)->previous = NULL;
    Py_DECREF(next);
    next = after;
  }
  Py_XDECREF(next);
}

void span_release(SpanObject *self) {
  axz_span_free(&self->span);
  Py_CLEAR(self->name);
  Py_CLEAR(self->trace_state);
  if (self->previous != NULL) release_previous(self);
  Py_CLEAR(self->token);
  Py_CLEAR(self->attributes);
  Py_CLEAR(self->links);
  Py_CLEAR(self->parent);
}

void span_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  span_release((SpanObject *)self);
  if (free_count < AXONIZE_FREE_MAX) {
    free_blocks[free_count++] = self;
  } else {
    PyObject_Free(self);
    Py_DECREF(type);
  }
}

// MARK: Parents

static int attribute_uint64(PyObject *object, const char *name, uint64_t *high, uint64_t *low) {
  PyObject *value = PyObject_GetAttrString(object, name);
  if (value == NULL) return 0;
  uint8_t bytes[16];
  int is_fine = 0;
  if (PyLong_Check(value)) {
    // int's own method: what a subclass makes of it may be anything.
    PyObject *packed = PyObject_CallMethod((PyObject *)&PyLong_Type, "to_bytes", "Ois", value, 16, "big");
    if (packed != NULL && PyBytes_Check(packed) && PyBytes_Size(packed) == sizeof bytes) {
      memcpy(bytes, PyBytes_AsString(packed), sizeof bytes);
      *high = 0;
      *low = 0;
      for (int index = 0; index < 8; index++) {
        *high = *high << 8 | bytes[index];
        *low = *low << 8 | bytes[index + 8];
      }
      is_fine = 1;
    }
    Py_XDECREF(packed);
  }
  Py_DECREF(value);
  return is_fine;
}

static int attribute_truth(PyObject *object, const char *name, int otherwise) {
  PyObject *value = PyObject_GetAttrString(object, name);
  if (value == NULL) {
    PyErr_Clear();
    return otherwise;
  }
  int truth = PyLong_Check(value) ? (int)(PyLong_AsLong(value) & 1) : PyObject_IsTrue(value);
  if (PyErr_Occurred()) PyErr_Clear();
  Py_DECREF(value);
  return truth > 0;
}

int context_of(PyObject *object, axz_context *context, PyObject **trace_state) {
  *trace_state = NULL;
  if (is_span(object)) {
    SpanObject *span = (SpanObject *)object;
    if (span->span.state == AXZ_SPAN_NEW) return 0;
    *context = (axz_context){
        span->span.trace_high, span->span.trace_low, span->span.span_id, span->span.flags & AXZ_SPAN_SAMPLED, 0};
    *trace_state = Py_XNewRef(span->trace_state);
    return 1;
  }
  uint64_t unused;
  if (!attribute_uint64(object, "trace_id", &context->trace_high, &context->trace_low) ||
      !attribute_uint64(object, "span_id", &unused, &context->span_id)) {
    PyErr_Clear();
    return 0;
  }
  if ((context->trace_high | context->trace_low) == 0 || context->span_id == 0) return 0;
  context->sampled = (uint32_t)attribute_truth(object, "trace_flags", 1);
  context->remote = (uint32_t)attribute_truth(object, "is_remote", 1);
  PyObject *state = PyObject_GetAttrString(object, "trace_state");
  if (state != NULL && state != Py_None) {
    // OpenTelemetry's TraceState is a mapping that writes itself.
    PyObject *text = PyUnicode_Check(state) ? Py_NewRef(state) : PyObject_CallMethod(state, "to_header", NULL);
    if (text != NULL && PyUnicode_Check(text) && PyUnicode_GetLength(text) > 0) *trace_state = Py_NewRef(text);
    Py_XDECREF(text);
  }
  Py_XDECREF(state);
  PyErr_Clear();
  return 1;
}

// MARK: Life

static void add_links(SpanObject *self);

void span_start(SpanObject *self, PyObject *current) {
  if (self->span.state != AXZ_SPAN_NEW) return;
  axz_context context;
  PyObject *parent = self->is_root ? NULL : self->parent != NULL ? self->parent : current;
  int has_parent = parent != NULL && context_of(parent, &context, &self->trace_state);
  axz_span_start_locked(native.core, &self->span, has_parent ? &context : NULL, self->start_time);
  if (self->attributes != NULL) {
    if (self->span.flags & AXZ_SPAN_SAMPLED) attributes_set(native.core, &self->span, self->attributes);
    Py_CLEAR(self->attributes);
  }
  if (self->links != NULL) {
    if (self->span.flags & AXZ_SPAN_SAMPLED) add_links(self);
    Py_CLEAR(self->links);
  }
  Py_CLEAR(self->parent);
}

void span_end(SpanObject *self, uint64_t end_time) {
  if (self->span.state != AXZ_SPAN_LIVE) return;
  // What a forked child inherited counts with its parent.
  int is_llm = is_llm_span((PyObject *)self) && !axz_span_is_inherited(native.core, &self->span);
  if (is_llm) native.llm_span_will_end((PyObject *)self);
  Text name, state = {NULL, 0, NULL};
  if (!text_of(self->name, &name)) {
    PyErr_Clear();
    name = (Text){NULL, 0, NULL};
  }
  if (self->trace_state != NULL && !text_of(self->trace_state, &state)) PyErr_Clear();
  axz_span_end_locked(native.core, &self->span, name.bytes, name.size, state.bytes, state.size, end_time);
  text_release(&name);
  text_release(&state);
  if (is_llm) native.llm_span_did_end((PyObject *)self);
}

PyObject *span_not_left(PyObject *current) {
  while (current != NULL && is_span(current) && ((SpanObject *)current)->place == SPAN_LEFT) {
    current = ((SpanObject *)current)->previous;
  }
  return current;
}

// Lets go of the spans that were left between a span, which is left now, and what was current before it: spans that are
// left in other contexts than they were entered in would keep each other else.
static void shorten(SpanObject *self) {
  PyObject *kept = span_not_left(self->previous);
  if (kept == self->previous) return;
  Py_XINCREF(kept);
  release_previous(self);
  self->previous = kept;
}

void span_leave(SpanObject *self) {
  if (self->place != SPAN_ENTERED) return;
  PyObject *current = current_get();
  Py_XDECREF(current);
  PyObject *token = self->token;
  self->token = NULL;
  if (current == (PyObject *)self && current_reset(token)) {
    self->place = SPAN_OUTSIDE;
    Py_CLEAR(self->previous);
  } else {
    // Another span was entered since, or a generator ends in another context than it began in: what is current here
    // stays, and where this span still is current it is passed over from now on.
    self->place = SPAN_LEFT;
    shorten(self);
  }
  Py_DECREF(token);
}

// MARK: Links

// A link is a span, a span context, or a pair or object of a context and attributes, as OpenTelemetry's Link.
int span_add_link(SpanObject *self, PyObject *target, PyObject *attributes) {
  axz_context context;
  PyObject *trace_state;
  if (!context_of(target, &context, &trace_state)) return 0;
  axz_buffer buffer;
  uint8_t storage[256];
  axz_buffer_init(&buffer, storage, sizeof storage, native.core->limits.span_bytes);
  uint32_t dropped = attributes_encode(native.core, &buffer, 4, attributes, native.core->limits.link_attributes);
  Text state = {NULL, 0, NULL};
  if (trace_state != NULL && !text_of(trace_state, &state)) PyErr_Clear();
  axz_span_add_link(
      native.core, &self->span, &context, state.bytes, state.size, buffer.data, buffer.used, dropped);
  text_release(&state);
  axz_buffer_free(&buffer);
  Py_XDECREF(trace_state);
  return 1;
}

static void add_given_link(SpanObject *self, PyObject *link) {
  if (PyTuple_Check(link) && PyTuple_Size(link) == 2) {
    span_add_link(self, PyTuple_GetItem(link, 0), PyTuple_GetItem(link, 1));
    return;
  }
  PyObject *context = is_span(link) ? NULL : PyObject_GetAttrString(link, "context");
  if (context == NULL) {
    PyErr_Clear();
    span_add_link(self, link, NULL);
    return;
  }
  PyObject *attributes = PyObject_GetAttrString(link, "attributes");
  PyErr_Clear();
  span_add_link(self, context, attributes);
  Py_XDECREF(attributes);
  Py_DECREF(context);
}

static void add_links(SpanObject *self) {
  PyObject *links = PySequence_List(self->links);
  if (links == NULL) {
    PyErr_Clear();
    return;
  }
  for (Py_ssize_t index = 0; index < PyList_Size(links); index++) add_given_link(self, PyList_GetItem(links, index));
  Py_DECREF(links);
}
