#ifndef STAND_IN_H
#define STAND_IN_H
// What the files of the stand-in share.

#include "CNVML.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  SUCCESS = 0,
  UNINITIALIZED = 1,
  INVALID_ARGUMENT = 2,
  NOT_SUPPORTED = 3,
  NO_PERMISSION = 4,
  NOT_FOUND = 6,
  INSUFFICIENT_SIZE = 7,
  DRIVER_NOT_LOADED = 9,
  TIMED_OUT = 10,
  GPU_IS_LOST = 15,
  VERSION_MISMATCH = 25,
};

enum { GPU_COUNT_MAX = 8, INSTANCE_COUNT_MAX = 8, PROCESS_COUNT_MAX = 8, SCRIPT_PROCESS_COUNT_MAX = 64 };

// What a GPU shows without work and with it.
typedef struct {
  double power_average, power_instant;  // W
  uint32_t temperature, memory_temperature;
  uint32_t graphics_clock, video_clock;  // MHz
  uint64_t memory_used;                  // bytes
} State;

typedef struct {
  const char *name;
  uint32_t architecture, capability_major, capability_minor;
  uint64_t memory_total, memory_reserved;
  uint32_t power_limit;   // W
  uint32_t memory_clock, graphics_clock_max;  // MHz
  uint32_t device_id, subsystem_id, first_bus, first_device;
  uint32_t pcie_generation, link_count, link_speed;  // link_speed in MB/s
  uint32_t utilisation, memory_utilisation;          // percent, with work
  bool has_gpm;
  const char *vbios;
  State idle, loaded;
} Model;

// A MIG device: a compute instance of a GPU instance.
typedef struct {
  uint32_t gpu_instance, compute_instance;
  const char *profile;
  CNVML_DeviceAttributes attributes;
  uint64_t memory_total, used_idle, used_loaded;  // MiB, of the GPU instance
  bool is_busy;
} Instance;

typedef struct {
  const char *name;
  const Model *model;
  uint32_t gpu_count;
  uint32_t instance_count;
  Instance instances[INSTANCE_COUNT_MAX];
  uint32_t process_count;
  CNVML_ProcessInfo processes[PROCESS_COUNT_MAX];
} Layout;

const Layout *standin_layout(const char *name);

// Script.c

// Notes a call on a GPU, -1 for none: reads the script again if it changed, waits while the call is wedged, and returns
// what the call has to return at once, 0 to go on.
uint32_t standin_enter(const char *call, int gpu);

// The layout that is played.
const Layout *standin_current(void);

// Writes the processes of a GPU, at most SCRIPT_PROCESS_COUNT_MAX, and returns how many: those of the script, also without
// load, else those of the layout.
uint32_t standin_processes(int gpu, CNVML_ProcessInfo *processes);

// The driver's version.
void standin_driver_version(char *version, uint32_t size);

// Seconds since the driver was loaded.
double standin_seconds(void);

// Seconds that the energy counter has counted for.
double standin_energy_seconds(void);

// The load of a GPU summed up over these seconds: as many for a full load, so that the counter never goes back.
double standin_load_seconds(int gpu);

// How much a GPU works, 0 to 1.
double standin_load(int gpu);

// Tells the UUIDs of several machines apart, 0 to 65535.
uint32_t standin_machine(void);

bool standin_is_gone(int gpu);

// Whether heat lowers the clocks of a GPU.
bool standin_is_hot(int gpu);
bool standin_is_unprivileged(void);
bool standin_has_sentinels(void);
bool standin_is_patient(void);

// The next event that was not delivered, of the GPUs and kinds that are asked for; false when there is none.
bool standin_next_event(const uint64_t *types, int *gpu, CNVML_EventData *event);

uint32_t standin_begin(void);
uint32_t standin_end(void);

#endif
