#define _GNU_SOURCE
#include "CSystemShims.h"

#include <link.h>
#include <malloc.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

static int has_changed_code(const struct dl_phdr_info *info) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_DYNAMIC) continue;
    for (const ElfW(Dyn) *entry = (const void *)(info->dlpi_addr + segment->p_vaddr); entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL))) return 1;
    }
  }
  return 0;
}

static int holds(const struct dl_phdr_info *info, uintptr_t address) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    const uintptr_t start = info->dlpi_addr + segment->p_vaddr;
    if (segment->p_type == PT_LOAD && address >= start && address < start + segment->p_memsz) return 1;
  }
  return 0;
}

static int release(struct dl_phdr_info *info, size_t size, void *inside) {
  (void)size;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  if (inside != NULL && !holds(info, (uintptr_t)inside)) return 0;
  // Code that the loader has to change would lose its changes; the kernel's own is no file's.
  if (has_changed_code(info) || holds(info, getauxval(AT_SYSINFO_EHDR))) return inside != NULL;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
    const uintptr_t start = (info->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
    const uintptr_t end = (info->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);
    // Advice: where the kernel does not take it, the pages stay.
    if (end > start) (void)madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return inside != NULL;
}

void CSystemShims_release_code(const void *inside) { dl_iterate_phdr(release, (void *)inside); }

int CSystemShims_trim_heap(void) { return malloc_trim(0); }

int CSystemShims_limit_heaps(int count) { return mallopt(M_ARENA_MAX, count); }
