#ifndef CALLS_H
#define CALLS_H
// How calls of the library begin.

#include "StandIn.h"

#define EXPORT __attribute__((visibility("default"))) uint32_t

struct CNVML_Device {
  int gpu;
  int instance;  // of the layout; -1: the whole GPU
};

// The GPU of a handle; -1 for one that is not ours.
int standin_gpu(CNVML_DeviceHandle handle);

// The MIG device of a handle; null when it is a whole GPU, or one that the present layout does not have.
const Instance *standin_instance(CNVML_DeviceHandle handle);

EXPORT nvmlDeviceGetHandleByIndex_v2(uint32_t index, CNVML_DeviceHandle *handle);

// Whether the GPU is divided.
static inline bool is_divided(void) { return standin_current()->instance_count > 0; }

// Begins a call on a device: a handle that is gone is not found.
#define ENTER(name, handle)                                                      \
  do {                                                                           \
    int entered = standin_gpu(handle);                                           \
    uint32_t verdict = standin_enter(#name, entered);                            \
    if (verdict != SUCCESS) return verdict;                                      \
    if (entered < 0) return INVALID_ARGUMENT;                                    \
    if ((handle)->instance >= 0 && !standin_instance(handle)) return NOT_FOUND;  \
  } while (0)

// The same for a call that MIG devices do not support.
#define ENTER_WHOLE(name, handle)                     \
  do {                                                \
    ENTER(name, handle);                              \
    if ((handle)->instance >= 0) return NOT_SUPPORTED; \
  } while (0)

// A number between what a GPU shows without work and with it.
static inline double mixed(double idle, double loaded, int gpu) { return idle + (loaded - idle) * standin_load(gpu); }

#endif
