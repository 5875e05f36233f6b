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
