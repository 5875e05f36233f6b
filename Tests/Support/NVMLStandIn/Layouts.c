#include "StandIn.h"

#include <string.h>

// The numbers of H100 and H200 are those that nvidia-smi 590.48.01 printed on such machines, without work and under
// gpu-burn with two programs that hold memory, once with MIG and, for H100, once without. The numbers of A100 are those
// of NVIDIA's guide to MIG and its data sheet.

#define MIB (1024ull * 1024)

static const Model h100 = {
    .name = "NVIDIA H100 80GB HBM3", .architecture = 9, .capability_major = 9,
    .memory_total = 81559 * MIB, .memory_reserved = 479 * MIB, .power_limit = 700,
    .memory_clock = 2619, .graphics_clock_max = 1980,
    .device_id = 0x233010de, .subsystem_id = 0x16c110de, .first_bus = 0, .first_device = 9,
    .pcie_generation = 5, .link_count = 18, .link_speed = 26562, .utilisation = 100, .memory_utilisation = 11,
    .has_gpm = true, .vbios = "96.00.A5.00.01",
    .idle = {69.85, 69.62, 41, 48, 345, 765, 0},
    .loaded = {631.95, 625.68, 59, 54, 1980, 1545, 19818 * MIB},
};

static const Model h100_mig = {
    .name = "NVIDIA H100 80GB HBM3", .architecture = 9, .capability_major = 9,
    .memory_total = 81559 * MIB, .memory_reserved = 479 * MIB, .power_limit = 700,
    .memory_clock = 2619, .graphics_clock_max = 1980,
    .device_id = 0x233010de, .subsystem_id = 0x16c110de, .first_bus = 0, .first_device = 9,
    .pcie_generation = 5, .link_count = 18, .link_speed = 26562, .has_gpm = true, .vbios = "96.00.A5.00.01",
    .idle = {71.15, 70.72, 42, 48, 345, 765, 59 * MIB},
    .loaded = {433.78, 447.35, 53, 59, 1980, 1545, 11125 * MIB},
};

static const Model h200 = {
    .name = "NVIDIA H200", .architecture = 9, .capability_major = 9,
    .memory_total = 143771 * MIB, .memory_reserved = 614 * MIB, .power_limit = 700,
    .memory_clock = 3201, .graphics_clock_max = 1980,
    .device_id = 0x233510de, .subsystem_id = 0x18be10de, .first_bus = 0x83,
    .pcie_generation = 5, .link_count = 18, .link_speed = 26562, .utilisation = 100, .memory_utilisation = 11,
    .has_gpm = true, .vbios = "96.00.A5.00.03",
    .idle = {78.28, 78.21, 28, 32, 345, 765, 55 * MIB},
    .loaded = {295.01, 294.14, 36, 39, 1980, 1545, 16959 * MIB},
};

static const Model a100 = {
    .name = "NVIDIA A100-SXM4-40GB", .architecture = 7, .capability_major = 8,
    .memory_total = 40960 * MIB, .memory_reserved = 424 * MIB, .power_limit = 400,
    .memory_clock = 1215, .graphics_clock_max = 1410,
    .device_id = 0x20b010de, .subsystem_id = 0x134f10de, .first_bus = 7,
    .pcie_generation = 4, .link_count = 12, .link_speed = 25000, .utilisation = 100, .memory_utilisation = 30,
    .vbios = "92.00.19.00.10",
    .idle = {43.5, 43.5, 27, 26, 210, 585, 45 * MIB},
    .loaded = {220.1, 231.4, 51, 48, 1410, 1275, 9310 * MIB},
};

#define ATTRIBUTES(sm, copies, slices, compute_slices, mib) \
  {sm, copies, copies, 0, copies, 0, slices, compute_slices, mib}

static const Layout layouts[] = {
    {.name = "h100", .model = &h100, .gpu_count = 1, .process_count = 3,
     .processes = {{11327, 2566 * MIB, UINT32_MAX, UINT32_MAX}, {11328, 1542 * MIB, UINT32_MAX, UINT32_MAX},
                   {11345, 15690 * MIB, UINT32_MAX, UINT32_MAX}}},
    {.name = "h100x8", .model = &h100, .gpu_count = 8, .process_count = 1,
     .processes = {{11345, 15690 * MIB, UINT32_MAX, UINT32_MAX}}},
    {.name = "h100-mig", .model = &h100_mig, .gpu_count = 1, .instance_count = 4,
     .instances = {{2, 0, "3g.40gb", ATTRIBUTES(60, 3, 3, 3, 40448), 40448, 44, 11091, true},
                   {3, 0, "2g.20gb", ATTRIBUTES(32, 2, 2, 2, 20096), 20096, 17, 17, false},
                   {9, 0, "1g.10gb", ATTRIBUTES(16, 1, 1, 1, 9984), 9984, 9, 9, false},
                   {10, 0, "1g.10gb", ATTRIBUTES(16, 1, 1, 1, 9984), 9984, 9, 9, false}},
     .process_count = 3,
     .processes = {{21180, 2296 * MIB, 2, 0}, {21181, 1272 * MIB, 2, 0}, {21198, 7484 * MIB, 2, 0}}},
    {.name = "h200", .model = &h200, .gpu_count = 1},
    {.name = "h200x8", .model = &h200, .gpu_count = 8, .process_count = 1,
     .processes = {{12267, 13526 * MIB, UINT32_MAX, UINT32_MAX}}},
    {.name = "h200-mig", .model = &h200, .gpu_count = 1, .instance_count = 5,
     .instances = {{2, 0, "1c.3g.71gb", ATTRIBUTES(16, 3, 3, 1, 71424), 71424, 22, 16925, false},
                   {2, 1, "2c.3g.71gb", ATTRIBUTES(32, 3, 3, 2, 71424), 71424, 22, 16925, true},
                   {3, 0, "2g.35gb", ATTRIBUTES(32, 2, 2, 2, 33280), 33280, 17, 17, false},
                   {9, 0, "1g.18gb", ATTRIBUTES(16, 1, 1, 1, 16384), 16384, 9, 9, false},
                   {10, 0, "1g.18gb", ATTRIBUTES(16, 1, 1, 1, 16384), 16384, 9, 9, false}},
     .process_count = 3,
     .processes = {{12249, 2194 * MIB, 2, 1}, {12250, 1170 * MIB, 2, 1}, {12267, 13526 * MIB, 2, 1}}},
    // Three slices that are laid out again: the ids of the GPU instances come back.
    {.name = "h200-mig-thirds", .model = &h200, .gpu_count = 1, .instance_count = 3,
     .instances = {{2, 0, "3g.71gb", ATTRIBUTES(60, 3, 3, 3, 71424), 71424, 22, 16925, true},
                   {3, 0, "2g.35gb", ATTRIBUTES(32, 2, 2, 2, 33280), 33280, 17, 17, false},
                   {9, 0, "1g.18gb", ATTRIBUTES(16, 1, 1, 1, 16384), 16384, 9, 9, false}}},
    {.name = "a100", .model = &a100, .gpu_count = 1},
    {.name = "a100-mig", .model = &a100, .gpu_count = 1, .instance_count = 2,
     .instances = {{1, 0, "3g.20gb", ATTRIBUTES(42, 3, 4, 3, 20096), 20096, 22, 8200, true},
                   {9, 0, "1g.5gb", ATTRIBUTES(14, 1, 1, 1, 4864), 4864, 6, 6, false}},
     .process_count = 1, .processes = {{3101, 8100 * MIB, 1, 0}}},
};

const Layout *standin_layout(const char *name) {
  for (unsigned index = 0; index < sizeof layouts / sizeof *layouts; index++) {
    if (strcmp(layouts[index].name, name) == 0) return &layouts[index];
  }
  return 0;
}
