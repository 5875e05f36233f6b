#include "CSystemShims.h"
#include <string.h>

const char *CSystemShims_errno_name(int code) { return strerrorname_np(code); }
