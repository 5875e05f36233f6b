#define _GNU_SOURCE
#define STAND_IN_OLD_DRIVER 1

#include "../NVMLStandIn/DeviceCalls.c"
#include "../NVMLStandIn/Layouts.c"
#include "../NVMLStandIn/PartCalls.c"
#include "../NVMLStandIn/Script.c"
