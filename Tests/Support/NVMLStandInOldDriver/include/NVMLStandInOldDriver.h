// The stand-in of NVML as a driver of before 2022: it lacks memory's second version, GPM and others.
// It has no declarations; see NVMLStandIn.h.
