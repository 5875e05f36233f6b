// Calls on the library and on whole GPUs.

#include "Calls.h"

#include <stdio.h>
#include <string.h>

static struct CNVML_Device gpus[GPU_COUNT_MAX] = {{0, -1}, {1, -1}, {2, -1}, {3, -1}, {4, -1}, {5, -1}, {6, -1}, {7, -1}};

int standin_gpu(CNVML_DeviceHandle handle) {
  return handle && handle->gpu >= 0 && handle->gpu < GPU_COUNT_MAX ? handle->gpu : -1;
}

static uint32_t write_text(char *target, uint32_t size, const char *text) {
  if (strlen(text) >= size) return INSUFFICIENT_SIZE;
  strcpy(target, text);
  return SUCCESS;
}

EXPORT nvmlInit_v2(void) { return standin_begin(); }
EXPORT nvmlInitWithFlags(uint32_t flags) { return flags == 0 ? standin_begin() : INVALID_ARGUMENT; }
EXPORT nvmlShutdown(void) { return standin_end(); }

__attribute__((visibility("default"))) const char *nvmlErrorString(uint32_t code) {
  switch (code) {
    case SUCCESS: return "Success";
    case NOT_SUPPORTED: return "Not Supported";
    case DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case GPU_IS_LOST: return "GPU is lost";
    default: return "Unknown Error";
  }
}

EXPORT nvmlSystemGetDriverVersion(char *version, uint32_t size) {
  uint32_t verdict = standin_enter("nvmlSystemGetDriverVersion", -1);
  if (verdict) return verdict;
  char text[CNVML_VERSION_SIZE];
  standin_driver_version(text, sizeof text);
  return write_text(version, size, text);
}

EXPORT nvmlSystemGetNVMLVersion(char *version, uint32_t size) {
  uint32_t verdict = standin_enter("nvmlSystemGetNVMLVersion", -1);
  return verdict ? verdict : write_text(version, size, "13.590.48.01");
}

EXPORT nvmlSystemGetCudaDriverVersion(int32_t *version) {
  uint32_t verdict = standin_enter("nvmlSystemGetCudaDriverVersion", -1);
  if (verdict == SUCCESS) *version = 13010;
  return verdict;
}

EXPORT nvmlDeviceGetCount_v2(uint32_t *count) {
  uint32_t verdict = standin_enter("nvmlDeviceGetCount_v2", -1);
  if (verdict) return verdict;
  *count = 0;
  for (uint32_t gpu = 0; gpu < standin_current()->gpu_count; gpu++) *count += standin_is_gone((int)gpu) ? 0 : 1;
  return SUCCESS;
}

EXPORT nvmlDeviceGetHandleByIndex_v2(uint32_t index, CNVML_DeviceHandle *handle) {
  uint32_t verdict = standin_enter("nvmlDeviceGetHandleByIndex_v2", -1);
  if (verdict) return verdict;
  for (uint32_t gpu = 0; gpu < standin_current()->gpu_count; gpu++) {
    if (standin_is_gone((int)gpu)) continue;
    if (index-- > 0) continue;
    *handle = &gpus[gpu];
    return SUCCESS;
  }
  return INVALID_ARGUMENT;
}

EXPORT nvmlDeviceGetDeviceHandleFromMigDeviceHandle(CNVML_DeviceHandle mig, CNVML_DeviceHandle *device) {
  ENTER(nvmlDeviceGetDeviceHandleFromMigDeviceHandle, mig);
  *device = &gpus[mig->gpu];
  return SUCCESS;
}

EXPORT nvmlDeviceGetName(CNVML_DeviceHandle handle, char *name, uint32_t size) {
  ENTER(nvmlDeviceGetName, handle);
  const Instance *instance = standin_instance(handle);
  char text[CNVML_NAME_SIZE];
  snprintf(text, sizeof text, instance ? "%s MIG %s" : "%s", standin_current()->model->name, instance ? instance->profile : "");
  return write_text(name, size, text);
}

EXPORT nvmlDeviceGetUUID(CNVML_DeviceHandle handle, char *uuid, uint32_t size) {
  ENTER(nvmlDeviceGetUUID, handle);
  char text[CNVML_UUID_SIZE];
  int gpu = handle->gpu, instance = handle->instance;
  uint32_t machine = standin_machine();
  // As the captures mask them, for machine 0.
  if (instance < 0) snprintf(text, sizeof text, "GPU-%08x-%04x-0000-0000-%012x", gpu, machine, gpu);
  else snprintf(text, sizeof text, "MIG-%08x-%04x-0000-0000-%012x", instance, machine, gpu * 16 + instance);
  return write_text(uuid, size, text);
}

EXPORT nvmlDeviceGetSerial(CNVML_DeviceHandle handle, char *serial, uint32_t size) {
  ENTER_WHOLE(nvmlDeviceGetSerial, handle);
  char text[CNVML_SERIAL_SIZE];
  snprintf(text, sizeof text, "%013d", handle->gpu);
  return write_text(serial, size, text);
}

EXPORT nvmlDeviceGetVbiosVersion(CNVML_DeviceHandle handle, char *version, uint32_t size) {
  ENTER_WHOLE(nvmlDeviceGetVbiosVersion, handle);
  return write_text(version, size, standin_current()->model->vbios);
}

EXPORT nvmlDeviceGetPciInfo_v3(CNVML_DeviceHandle handle, CNVML_PCIInfo *info) {
  ENTER(nvmlDeviceGetPciInfo_v3, handle);
  const Model *model = standin_current()->model;
  *info = (CNVML_PCIInfo){.bus = model->first_bus + (uint32_t)handle->gpu, .device = model->first_device,
                          .device_id = model->device_id, .subsystem_id = model->subsystem_id};
  snprintf(info->bus_id, sizeof info->bus_id, "%08X:%02X:%02X.0", info->domain, info->bus, info->device);
  snprintf(info->bus_id_legacy, sizeof info->bus_id_legacy, "%04X:%02X:%02X.0", info->domain & 0xffff, info->bus & 0xff, info->device & 0xff);
  return SUCCESS;
}

EXPORT nvmlDeviceGetMinorNumber(CNVML_DeviceHandle handle, uint32_t *number) {
  ENTER_WHOLE(nvmlDeviceGetMinorNumber, handle);
  *number = (uint32_t)handle->gpu;
  return SUCCESS;
}

EXPORT nvmlDeviceGetArchitecture(CNVML_DeviceHandle handle, uint32_t *architecture) {
  ENTER(nvmlDeviceGetArchitecture, handle);
  *architecture = standin_current()->model->architecture;
  return SUCCESS;
}

EXPORT nvmlDeviceGetCudaComputeCapability(CNVML_DeviceHandle handle, int32_t *major, int32_t *minor) {
  ENTER(nvmlDeviceGetCudaComputeCapability, handle);
  *major = (int32_t)standin_current()->model->capability_major;
  *minor = (int32_t)standin_current()->model->capability_minor;
  return SUCCESS;
}

EXPORT nvmlDeviceGetUtilizationRates(CNVML_DeviceHandle handle, CNVML_Utilization *rates) {
  ENTER_WHOLE(nvmlDeviceGetUtilizationRates, handle);
  if (is_divided()) return NOT_SUPPORTED;
  const Model *model = standin_current()->model;
  rates->gpu = (uint32_t)mixed(0, model->utilisation, handle->gpu);
  rates->memory = (uint32_t)mixed(0, model->memory_utilisation, handle->gpu);
  return SUCCESS;
}

// Media engines idle in all captures; a divided GPU does not say.
static uint32_t engine(CNVML_DeviceHandle handle, uint32_t *utilisation, uint32_t *period) {
  (void)handle;
  if (is_divided()) return NOT_SUPPORTED;
  *utilisation = 0;
  *period = 167000;
  return SUCCESS;
}

EXPORT nvmlDeviceGetEncoderUtilization(CNVML_DeviceHandle handle, uint32_t *utilisation, uint32_t *period) {
  ENTER_WHOLE(nvmlDeviceGetEncoderUtilization, handle);
  return engine(handle, utilisation, period);
}

EXPORT nvmlDeviceGetDecoderUtilization(CNVML_DeviceHandle handle, uint32_t *utilisation, uint32_t *period) {
  ENTER_WHOLE(nvmlDeviceGetDecoderUtilization, handle);
  return engine(handle, utilisation, period);
}

EXPORT nvmlDeviceGetTemperature(CNVML_DeviceHandle handle, uint32_t sensor, uint32_t *temperature) {
  ENTER_WHOLE(nvmlDeviceGetTemperature, handle);
  if (sensor != 0) return INVALID_ARGUMENT;
  const Model *model = standin_current()->model;
  *temperature = (uint32_t)mixed(model->idle.temperature, model->loaded.temperature, handle->gpu);
  return SUCCESS;
}

EXPORT nvmlDeviceGetPowerUsage(CNVML_DeviceHandle handle, uint32_t *milliwatts) {
  ENTER_WHOLE(nvmlDeviceGetPowerUsage, handle);
  const Model *model = standin_current()->model;
  double watts = mixed(model->idle.power_average, model->loaded.power_average, handle->gpu);
  *milliwatts = standin_has_sentinels() ? UINT32_MAX : (uint32_t)(watts * 1000 + 0.5);
  return SUCCESS;
}

EXPORT nvmlDeviceGetEnforcedPowerLimit(CNVML_DeviceHandle handle, uint32_t *milliwatts) {
  ENTER_WHOLE(nvmlDeviceGetEnforcedPowerLimit, handle);
  *milliwatts = standin_current()->model->power_limit * 1000;
  return SUCCESS;
}

EXPORT nvmlDeviceGetClockInfo(CNVML_DeviceHandle handle, uint32_t type, uint32_t *megahertz) {
  ENTER_WHOLE(nvmlDeviceGetClockInfo, handle);
  const Model *model = standin_current()->model;
  switch (type) {
    case 0:
    case 1: *megahertz = (uint32_t)mixed(model->idle.graphics_clock, model->loaded.graphics_clock, handle->gpu); break;
    case 2: *megahertz = model->memory_clock; break;
    case 3: *megahertz = (uint32_t)mixed(model->idle.video_clock, model->loaded.video_clock, handle->gpu); break;
    default: return INVALID_ARGUMENT;
  }
  return SUCCESS;
}

EXPORT nvmlDeviceGetMaxClockInfo(CNVML_DeviceHandle handle, uint32_t type, uint32_t *megahertz) {
  ENTER_WHOLE(nvmlDeviceGetMaxClockInfo, handle);
  *megahertz = type == 2 ? standin_current()->model->memory_clock : standin_current()->model->graphics_clock_max;
  return SUCCESS;
}

EXPORT nvmlDeviceGetPerformanceState(CNVML_DeviceHandle handle, uint32_t *state) {
  ENTER_WHOLE(nvmlDeviceGetPerformanceState, handle);
  *state = 0;
  return SUCCESS;
}

static uint64_t clock_reasons(int gpu) {
  return (standin_load(gpu) == 0 ? 1 : 0) | (standin_is_hot(gpu) ? 0x40 : 0);
}

EXPORT nvmlDeviceGetCurrentClocksThrottleReasons(CNVML_DeviceHandle handle, uint64_t *reasons) {
  ENTER_WHOLE(nvmlDeviceGetCurrentClocksThrottleReasons, handle);
  *reasons = clock_reasons(handle->gpu);
  return SUCCESS;
}

EXPORT nvmlDeviceGetFanSpeed_v2(CNVML_DeviceHandle handle, uint32_t fan, uint32_t *percent) {
  ENTER_WHOLE(nvmlDeviceGetFanSpeed_v2, handle);
  (void)fan, (void)percent;
  return NOT_SUPPORTED;  // boards without fans of their own
}

EXPORT nvmlDeviceGetNumFans(CNVML_DeviceHandle handle, uint32_t *count) {
  ENTER_WHOLE(nvmlDeviceGetNumFans, handle);
  *count = 0;
  return SUCCESS;
}

EXPORT nvmlDeviceGetPcieThroughput(CNVML_DeviceHandle handle, uint32_t counter, uint32_t *kib) {
  ENTER_WHOLE(nvmlDeviceGetPcieThroughput, handle);
  if (counter > 1) return INVALID_ARGUMENT;
  *kib = (uint32_t)mixed(20, counter == 0 ? 4096 : 8192, handle->gpu);
  return SUCCESS;
}

static uint32_t link_number(uint32_t *target, uint32_t value) {
  *target = value;
  return SUCCESS;
}

EXPORT nvmlDeviceGetCurrPcieLinkGeneration(CNVML_DeviceHandle handle, uint32_t *generation) {
  ENTER_WHOLE(nvmlDeviceGetCurrPcieLinkGeneration, handle);
  return link_number(generation, standin_current()->model->pcie_generation);
}

EXPORT nvmlDeviceGetMaxPcieLinkGeneration(CNVML_DeviceHandle handle, uint32_t *generation) {
  ENTER_WHOLE(nvmlDeviceGetMaxPcieLinkGeneration, handle);
  return link_number(generation, standin_current()->model->pcie_generation);
}

EXPORT nvmlDeviceGetCurrPcieLinkWidth(CNVML_DeviceHandle handle, uint32_t *width) {
  ENTER_WHOLE(nvmlDeviceGetCurrPcieLinkWidth, handle);
  return link_number(width, 16);
}

EXPORT nvmlDeviceGetMaxPcieLinkWidth(CNVML_DeviceHandle handle, uint32_t *width) {
  ENTER_WHOLE(nvmlDeviceGetMaxPcieLinkWidth, handle);
  return link_number(width, 16);
}

EXPORT nvmlDeviceGetTotalEccErrors(CNVML_DeviceHandle handle, uint32_t type, uint32_t counter, uint64_t *count) {
  ENTER(nvmlDeviceGetTotalEccErrors, handle);
  if (type > 1 || counter > 1) return INVALID_ARGUMENT;
  *count = 0;
  return SUCCESS;
}

EXPORT nvmlDeviceGetRemappedRows(
    CNVML_DeviceHandle handle, uint32_t *corrected, uint32_t *uncorrected, uint32_t *pending, uint32_t *failed) {
  ENTER_WHOLE(nvmlDeviceGetRemappedRows, handle);
  *corrected = *uncorrected = *pending = *failed = 0;
  return SUCCESS;
}

EXPORT nvmlDeviceGetTopologyCommonAncestor(CNVML_DeviceHandle first, CNVML_DeviceHandle second, uint32_t *level) {
  ENTER_WHOLE(nvmlDeviceGetTopologyCommonAncestor, first);
  ENTER_WHOLE(nvmlDeviceGetTopologyCommonAncestor, second);
  // Four GPUs at each of two processors.
  *level = first->gpu == second->gpu ? 0 : first->gpu / 4 == second->gpu / 4 ? 40 : 50;
  return SUCCESS;
}

EXPORT nvmlDeviceGetP2PStatus(CNVML_DeviceHandle first, CNVML_DeviceHandle second, uint32_t capability, uint32_t *status) {
  ENTER_WHOLE(nvmlDeviceGetP2PStatus, first);
  ENTER_WHOLE(nvmlDeviceGetP2PStatus, second);
  if (capability > 4) return INVALID_ARGUMENT;
  *status = is_divided() ? 5 : 0;
  return SUCCESS;
}

EXPORT nvmlDeviceGetNvLinkState(CNVML_DeviceHandle handle, uint32_t link, uint32_t *state) {
  ENTER_WHOLE(nvmlDeviceGetNvLinkState, handle);
  if (is_divided()) return NOT_SUPPORTED;
  if (link >= standin_current()->model->link_count) return INVALID_ARGUMENT;
  *state = 1;
  return SUCCESS;
}

EXPORT nvmlDeviceGetNvLinkRemoteDeviceType(CNVML_DeviceHandle handle, uint32_t link, uint32_t *type) {
  ENTER_WHOLE(nvmlDeviceGetNvLinkRemoteDeviceType, handle);
  if (is_divided()) return NOT_SUPPORTED;
  if (link >= standin_current()->model->link_count) return INVALID_ARGUMENT;
  *type = 2;  // a switch
  return SUCCESS;
}

#ifndef STAND_IN_OLD_DRIVER
// What drivers of before 2022 do not have.

EXPORT nvmlDeviceGetTemperatureV(CNVML_DeviceHandle handle, CNVML_Temperature *temperature) {
  ENTER_WHOLE(nvmlDeviceGetTemperatureV, handle);
  if (temperature->version != 0x100000c) return VERSION_MISMATCH;
  if (temperature->sensor != 0) return INVALID_ARGUMENT;
  const Model *model = standin_current()->model;
  temperature->temperature = (int32_t)mixed(model->idle.temperature, model->loaded.temperature, handle->gpu);
  return SUCCESS;
}

EXPORT nvmlDeviceGetCurrentClocksEventReasons(CNVML_DeviceHandle handle, uint64_t *reasons) {
  ENTER_WHOLE(nvmlDeviceGetCurrentClocksEventReasons, handle);
  *reasons = clock_reasons(handle->gpu);
  return SUCCESS;
}

EXPORT nvmlDeviceGetNumaNodeId(CNVML_DeviceHandle handle, int32_t *node) {
  ENTER_WHOLE(nvmlDeviceGetNumaNodeId, handle);
  *node = handle->gpu / 4;
  return SUCCESS;
}

EXPORT nvmlDeviceGetGpuFabricInfoV(CNVML_DeviceHandle handle, CNVML_FabricInfo *info) {
  ENTER_WHOLE(nvmlDeviceGetGpuFabricInfoV, handle);
  if (info->version != 0x2000024) return VERSION_MISMATCH;
  memset(info->cluster_uuid, 0, sizeof info->cluster_uuid);
  info->status = 0;
  info->clique_id = 0;
  info->state = 3;
  info->health_mask = 0x2aa;
  return SUCCESS;
}
#endif
