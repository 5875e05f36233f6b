// Calls on memory, MIG devices, processes, fields, GPM and events.

#include "Calls.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MIB (1024ull * 1024)

static struct CNVML_Device instances[GPU_COUNT_MAX][INSTANCE_COUNT_MAX];

const Instance *standin_instance(CNVML_DeviceHandle handle) {
  const Layout *layout = standin_current();
  if (!handle || handle->instance < 0 || (uint32_t)handle->instance >= layout->instance_count) return 0;
  return &layout->instances[handle->instance];
}

typedef struct {
  uint64_t total, reserved, used;
} Memory;

static Memory memory_of(CNVML_DeviceHandle handle) {
  const Instance *instance = standin_instance(handle);
  if (instance) {
    double used = mixed((double)instance->used_idle, (double)instance->used_loaded, handle->gpu);
    return (Memory){instance->memory_total * MIB, 0, (uint64_t)used * MIB};
  }
  const Model *model = standin_current()->model;
  double used = mixed((double)model->idle.memory_used, (double)model->loaded.memory_used, handle->gpu);
  return (Memory){model->memory_total, model->memory_reserved, (uint64_t)used / MIB * MIB};
}

EXPORT nvmlDeviceGetMemoryInfo(CNVML_DeviceHandle handle, CNVML_Memory *info) {
  ENTER(nvmlDeviceGetMemoryInfo, handle);
  Memory memory = memory_of(handle);
  uint64_t used = memory.used + memory.reserved;
  *info = (CNVML_Memory){memory.total, memory.total - used, used};
  return SUCCESS;
}

#ifndef STAND_IN_OLD_DRIVER
EXPORT nvmlDeviceGetMemoryInfo_v2(CNVML_DeviceHandle handle, CNVML_MemoryV2 *info) {
  ENTER(nvmlDeviceGetMemoryInfo_v2, handle);
  if (info->version != 0x2000028) return VERSION_MISMATCH;
  Memory memory = memory_of(handle);
  info->total = memory.total;
  info->reserved = memory.reserved;
  info->used = memory.used;
  info->free = memory.total - memory.reserved - memory.used;
  return SUCCESS;
}
#endif

// MARK: MIG

EXPORT nvmlDeviceGetMigMode(CNVML_DeviceHandle handle, uint32_t *current, uint32_t *pending) {
  ENTER_WHOLE(nvmlDeviceGetMigMode, handle);
  *current = *pending = is_divided();
  return SUCCESS;
}

EXPORT nvmlDeviceGetMaxMigDeviceCount(CNVML_DeviceHandle handle, uint32_t *count) {
  ENTER_WHOLE(nvmlDeviceGetMaxMigDeviceCount, handle);
  *count = 7;
  return SUCCESS;
}

EXPORT nvmlDeviceGetMigDeviceHandleByIndex(CNVML_DeviceHandle handle, uint32_t index, CNVML_DeviceHandle *device) {
  ENTER_WHOLE(nvmlDeviceGetMigDeviceHandleByIndex, handle);
  if (index >= 7) return INVALID_ARGUMENT;
  if (index >= standin_current()->instance_count) return NOT_FOUND;
  struct CNVML_Device *found = &instances[handle->gpu][index];
  found->gpu = handle->gpu;
  found->instance = (int)index;
  *device = found;
  return SUCCESS;
}

EXPORT nvmlDeviceIsMigDeviceHandle(CNVML_DeviceHandle handle, uint32_t *answer) {
  ENTER(nvmlDeviceIsMigDeviceHandle, handle);
  *answer = handle->instance >= 0;
  return SUCCESS;
}

EXPORT nvmlDeviceGetGpuInstanceId(CNVML_DeviceHandle handle, uint32_t *id) {
  ENTER(nvmlDeviceGetGpuInstanceId, handle);
  if (handle->instance < 0) return NOT_SUPPORTED;
  *id = standin_instance(handle)->gpu_instance;
  return SUCCESS;
}

EXPORT nvmlDeviceGetComputeInstanceId(CNVML_DeviceHandle handle, uint32_t *id) {
  ENTER(nvmlDeviceGetComputeInstanceId, handle);
  if (handle->instance < 0) return NOT_SUPPORTED;
  *id = standin_instance(handle)->compute_instance;
  return SUCCESS;
}

EXPORT nvmlDeviceGetAttributes_v2(CNVML_DeviceHandle handle, CNVML_DeviceAttributes *attributes) {
  ENTER(nvmlDeviceGetAttributes_v2, handle);
  if (handle->instance < 0) return NOT_SUPPORTED;
  *attributes = standin_instance(handle)->attributes;
  return SUCCESS;
}

// MARK: Processes

// Bytes of an element of the list, as a version of the call writes it.
static size_t process_size(int version) {
  char driver[CNVML_VERSION_SIZE];
  standin_driver_version(driver, sizeof driver);
  return sizeof(CNVML_ProcessInfo) + (version == 3 && strncmp(driver, "535.54", 6) == 0 ? sizeof(uint64_t) : 0);
}

static uint32_t list_processes(CNVML_DeviceHandle handle, uint32_t *count, void *processes, int version) {
  const Instance *instance = standin_instance(handle);
  if (!instance && is_divided() && standin_is_unprivileged()) return NO_PERMISSION;
  uint32_t room = *count, found = 0;
  bool is_full = false;
  CNVML_ProcessInfo listed[SCRIPT_PROCESS_COUNT_MAX];
  uint32_t listed_count = standin_processes(handle->gpu, listed);
  for (uint32_t index = 0; index < listed_count; index++) {
    CNVML_ProcessInfo process = listed[index];
    if (standin_has_sentinels()) process.used_memory = UINT64_MAX;
    if (instance && process.gpu_instance_id != instance->gpu_instance) continue;
    if (instance && process.compute_instance_id != instance->compute_instance) continue;
    if (found < room && processes) memcpy((char *)processes + found * process_size(version), &process, sizeof process);
    else is_full = true;
    found++;
  }
  *count = found;
  return is_full ? INSUFFICIENT_SIZE : SUCCESS;
}

#ifndef STAND_IN_OLD_DRIVER
EXPORT nvmlDeviceGetComputeRunningProcesses_v3(CNVML_DeviceHandle handle, uint32_t *count, CNVML_ProcessInfo *processes) {
  ENTER(nvmlDeviceGetComputeRunningProcesses_v3, handle);
  return list_processes(handle, count, processes, 3);
}
#endif

EXPORT nvmlDeviceGetComputeRunningProcesses_v2(CNVML_DeviceHandle handle, uint32_t *count, CNVML_ProcessInfo *processes) {
  ENTER(nvmlDeviceGetComputeRunningProcesses_v2, handle);
  return list_processes(handle, count, processes, 2);
}

EXPORT nvmlDeviceGetGraphicsRunningProcesses_v3(CNVML_DeviceHandle handle, uint32_t *count, CNVML_ProcessInfo *processes) {
  ENTER(nvmlDeviceGetGraphicsRunningProcesses_v3, handle);
  (void)processes;
  *count = 0;
  return SUCCESS;
}

EXPORT nvmlDeviceGetGraphicsRunningProcesses_v2(CNVML_DeviceHandle handle, uint32_t *count, CNVML_ProcessInfo *processes) {
  ENTER(nvmlDeviceGetGraphicsRunningProcesses_v2, handle);
  (void)processes;
  *count = 0;
  return SUCCESS;
}

// MARK: Fields

static double energy_joules(int gpu) {
  const Model *model = standin_current()->model;
  double idle = model->idle.power_average, loaded = model->loaded.power_average;
  return idle * standin_energy_seconds() + (loaded - idle) * standin_load_seconds(gpu);
}

static void set_number(CNVML_FieldValue *field, uint64_t number) {
  field->value_type = number > UINT32_MAX ? 3 : 1;
  field->value.as_uint64 = 0;
  if (field->value_type == 3) field->value.as_uint64 = number;
  else field->value.as_uint32 = (uint32_t)number;
}

static uint32_t read_field(CNVML_FieldValue *field, int gpu) {
  const Model *model = standin_current()->model;
  bool has_links = model->link_count > 0 && !is_divided();
  double joules = energy_joules(gpu);
  switch (field->field_id) {
    case 82: set_number(field, (uint64_t)mixed(model->idle.memory_temperature, model->loaded.memory_temperature, gpu)); break;
    case 83:
      field->value_type = 3;
      field->value.as_uint64 = standin_has_sentinels() ? UINT64_MAX : (uint64_t)(joules * 1000);
      break;
    case 91: if (!has_links) return NOT_SUPPORTED; set_number(field, model->link_count); break;
    case 94: set_number(field, 0); break;
    case 138:
    case 139:
      if (!has_links) return NOT_SUPPORTED;
      field->value_type = 3;
      field->value.as_uint64 = (uint64_t)(standin_seconds() * standin_load(gpu) * 1e6);
      break;
    case 38:
    case 52:
    case 59: if (!has_links) return NOT_SUPPORTED; set_number(field, 0); break;
    case 185:
      if (standin_has_sentinels()) set_number(field, UINT32_MAX);
      else set_number(field, (uint64_t)(mixed(model->idle.power_average, model->loaded.power_average, gpu) * 1000 + 0.5)); break;
    case 186: set_number(field, (uint64_t)(mixed(model->idle.power_instant, model->loaded.power_instant, gpu) * 1000 + 0.5)); break;
    case 230: set_number(field, 0); break;
    default: return NOT_SUPPORTED;
  }
  return SUCCESS;
}

EXPORT nvmlDeviceGetFieldValues(CNVML_DeviceHandle handle, int32_t count, CNVML_FieldValue *fields) {
  ENTER_WHOLE(nvmlDeviceGetFieldValues, handle);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  for (int32_t index = 0; index < count; index++) {
    fields[index].timestamp = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    fields[index].latency = 0;
    fields[index].result = read_field(&fields[index], handle->gpu);
  }
  return SUCCESS;
}

// MARK: GPM

#ifndef STAND_IN_OLD_DRIVER

struct CNVML_GPMSample {
  int64_t milliseconds;
  int gpu;
  const Instance *instance;
};

EXPORT nvmlGpmQueryDeviceSupport(CNVML_DeviceHandle handle, CNVML_GPMSupport *support) {
  ENTER(nvmlGpmQueryDeviceSupport, handle);
  if (support->version != 1) return VERSION_MISMATCH;
  support->is_supported = standin_current()->model->has_gpm;
  return SUCCESS;
}

EXPORT nvmlGpmSampleAlloc(CNVML_GPMSampleHandle *sample) {
  uint32_t verdict = standin_enter("nvmlGpmSampleAlloc", -1);
  if (verdict) return verdict;
  *sample = calloc(1, sizeof **sample);
  return SUCCESS;
}

EXPORT nvmlGpmSampleFree(CNVML_GPMSampleHandle sample) {
  free(sample);
  return SUCCESS;
}

static uint32_t take_sample(CNVML_DeviceHandle handle, const Instance *instance, CNVML_GPMSampleHandle sample) {
  struct timespec now;
  if (!standin_current()->model->has_gpm) return NOT_SUPPORTED;
  clock_gettime(CLOCK_MONOTONIC, &now);
  sample->milliseconds = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  sample->gpu = handle->gpu;
  sample->instance = instance;
  return SUCCESS;
}

EXPORT nvmlGpmSampleGet(CNVML_DeviceHandle handle, CNVML_GPMSampleHandle sample) {
  ENTER(nvmlGpmSampleGet, handle);
  if (handle->instance < 0 && is_divided()) return NOT_SUPPORTED;
  return take_sample(handle, standin_instance(handle), sample);
}

EXPORT nvmlGpmMigSampleGet(CNVML_DeviceHandle handle, uint32_t gpu_instance, CNVML_GPMSampleHandle sample) {
  ENTER_WHOLE(nvmlGpmMigSampleGet, handle);
  const Layout *layout = standin_current();
  const Instance *found = 0;
  for (uint32_t index = 0; index < layout->instance_count; index++) {
    const Instance *candidate = &layout->instances[index];
    if (candidate->gpu_instance == gpu_instance && (!found || candidate->is_busy)) found = candidate;
  }
  return found ? take_sample(handle, found, sample) : NOT_FOUND;
}

static uint32_t gpm_metric(CNVML_GPMMetric *metric, const struct CNVML_GPMSample *sample) {
  double load = sample->instance && !sample->instance->is_busy ? 0 : standin_load(sample->gpu);
  switch (metric->metric_id) {
    case 1: metric->value = 99.5 * load; break;
    case 2: metric->value = 97.25 * load; break;
    case 3: metric->value = 48.5 * load; break;
    case 5: metric->value = 71.75 * load; break;
    case 10: metric->value = 11.5 * load; break;
    case 11: metric->value = 0; break;
    case 12: metric->value = 3.25 * load; break;
    case 13: metric->value = 0.5 * load; break;
    case 20: metric->value = 4 * load; break;
    case 21: metric->value = 8 * load; break;
    case 60:
    case 61: if (is_divided()) return NOT_SUPPORTED; metric->value = 0; break;
    default: return NOT_SUPPORTED;
  }
  return SUCCESS;
}

EXPORT nvmlGpmMetricsGet(CNVML_GPMMetricsGet *request) {
  const struct CNVML_GPMSample *first = request->first, *second = request->second;
  uint32_t verdict = standin_enter("nvmlGpmMetricsGet", first ? first->gpu : -1);
  if (verdict) return verdict;
  if (request->version != 1) return VERSION_MISMATCH;
  if (!first || !second || first->gpu != second->gpu || second->milliseconds - first->milliseconds < 100) {
    return INVALID_ARGUMENT;
  }
  CNVML_GPMMetric *metrics = (CNVML_GPMMetric *)(request + 1);
  for (uint32_t index = 0; index < request->metric_count; index++) {
    metrics[index].result = gpm_metric(&metrics[index], second);
  }
  return SUCCESS;
}
#endif

// MARK: Events

struct CNVML_EventSet {
  uint64_t types[GPU_COUNT_MAX];
};

EXPORT nvmlEventSetCreate(CNVML_EventSetHandle *set) {
  uint32_t verdict = standin_enter("nvmlEventSetCreate", -1);
  if (verdict) return verdict;
  *set = calloc(1, sizeof **set);
  return SUCCESS;
}

EXPORT nvmlEventSetFree(CNVML_EventSetHandle set) {
  free(set);
  return SUCCESS;
}

EXPORT nvmlDeviceGetSupportedEventTypes(CNVML_DeviceHandle handle, uint64_t *types) {
  ENTER_WHOLE(nvmlDeviceGetSupportedEventTypes, handle);
  *types = 0x11f;
  return SUCCESS;
}

EXPORT nvmlDeviceRegisterEvents(CNVML_DeviceHandle handle, uint64_t types, CNVML_EventSetHandle set) {
  ENTER_WHOLE(nvmlDeviceRegisterEvents, handle);
  if (types & ~0x11full) return NOT_SUPPORTED;
  set->types[handle->gpu] |= types;
  return SUCCESS;
}

EXPORT nvmlEventSetWait_v2(CNVML_EventSetHandle set, CNVML_EventData *event, uint32_t milliseconds) {
  uint32_t step = standin_is_patient() ? 1000 : 10;
  for (uint32_t waited = 0;; waited += step) {
    uint32_t verdict = standin_enter("nvmlEventSetWait_v2", -1);
    if (verdict) return verdict;
    int gpu;
    if (standin_next_event(set->types, &gpu, event)) {
      uint32_t index = 0;
      for (int before = 0; before < gpu; before++) index += standin_is_gone(before) ? 0 : 1;
      return nvmlDeviceGetHandleByIndex_v2(index, &event->device);
    }
    if (waited >= milliseconds) return TIMED_OUT;
    usleep(step * 1000);
  }
}
