// Two GPUs, the second in MIG mode with two instances; a stand-in for libnvidia-ml.so.1 where there is no driver.
// Signatures: https://docs.nvidia.com/deploy/nvml-api/.
#include <stdio.h>
#include <string.h>

typedef struct { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; } pci;
typedef struct { unsigned gpu, memory; } utilization;
typedef struct { unsigned long long total, available, used; } memory;
static const char *uuids[] = {
    "GPU-aaaaaaaa-0000-0000-0000-000000000000", "GPU-bbbbbbbb-0000-0000-0000-000000000000",
    "MIG-cccccccc-0000-0000-0000-000000000000", "MIG-dddddddd-0000-0000-0000-000000000000"};
static int handles[4];
static int number(void *handle) { return (int)((int *)handle - handles); }

int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 3; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
  if (index > 1) return 15;  // GPU is lost
  *handle = &handles[index];
  return 0;
}
int nvmlDeviceGetPciInfo_v3(void *handle, pci *info) {
  snprintf(info->bus_id, sizeof info->bus_id, "00000000:0%d:00.0", number(handle) + 1);
  return 0;
}
int nvmlDeviceGetUUID(void *handle, char *text, unsigned size) {
  snprintf(text, size, "%s", uuids[number(handle)]);
  return 0;
}
int nvmlDeviceGetName(void *handle, char *text, unsigned size) { snprintf(text, size, "Stand-in"); return 0; }
int nvmlDeviceGetMigMode(void *handle, unsigned *current, unsigned *pending) {
  if (number(handle) == 0) return 3;  // not supported
  *current = *pending = 1;
  return 0;
}
int nvmlDeviceGetMaxMigDeviceCount(void *handle, unsigned *count) { *count = 7; return 0; }
int nvmlDeviceGetMigDeviceHandleByIndex(void *handle, unsigned index, void **instance) {
  if (index > 1) return 6;  // not found
  *instance = &handles[index + 2];
  return 0;
}
int nvmlDeviceGetUtilizationRates(void *handle, utilization *rates) {
  if (number(handle) > 1) return 3;
  rates->gpu = 42;
  rates->memory = 10;
  return 0;
}
int nvmlDeviceGetMemoryInfo(void *handle, memory *info) {
  info->total = 80ull << 30;
  info->used = 3ull << 30;
  info->available = info->total - info->used;
  return 0;
}
int nvmlDeviceGetPowerUsage(void *handle, unsigned *milliwatts) {
  if (number(handle) > 1) return 3;
  *milliwatts = 250500;
  return 0;
}
int nvmlDeviceGetTotalEnergyConsumption(void *handle, unsigned long long *millijoules) {
  if (number(handle) > 1) return 3;
  *millijoules = 1234567;
  return 0;
}
int nvmlDeviceGetTemperature(void *handle, unsigned sensor, unsigned *degrees) {
  if (number(handle) > 1) return 3;
  *degrees = 55;
  return sensor;
}
int nvmlDeviceGetClockInfo(void *handle, unsigned kind, unsigned *megahertz) {
  if (number(handle) > 1) return 3;
  *megahertz = 1000 + kind;
  return 0;
}
