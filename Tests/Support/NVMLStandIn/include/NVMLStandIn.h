#ifndef NVML_STAND_IN_H
#define NVML_STAND_IN_H
// A stand-in of NVIDIA's management library, libnvidia-ml.so.1, for tests: it exports the library's own names with their
// real binary interface, and answers from the layouts in Layouts.c, whose numbers were recorded on real machines.
//
// What it plays is a script: the file `<path of the library>.txt` beside it, or else the variable AXONIZE_NVML_STANDIN.
// The file is read again whenever it changes, so a test changes a MIG layout or lets a call fail while a program runs.
// Lines, or parts between ';', are:
//
//   h200x8                          the layout; see Layouts.c
//   load idle|full|wave             what the GPUs do; wave goes up and down once in 60 s; default full
//   clock SECONDS                   stops the clock at a time since the driver was loaded
//   fail CALL GPU|* CODE            the call returns an error
//   wedge CALL GPU|*                the call does not return as long as this line stands
//   lost GPU                        the GPU has fallen off the bus
//   gone GPU                        the GPU is not enumerated
//   hot GPU                         heat lowers the clocks of the GPU
//   driver VERSION                  the driver's version; 535.54.03 writes longer structures of processes, as it does
//   unprivileged                    the caller may not list the processes of a divided GPU, only those of its parts
//   process GPU|* PID MIB [GI CI]   a process that computes, in the place of the layout's, also without load
//   sentinels                       power, energy and memory of processes are all ones, as where the driver has no value
//   machine 2                       UUIDs of another machine than that of 0, which is the default
//   patient                         who waits for events looks for them once a second, to measure what others cost
//   unloaded                        the driver is not loaded
//   reloaded SECONDS                the driver was loaded this long after the start: energy counts from there
//   event ID GPU TYPE DATA [GI CI]  an event is delivered once; ids count up
#endif
