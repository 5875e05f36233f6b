#ifndef CRE2_H
#define CRE2_H
// RE2 has a C++ interface only. These functions are what Axonize needs of it; none of them throws:
// where memory is out, the process ends, as it does in Swift.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CRE2_NOEXCEPT noexcept
extern "C" {
#else
#define CRE2_NOEXCEPT
#endif

// A compiled regular expression. Matching does not change it, so threads may share one.
typedef struct CRE2_pattern CRE2_pattern;

// Compiles an expression of UTF-8 bytes, in which `.` also stands for a line break, within a budget of bytes for the
// program and its caches. Never null; CRE2_error says whether it is an expression.
CRE2_pattern *CRE2_compile(const char *expression, size_t size, int64_t memory_max) CRE2_NOEXCEPT;

void CRE2_free(CRE2_pattern *pattern) CRE2_NOEXCEPT;

// Why the expression is not one, as bytes that live as long as the pattern; null when it is one.
const char *CRE2_error(const CRE2_pattern *pattern, size_t *size) CRE2_NOEXCEPT;

// How many groups capture, without the whole match.
size_t CRE2_group_count(const CRE2_pattern *pattern) CRE2_NOEXCEPT;

// The number of the group with a name; 0 when there is none.
size_t CRE2_group_number(const CRE2_pattern *pattern, const char *name, size_t size) CRE2_NOEXCEPT;

// Whether the whole text matches, both ends anchored. Writes for each of `count` groups, the whole match first, where
// it begins and ends in the text; -1 for one that took no part.
int CRE2_match(
  const CRE2_pattern *pattern, const char *text, size_t size, ptrdiff_t *begins, ptrdiff_t *ends,
  size_t count) CRE2_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
