// The settings object of Python as the core's settings.
#ifndef AXONIZE_SETTINGS_H
#define AXONIZE_SETTINGS_H

#include "native.h"

// Reads the attributes of `object`; `owner` becomes a list that keeps alive what the settings point to. False with an
// exception set.
int settings_read(PyObject *object, axz_settings *settings, PyObject **owner);
// Settings of the core that is there before the SDK is started: it samples nothing.
void settings_of_nothing(axz_settings *settings);

#endif
