#include "CRE2.h"

#include <re2/re2.h>

#include <string>
#include <vector>

struct CRE2_pattern {
  re2::RE2 expression;

  CRE2_pattern(const re2::StringPiece &text, const re2::RE2::Options &options) : expression(text, options) {}
};

static re2::RE2::Options options(int64_t memory_max) noexcept {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingUTF8);
  options.set_dot_nl(true);
  options.set_max_mem(memory_max);
  // RE2 would write mistakes of whoever asks to standard error.
  options.set_log_errors(false);
  return options;
}

CRE2_pattern *CRE2_compile(const char *expression, size_t size, int64_t memory_max) noexcept {
  return new CRE2_pattern(re2::StringPiece(expression, size), options(memory_max));
}

void CRE2_free(CRE2_pattern *pattern) noexcept { delete pattern; }

const char *CRE2_error(const CRE2_pattern *pattern, size_t *size) noexcept {
  if (pattern->expression.ok()) return nullptr;
  *size = pattern->expression.error().size();
  return pattern->expression.error().data();
}

size_t CRE2_group_count(const CRE2_pattern *pattern) noexcept {
  int count = pattern->expression.NumberOfCapturingGroups();
  return count < 0 ? 0 : static_cast<size_t>(count);
}

size_t CRE2_group_number(const CRE2_pattern *pattern, const char *name, size_t size) noexcept {
  const auto &groups = pattern->expression.NamedCapturingGroups();
  auto found = groups.find(std::string(name, size));
  return found == groups.end() ? 0 : static_cast<size_t>(found->second);
}

int CRE2_match(
  const CRE2_pattern *pattern, const char *text, size_t size, ptrdiff_t *begins, ptrdiff_t *ends,
  size_t count) noexcept {
  re2::StringPiece whole(text, size);
  if (count == 0) return pattern->expression.Match(whole, 0, size, re2::RE2::ANCHOR_BOTH, nullptr, 0);
  std::vector<re2::StringPiece> groups(count);
  if (!pattern->expression.Match(whole, 0, size, re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(count))) {
    return 0;
  }
  for (size_t group = 0; group < count; group++) {
    // A group that matched nothing has a place, one that took no part has none.
    const char *start = groups[group].data();
    begins[group] = start == nullptr ? -1 : start - text;
    ends[group] = start == nullptr ? -1 : begins[group] + static_cast<ptrdiff_t>(groups[group].size());
  }
  return 1;
}
