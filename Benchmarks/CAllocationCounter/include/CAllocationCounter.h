#ifndef CALLOCATIONCOUNTER_H
#define CALLOCATIONCOUNTER_H
// Counts heap allocations of the calling thread by standing in for malloc and its kin. Only for benchmarks.

/// Calls of malloc, calloc, realloc, aligned_alloc, posix_memalign and memalign by this thread so far.
unsigned long CAllocationCounter_count(void);

#endif
