#include "CArrowNodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) {
    fputs("out of memory while handing rows to the analytics engine\n", stderr);
    abort();
  }
  return memory;
}

static char *copy_text(const char *text) {
  size_t count = strlen(text) + 1;
  return memcpy(allocate(count, 1), text, count);
}

static void release_own_schema(struct ArrowSchema *schema) {
  for (int64_t index = 0; index < schema->n_children; index++) {
    axonize_arrow_release_schema(schema->children[index]);
    free(schema->children[index]);
  }
  if (schema->dictionary) {
    axonize_arrow_release_schema(schema->dictionary);
    free(schema->dictionary);
  }
  free(schema->children);
  free((void *)schema->format);
  free((void *)schema->name);
  schema->release = NULL;
}

static void release_own_array(struct ArrowArray *array) {
  for (int64_t index = 0; index < array->n_children; index++) {
    axonize_arrow_release_array(array->children[index]);
    free(array->children[index]);
  }
  if (array->dictionary) {
    axonize_arrow_release_array(array->dictionary);
    free(array->dictionary);
  }
  free(array->children);
  free(array->buffers);
  array->release = NULL;
}

void axonize_arrow_schema_init(struct ArrowSchema *schema, const char *format, const char *name, int64_t flags,
                               int64_t child_count, int has_dictionary) {
  memset(schema, 0, sizeof *schema);
  schema->format = copy_text(format);
  schema->name = copy_text(name);
  schema->flags = flags;
  schema->n_children = child_count;
  schema->children = allocate(child_count, sizeof *schema->children);
  for (int64_t index = 0; index < child_count; index++)
    schema->children[index] = allocate(1, sizeof(struct ArrowSchema));
  schema->dictionary = has_dictionary ? allocate(1, sizeof(struct ArrowSchema)) : NULL;
  schema->release = release_own_schema;
}

void axonize_arrow_array_init(struct ArrowArray *array, int64_t length, int64_t offset, int64_t null_count,
                              int64_t buffer_count, int64_t child_count, int has_dictionary) {
  memset(array, 0, sizeof *array);
  array->length = length;
  array->offset = offset;
  array->null_count = null_count;
  array->n_buffers = buffer_count;
  array->buffers = allocate(buffer_count, sizeof *array->buffers);
  array->n_children = child_count;
  array->children = allocate(child_count, sizeof *array->children);
  for (int64_t index = 0; index < child_count; index++)
    array->children[index] = allocate(1, sizeof(struct ArrowArray));
  array->dictionary = has_dictionary ? allocate(1, sizeof(struct ArrowArray)) : NULL;
  array->release = release_own_array;
}

static void copy_schema(const struct ArrowSchema *from, struct ArrowSchema *to) {
  axonize_arrow_schema_init(to, from->format, from->name, from->flags, from->n_children, from->dictionary != NULL);
  for (int64_t index = 0; index < from->n_children; index++) copy_schema(from->children[index], to->children[index]);
  if (from->dictionary) copy_schema(from->dictionary, to->dictionary);
}

// A schema that was given away. The copy shares its children with what the taker holds.
struct axonize_given_schema {
  struct axonize_given_schema *next;
  struct ArrowSchema schema;
  int is_released;
};

static void release_given_schema(struct ArrowSchema *schema) {
  struct axonize_given_schema *given = schema->private_data;
  given->is_released = 1;
  release_own_schema(schema);
}

void axonize_arrow_release_given_schemas(struct axonize_given_schema **first) {
  while (*first) {
    struct axonize_given_schema *given = *first;
    *first = given->next;
    if (!given->is_released) release_own_schema(&given->schema);
    free(given);
  }
}

// What a stream of one batch still has to give.
struct one_batch {
  struct ArrowSchema schema;
  struct ArrowArray array;
  struct axonize_given_schema **given;
};

static int one_batch_get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct one_batch *batch = stream->private_data;
  struct axonize_given_schema *given = allocate(1, sizeof *given);
  copy_schema(&batch->schema, &given->schema);
  given->schema.release = release_given_schema;
  given->schema.private_data = given;
  given->next = *batch->given;
  *batch->given = given;
  *out = given->schema;
  return 0;
}

static int one_batch_get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct one_batch *batch = stream->private_data;
  *out = batch->array;
  memset(&batch->array, 0, sizeof batch->array);
  return 0;
}

static const char *one_batch_get_last_error(struct ArrowArrayStream *stream) {
  (void)stream;
  return NULL;
}

static void one_batch_release(struct ArrowArrayStream *stream) {
  struct one_batch *batch = stream->private_data;
  axonize_arrow_release_array(&batch->array);
  axonize_arrow_release_schema(&batch->schema);
  free(batch);
  stream->release = NULL;
}

void axonize_arrow_stream_of_one(struct ArrowArrayStream *stream, struct ArrowSchema *schema,
                                 struct ArrowArray *array, struct axonize_given_schema **given) {
  struct one_batch *batch = allocate(1, sizeof *batch);
  batch->given = given;
  batch->schema = *schema;
  batch->array = *array;
  memset(schema, 0, sizeof *schema);
  memset(array, 0, sizeof *array);
  stream->get_schema = one_batch_get_schema;
  stream->get_next = one_batch_get_next;
  stream->get_last_error = one_batch_get_last_error;
  stream->release = one_batch_release;
  stream->private_data = batch;
}

void axonize_arrow_release_stream(struct ArrowArrayStream *stream) {
  if (stream->release) stream->release(stream);
}

void axonize_arrow_release_schema(struct ArrowSchema *schema) {
  if (schema->release) schema->release(schema);
}

void axonize_arrow_release_array(struct ArrowArray *array) {
  if (array->release) array->release(array);
}

void axonize_adbc_release_error(struct AdbcError *error) {
  if (error->release) error->release(error);
  memset(error, 0, sizeof *error);
}
