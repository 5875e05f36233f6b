#include "CNVML.h"

#include <stddef.h>

_Static_assert(sizeof(void *) == 8, "the layouts are those of 64-bit Linux");
_Static_assert(sizeof(CNVML_PCIInfo) == 68, "nvmlPciInfo_t");
_Static_assert(offsetof(CNVML_PCIInfo, bus_id) == 36, "nvmlPciInfo_t.busId");
_Static_assert(sizeof(CNVML_Utilization) == 8, "nvmlUtilization_t");
_Static_assert(sizeof(CNVML_Memory) == 24, "nvmlMemory_t");
_Static_assert(sizeof(CNVML_MemoryV2) == 0x28, "nvmlMemory_v2_t; its size is part of its version");
_Static_assert(offsetof(CNVML_MemoryV2, total) == 8, "nvmlMemory_v2_t.total");
_Static_assert(sizeof(CNVML_Temperature) == 0x0c, "nvmlTemperature_v1_t; its size is part of its version");
_Static_assert(sizeof(CNVML_ProcessInfo) == 24, "nvmlProcessInfo_v2_t");
_Static_assert(offsetof(CNVML_ProcessInfo, gpu_instance_id) == 16, "nvmlProcessInfo_v2_t.gpuInstanceId");
_Static_assert(sizeof(CNVML_FieldValue) == 40, "nvmlFieldValue_t");
_Static_assert(offsetof(CNVML_FieldValue, result) == 28, "nvmlFieldValue_t.nvmlReturn");
_Static_assert(offsetof(CNVML_FieldValue, value) == 32, "nvmlFieldValue_t.value");
_Static_assert(sizeof(CNVML_DeviceAttributes) == 40, "nvmlDeviceAttributes_t");
_Static_assert(sizeof(CNVML_EventData) == 32, "nvmlEventData_t");
_Static_assert(sizeof(CNVML_FabricInfo) == 0x24, "nvmlGpuFabricInfo_v2_t; its size is part of its version");
_Static_assert(sizeof(CNVML_GPMSupport) == 8, "nvmlGpmSupport_t");
_Static_assert(sizeof(CNVML_GPMMetric) == 40, "nvmlGpmMetric_t");
_Static_assert(sizeof(CNVML_GPMMetricsGet) == 24, "nvmlGpmMetricsGet_t.metrics begins here");
