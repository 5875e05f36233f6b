#pragma once

#include "CArrowADBC.h"

// Arrow nodes that own their own small memory (names, tables of pointers, children) and refer to value buffers of
// somebody else, which MUST outlive them. Their release callbacks follow the rule that a child may have been moved out.

/// Fills a schema node. Children and dictionary are allocated, zeroed, and filled by the caller.
void axonize_arrow_schema_init(struct ArrowSchema *schema, const char *format, const char *name, int64_t flags,
                               int64_t child_count, int has_dictionary);

/// Fills an array node. Buffers are NULL until set; children and dictionary are allocated, zeroed, and filled by the
/// caller.
void axonize_arrow_array_init(struct ArrowArray *array, int64_t length, int64_t offset, int64_t null_count,
                              int64_t buffer_count, int64_t child_count, int has_dictionary);

/// Makes a stream of one batch. Schema and array are moved into it, so both are empty afterwards; the nodes MUST be of the
/// two functions above.
///
/// The schemas that the stream gives away are noted in a list, since their taker may never release them. The list MUST
/// outlive the stream and whoever took one, and be released after them.
struct axonize_given_schema;
void axonize_arrow_stream_of_one(struct ArrowArrayStream *stream, struct ArrowSchema *schema, struct ArrowArray *array,
                                 struct axonize_given_schema **given);

/// Releases what the takers of schemas did not, and empties the list.
void axonize_arrow_release_given_schemas(struct axonize_given_schema **given);

/// Calls a stream's own release, if it has not been called.
void axonize_arrow_release_stream(struct ArrowArrayStream *stream);
void axonize_arrow_release_schema(struct ArrowSchema *schema);
void axonize_arrow_release_array(struct ArrowArray *array);

/// Frees an error's text and makes the error empty again.
void axonize_adbc_release_error(struct AdbcError *error);
