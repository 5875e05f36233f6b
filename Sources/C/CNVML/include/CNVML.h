#ifndef CNVML_H
#define CNVML_H
// The part of NVML's binary interface that this program uses, written down from NVIDIA's documented facts: sizes, offsets,
// versions and numbers (https://docs.nvidia.com/deploy/nvml-api/). The library is loaded at run time, so nothing here is
// linked. The layouts are frozen by the numbered versions of the calls; CNVML.c holds their sizes, and a test reads the
// same bytes with NVIDIA's own Python binding.
//
// Handles are opaque pointers of the library. Every call returns an int32_t, 0 for success.

#include <stdint.h>

typedef struct CNVML_Device *CNVML_DeviceHandle;
typedef struct CNVML_EventSet *CNVML_EventSetHandle;
typedef struct CNVML_GPMSample *CNVML_GPMSampleHandle;

enum {
  CNVML_NAME_SIZE = 96,
  CNVML_UUID_SIZE = 96,
  CNVML_SERIAL_SIZE = 30,
  CNVML_VERSION_SIZE = 80,
  CNVML_VBIOS_SIZE = 32,
  CNVML_LINK_COUNT_MAX = 36,
  // How many metrics have room after CNVML_GPMMetricsGet. NVIDIA's declaration counts up with each release, to 477 at CUDA
  // 13; the library reads and writes as many as the caller asks for.
  CNVML_GPM_METRIC_COUNT_MAX = 512,
};

// nvmlPciInfo_t, third version.
typedef struct {
  char bus_id_legacy[16];
  uint32_t domain;
  uint32_t bus;
  uint32_t device;
  uint32_t device_id;
  uint32_t subsystem_id;
  char bus_id[32];
} CNVML_PCIInfo;

// nvmlUtilization_t: percent.
typedef struct {
  uint32_t gpu;
  uint32_t memory;
} CNVML_Utilization;

// nvmlMemory_t: bytes; `used` contains what the driver reserves.
typedef struct {
  uint64_t total;
  uint64_t free;
  uint64_t used;
} CNVML_Memory;

// nvmlMemory_v2_t: bytes.
typedef struct {
  uint32_t version;
  uint64_t total;
  uint64_t reserved;
  uint64_t free;
  uint64_t used;
} CNVML_MemoryV2;

// nvmlTemperature_v1_t: degrees Celsius.
typedef struct {
  uint32_t version;
  uint32_t sensor;
  int32_t temperature;
} CNVML_Temperature;

// nvmlProcessInfo_v2_t, which _v3 of the calls use too.
typedef struct {
  uint32_t pid;
  uint64_t used_memory;
  uint32_t gpu_instance_id;
  uint32_t compute_instance_id;
} CNVML_ProcessInfo;

// nvmlValue_t.
typedef union {
  double as_double;
  uint32_t as_uint32;
  uint64_t as_uint64;
  int64_t as_int64;
  int32_t as_int32;
  uint16_t as_uint16;
} CNVML_Value;

// nvmlFieldValue_t; the time stamp is in microseconds since 1970.
typedef struct {
  uint32_t field_id;
  uint32_t scope_id;
  int64_t timestamp;
  int64_t latency;
  uint32_t value_type;
  uint32_t result;
  CNVML_Value value;
} CNVML_FieldValue;

// nvmlDeviceAttributes_t, second version.
typedef struct {
  uint32_t multiprocessor_count;
  uint32_t copy_engine_count;
  uint32_t decoder_count;
  uint32_t encoder_count;
  uint32_t jpeg_count;
  uint32_t ofa_count;
  uint32_t gpu_instance_slice_count;
  uint32_t compute_instance_slice_count;
  uint64_t memory_size_mib;
} CNVML_DeviceAttributes;

// nvmlEventData_t, second version.
typedef struct {
  CNVML_DeviceHandle device;
  uint64_t event_type;
  uint64_t event_data;
  uint32_t gpu_instance_id;
  uint32_t compute_instance_id;
} CNVML_EventData;

// nvmlGpuFabricInfo_v2_t.
typedef struct {
  uint32_t version;
  uint8_t cluster_uuid[16];
  uint32_t status;
  uint32_t clique_id;
  uint32_t state;
  uint32_t health_mask;
} CNVML_FabricInfo;

// nvmlGpmSupport_t.
typedef struct {
  uint32_t version;
  uint32_t is_supported;
} CNVML_GPMSupport;

// nvmlGpmMetric_t.
typedef struct {
  uint32_t metric_id;
  uint32_t result;
  double value;
  const char *short_name;
  const char *long_name;
  const char *unit;
} CNVML_GPMMetric;

// nvmlGpmMetricsGet_t up to its array of CNVML_GPMMetric, which follows at once.
typedef struct {
  uint32_t version;
  uint32_t metric_count;
  CNVML_GPMSampleHandle first;
  CNVML_GPMSampleHandle second;
} CNVML_GPMMetricsGet;

#endif
